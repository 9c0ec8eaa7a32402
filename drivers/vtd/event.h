/* SPDX-License-Identifier: MIT */
/*
 * The events that a remapping unit reports by interrupts of its own: faults, and the completion of
 * an invalidation. Each is a message store of four 32-bit registers in a row, with a mask and a
 * pending bit.
 *
 * Their messages are never remapped (VT-d r5.10, 5.1.6, Remapping Hardware Event Interrupt
 * Programming), so that to move one means to rewrite the registers by a protocol, whether remapping
 * is on or not. The message is the compatibility format's; a wide store has the rest of a 32-bit
 * APIC id in its upper address.
 *
 * Both events fire once and not again before they have been serviced:
 *   fault        when a fault is recorded while FSTS shows none; serviced when every record has
 *                been cleared, as vtd_fault_poll() does (7.3, Non-Recoverable Fault Event)
 *   completion   when a wait descriptor with IF = 1 completes while ICS.IWC is clear; serviced by
 *                clearing that (6.5.2.10, Hardware Generation of Invalidation Completion Events)
 * Servicing also takes back what is pending behind the mask.
 */
#ifndef RETARGET_DRIVERS_VTD_EVENT_H
#define RETARGET_DRIVERS_VTD_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/store.h"

struct vtd_unit;

struct vtd_event {
	struct message_store store;  /* for an irq with irq_leaf_vtd_event */
	volatile uint8_t *registers; /* control, data, address, upper address */
};

/* `registers` is where FECTL_REG or IECTL_REG stands. Touches nothing. */
void vtd_event_init(struct vtd_event *event, volatile uint8_t *registers);

/*
 * Makes the store a wide one if the upper address register holds what is written to it, as it must
 * with ECAP.EIM; QEMU's does not. Returns whether it does. The event is masked, and its message is
 * lost.
 */
bool vtd_event_widen(struct vtd_event *event);

/*
 * Makes the unit's completion event a source, named as the unit: fire() queues a wait descriptor.
 * It shares the queue with those who invalidate; where remapping is off, open() switches the queue
 * on. Remapping is not switched while the source is open. 0 or a negative errno. Needs ECAP.QI.
 */
int vtd_event_register_source(struct vtd_unit *unit, uint64_t physical);

#endif
