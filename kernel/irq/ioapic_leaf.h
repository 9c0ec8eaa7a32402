/* SPDX-License-Identifier: MIT */
/*
 * A pin of an IO-APIC as a message store, for the leaves irq_leaf_ioapic_edge and
 * irq_leaf_ioapic_level (kernel/irq/domain.h).
 *
 * The IO-APIC makes its message out of the pin's redirection table entry: address bits 19:4 are the
 * entry's 63:48, address bit 2 is its bit 11, and the data are its vector and delivery mode (VT-d
 * r5.10, 5.1.5.1, I/OxAPIC Programming; 82093AA, 3.2.4). So a message in either format can be kept
 * there: its address in the high half, its data in the low one, each written by one 32-bit store.
 *
 * A remappable message carries no vector. In the entry's vector field stands the number of the pin
 * then, which no broadcast of an end of interrupt names, and by which the EOI register finds the
 * entry; Linux does the same. So an entry that is remapped need not change when its irq moves.
 */
#ifndef RETARGET_KERNEL_IRQ_IOAPIC_LEAF_H
#define RETARGET_KERNEL_IRQ_IOAPIC_LEAF_H

#include <stdbool.h>

#include "kernel/cpu/ioapic.h"
#include "kernel/irq/domain.h"
#include "kernel/irq/store.h"

struct ioapic_store {
	struct message_store store; /* maskable if the pin is level-triggered */
	struct ioapic_pin pin;
};

/* Sets `store` up for `pin`, which is its from then on and masked. */
void ioapic_store_init(struct ioapic_store *store, const struct ioapic_pin *pin);

/* The leaf for it. */
const struct irq_leaf *ioapic_leaf(const struct ioapic_store *store);

/*
 * For the protocol "level": ends the interrupt that the pin of `store` may have sent, whatever
 * became of it. The local APIC's own word for it then finds no entry.
 */
void ioapic_store_end_of_interrupt(struct message_store *store);

/* Whether the pin has sent a message and waits for its end of interrupt. */
bool ioapic_store_remote_irr(struct message_store *store);

#endif
