/* SPDX-License-Identifier: MIT */
/*
 * What the files of the driver of Intel's DSA and IAX share (dsa.c). Private to dsa*.c; what tests
 * may ask is in dsa_control.h.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_DSA_H
#define RETARGET_DRIVERS_PCI_SOURCES_DSA_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/sources/dsa_words.h"
#include "drivers/pci/stores.h"
#include "kernel/irq/source.h"
#include "kernel/lock.h"

#define DSA_MSIX_MAX 32 /* entries of the MSI-X table that are looked at */

/* No command, descriptor or message takes as long, on a host that is busy, too. */
#define DSA_TIMEOUT_US 30000000

struct dsa;

struct dsa_slot {
	struct message_store store; /* first: the message store leads back to the slot */
	struct dsa *dsa;
	volatile uint8_t *entry; /* its struct dsa_ims_entry */
	struct dsa_completion *record;
	uint16_t handle; /* where `has_handle` */
	bool has_handle;
	bool submitted; /* a descriptor, whose completion has not been seen yet */
	bool listed;    /* in dsa->submitted */
};

/* The ways in which it sends; a source each, and one of a device is open at a time. */
enum dsa_kind {
	DSA_IMS,     /* as it does */
	DSA_CARRIER, /* of the model: as DSA_MODEL_MODE_CARRIER */
	DSA_KINDS,
};

struct dsa {
	struct source sources[DSA_KINDS];
	const struct pci_function *function;
	char location[16];
	volatile uint8_t *registers;
	volatile uint8_t *portal;
	volatile uint8_t *model; /* the control block of dsa_model.h; NULL: it is no such model */
	struct dsa_layout layout;
	struct msix_store msix[DSA_MSIX_MAX];
	uint32_t stores; /* to entries, by any CPU, modulo 2^32 */

	struct spinlock lock;      /* for all below, and for commands and the portal */
	const struct source *open; /* NULL: none */
	bool failed;               /* it did not answer in time: only close() is left */
	bool looping;              /* it sends by itself */
	unsigned int looping_slots;
	const struct source_turn *turns;
	uint32_t looped;     /* messages so far; by its own count, when it has stopped */
	unsigned int unread; /* writes to the portal since the last read */
	struct dsa_slot *slots;
	struct dsa_slot **submitted; /* those with a descriptor that may not be done */
	unsigned int submitted_count;
	uint16_t command_found; /* PCI_COMMAND */
};

/*
 * dsa_device.c: takes the idle device for our use, gives it back, and has it carry out a command:
 * -EIO when it refuses, after a line with its error code, or -ETIMEDOUT. `result` may be NULL. The
 * lock is held, or nobody else is there.
 */
int dsa_take(struct dsa *dsa);
void dsa_give_back(struct dsa *dsa);
int dsa_run_command(struct dsa *dsa, unsigned int command, uint32_t operand, uint32_t *result);

/* dsa_ims.c: the message store of slot `number`. */
void dsa_ims_init(struct dsa *dsa, unsigned int number);

/* dsa_submit.c: has a slot send, and waits for all that were told to. The lock is held. */
int dsa_submit(struct dsa *dsa, struct dsa_slot *slot);
int dsa_drain(struct dsa *dsa);

/* dsa_loop.c: of the model alone. */
extern const struct source_loop dsa_source_loop;

#endif
