/* SPDX-License-Identifier: MIT */
/*
 * For comparison: a guest whose message write is a call to the host (HYPERCALL_MESSAGE_WRITE), as a
 * wrapper of a source that the guest has. Mask, unmask and pending bits are the device's own, and
 * need no host.
 *
 *     write(word)       kept here
 *     unmask(), flush() the words are new: one call with the whole message
 *
 * The device's own store gets the message that the first call's answer makes, once. But a message
 * write answers nothing (Linux's irq_write_msi_msg() is void), so an error ends here: a store that
 * never got a message stays masked whatever the guest does, one that has one keeps its old target.
 */
#ifndef RETARGET_KERNEL_VIRT_GUEST_PV_MESSAGE_H
#define RETARGET_KERNEL_VIRT_GUEST_PV_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/source.h"
#include "kernel/irq/store.h"

#define PV_MESSAGE_SLOTS 64

struct pv_message;

struct pv_message_slot {
	struct message_store store;
	struct pv_message *owner;
	unsigned int number;
	struct message words;
	bool is_new;    /* the host has not been told of the words */
	bool has_entry; /* the device's own store has its message */
};

struct pv_message {
	struct source source; /* what irqs are to be had of */
	struct source *real;
	struct pv_message_slot slots[PV_MESSAGE_SLOTS];
	uint64_t calls;
	uint64_t refused; /* of these; for the report: the irq does not learn of it */
};

/* Wraps `real`, which is not open and stays alive. -EINVAL: it has more slots than there is room.
 */
int pv_message_wrap(struct pv_message *wrapper, struct source *real);

#endif
