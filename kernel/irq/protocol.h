/* SPDX-License-Identifier: MIT */
/*
 * Protocols: how a message store is rewritten from one target to another while the device may fire
 * at any moment. Each is one short function in kernel/irq/protocols/, over the operations of a
 * message store, with its timeline beside it.
 *
 * The windows W0, W1, ... of a timeline are the gaps between its steps, W0 before the first one. A
 * protocol calls window() in each gap, so that a test can have a message sent there and nowhere
 * else (irq->at_window); the remapping domain does so in its own.
 *
 * In the timelines old/new stand for the old and new CPU (address) and o/n for the old and new
 * vector (data): {old, n} is a message to the old CPU with the new vector.
 */
#ifndef RETARGET_KERNEL_IRQ_PROTOCOL_H
#define RETARGET_KERNEL_IRQ_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/irq/irq.h"
#include "kernel/irq/store.h"

struct irte; /* drivers/vtd/irte.h */

struct move {
	struct irq *irq; /* ->previous: the old target, ->target: the new one */
	struct message_store *store;
	struct message old;
	struct message new;
};

static inline void window(struct move *move, unsigned int number)
{
	irq_window(move->irq, number);
}

/* What a protocol promises. A promise that is not kept fails the test. */
enum protocol_promise {
	PROMISE_NOTHING,
	PROMISE_LOSSLESS,
	PROMISE_LOSSLESS_IF_MASKABLE,
};

struct protocol {
	const char *name;
	enum protocol_promise promise;
	bool needs_mask;    /* not applicable to a store without a mask bit */
	bool needs_control; /* nor to one without write_control() */
	bool needs_remapping;
	bool for_level;  /* for level-triggered pins; those that lack it are for messages */
	bool replays;    /* saves a message that falls between its steps by sending it again */
	bool on_old_cpu; /* runs on the CPU of the old target, interrupts off, as in Linux */
	bool mistaken;   /* as somebody does it who gets it wrong: no part of the comparison */
	bool for_ims;    /* only for interrupt message storage */

	/*
	 * NULL where the store is never rewritten. Runs with interrupts off, and ends with the
	 * store flushed and unmasked.
	 */
	void (*move)(struct move *move);

	/*
	 * For those that need remapping: turns the entry of the irq, which is present and in use,
	 * into `value`, which differs in its target only; the invalidation follows. Of its windows
	 * W1, W2, ..., the gaps between its stores, there are `entry_windows`. 0, or a negative
	 * errno with the entry as it was. NULL: by one store of the target.
	 */
	int (*update_entry)(struct irq *irq, struct irte *entry, const struct irte *value);
	unsigned int entry_windows;
	bool needs_cmpxchg16b; /* not for a CPU without it: cpu_has_cmpxchg16b() */
};

/*
 * PROTOCOL(10, naive_address) = { ... }; the number gives its place in tables. It has two digits,
 * for the linker sorts it as text.
 */
#define PROTOCOL(place, ident)                                                                     \
	static const struct protocol ident##_protocol;                                             \
	__attribute__((used, section("protocols." #place))) static const struct protocol           \
	        *const ident##_protocol_entry = &ident##_protocol;                                 \
	static const struct protocol ident##_protocol

/* The n-th protocol in order of place, NULL past the end. By name: NULL when there is none. */
const struct protocol *protocol_get(unsigned int n);
const struct protocol *protocol_find(const char *name);

bool protocol_promises_no_loss(const struct protocol *protocol, const struct message_store *store);

/* All three words, address first: the order of Linux (__pci_write_msi_msg() there). */
void store_write_message(struct message_store *store, const struct message *message);

#endif
