/* SPDX-License-Identifier: MIT */
/*
 * A message store for the unit tests, and the device that sends its message. It keeps a record of
 * what was done to the store. A message in compatibility format goes straight to the local APIC of
 * tests/host/fake_machine.h, one in remappable format through tests/host/fake_remapping.h.
 */
#ifndef RETARGET_TESTS_HOST_FAKE_STORE_H
#define RETARGET_TESTS_HOST_FAKE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/irq/store.h"

#define FAKE_OPERATIONS_MAX 32

enum fake_operation {
	FAKE_WRITE_ADDRESS,
	FAKE_WRITE_ADDRESS_HI,
	FAKE_WRITE_DATA,
	FAKE_MASK,
	FAKE_UNMASK,
	FAKE_FLUSH,
	FAKE_WRITE_CONTROL,
};

struct fake_store {
	struct message_store store;
	struct message words;
	uint32_t number; /* of a block: what the device adds to the data */
	bool masked;
	bool pending; /* fired while masked */

	unsigned int count; /* operations since fake_store_forget(), the first of them recorded */
	struct fake_record {
		enum fake_operation operation;
		uint32_t value;
	} records[FAKE_OPERATIONS_MAX];

	/* Called after each operation, NULL: not. */
	void (*after_operation)(struct fake_store *store);
	void *context;
};

/* Maskable ones are masked at first, as an MSI-X entry is after reset. */
void fake_store_init(struct fake_store *store, bool maskable);

/* The device sends its message, once; or keeps it back while masked. */
void fake_store_fire(struct fake_store *store);

/* Starts the record afresh. */
void fake_store_forget(struct fake_store *store);

/*
 * The record in words, each address and data named after the message it belongs to:
 * "mask flush address=new high data=new unmask flush".
 */
void fake_store_tell(const struct fake_store *store, const struct message *old,
                     const struct message *new, char *text, size_t size);

#endif
