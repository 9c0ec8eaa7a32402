/* SPDX-License-Identifier: MIT */
/*
 * A message store: the place where one address/data pair lives and from which a device takes it
 * when it fires: an MSI capability, an MSI-X table entry, an IMS slot in device memory or in queue
 * memory, an IO-APIC's redirection table entry, the registers of a timer or a remapping unit.
 *
 * Drivers and ioapic_leaf.c implement it, protocols (kernel/irq/protocol.h) move messages through
 * it. Writes go word by word, each a store of its own that reaches the device in the order given:
 * that there are several is the whole subject of this project. No operation that writes may be
 * called from two CPUs at once for one store: who holds the irq may (irq_hold()).
 */
#ifndef RETARGET_KERNEL_IRQ_STORE_H
#define RETARGET_KERNEL_IRQ_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/message.h"

struct message_store;

struct message_store_ops {
	/* The message as the store holds it now. */
	void (*read)(struct message_store *store, struct message *message);

	/* One word, one store. It may still be posted when this returns. */
	void (*write)(struct message_store *store, enum message_word word, uint32_t value);

	/*
	 * Forces every posted write to the store to arrive, and every message the device sent
	 * before that to be ahead of the answer (a read across the same path; PCIe 6.0, 2.4
	 * "Transaction Ordering"). Never NULL.
	 */
	void (*flush)(struct message_store *store);

	/*
	 * All three NULL when the store has no mask bit. While masked the device sends nothing;
	 * pending() tells whether it held a message back; unmask() lets such a message go, with
	 * the words the store holds then.
	 */
	void (*mask)(struct message_store *store);
	void (*unmask)(struct message_store *store);
	bool (*pending)(struct message_store *store);

	/*
	 * For tests of drivers that get it wrong: writes the whole word with the mask and pending
	 * bits. 0 clears both, and the message that was held back is never sent. NULL where the
	 * pending bit is not software's to clear.
	 */
	void (*write_control)(struct message_store *store, uint32_t value);
};

struct message_store {
	const struct message_store_ops *ops;

	/*
	 * The upper half of its address takes bits 31:8 of an APIC id. The CPU is two words then,
	 * which only a mask keeps together: by a protocol that does not mask, such a store reaches
	 * what 8 bits can name, as any other.
	 */
	bool wide;
};

static inline bool store_maskable(const struct message_store *store)
{
	return store->ops->mask;
}

#endif
