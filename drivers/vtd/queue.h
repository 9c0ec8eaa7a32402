/* SPDX-License-Identifier: MIT */
/*
 * The invalidation queue of one remapping unit (VT-d r5.10, 6.5.2, Queued Invalidation Interface):
 * one page of 128-bit descriptors.
 *
 * vtd_queue_submit() is synchronous: it queues the caller's descriptor and, behind it, an
 * invalidation wait descriptor with a status write, moves the tail, and returns when the status has
 * been written. In the good case that is one register write and no register read; only when the
 * answer is late does it look at FSTS and at the clock. The lock is held until then, so at most two
 * descriptors are ever outstanding and the queue cannot be full.
 *
 * When it returns 0 after an interrupt entry cache invalidation, two things hold: hardware uses the
 * entry as it is in memory now, and every message remapped by the old one lies in its local APIC's
 * IRR (6.5.5, Interrupt Draining). Nothing is in flight to the old target any more.
 *
 * ECAP.C does not matter here: hardware's access to the queue and to the status is always snooped
 * (11.4.3, Extended Capability Register).
 */
#ifndef RETARGET_DRIVERS_VTD_QUEUE_H
#define RETARGET_DRIVERS_VTD_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/vtd/descriptor.h"
#include "kernel/lock.h"

struct vtd_queue {
	const char *name; /* of the unit, for messages: "vtd0" */
	volatile uint8_t *registers;
	struct vtd_descriptor *descriptors; /* one page */
	volatile uint32_t *status;          /* where hardware writes the last completed sequence */
	uint64_t status_physical;
	uint32_t sequence; /* of the last wait descriptor */
	uint32_t tail;     /* which descriptor is written next */
	bool broken;       /* an error could not be cleared; only vtd_queue_reset() helps */
	struct spinlock lock;
};

/* Takes the memory. 0 or -ENOMEM. */
int vtd_queue_init(struct vtd_queue *queue, const char *name, volatile uint8_t *registers);

/* Makes the queue empty and tells the unit where it is. While GSTS.QIES is clear only. */
void vtd_queue_reset(struct vtd_queue *queue);

/*
 * Returns 0 when hardware has completed `descriptor`; -EIO when it found an error in it (the error
 * is cleared, the queue goes on) and for a broken queue; -ETIMEDOUT when it did not answer. Each
 * error prints one line, also one that left no trace once it was cleared (and 0 is returned). Safe
 * on any CPU, but not in an interrupt handler.
 */
int vtd_queue_submit(struct vtd_queue *queue, struct vtd_descriptor descriptor);

/*
 * Ends the queue that the unit has at present, this kernel's or one left on by what ran before:
 * what hardware has not done yet is waited for, or, behind an error, abandoned; errors are cleared;
 * and a wait descriptor is the last that is done. The memory where IQA_REG says the queue is gets
 * written to for that. `scalable`: the unit has ECAP.SMTS, its descriptors may be of 256 bits.
 *
 * 0 when GCMD.QIE may be cleared now. Else an error, with a printed line; vtd_queue_reset() is
 * needed in any case.
 */
int vtd_queue_finish(struct vtd_queue *queue, bool scalable);

#endif
