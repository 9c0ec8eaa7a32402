/* SPDX-License-Identifier: MIT */
/*
 * Marks for a witness on the host (tests/qemu/witness.py): where an arm begins and ends, and each
 * of its moves, and in the explorer each message by itself. The host's trace has every message in
 * it, and no word of what it was sent for.
 *
 * A mark is a write to the vendor and device id of a PCI function. They are read-only, and such a
 * write does nothing, on any hardware (PCI Local Bus Specification 3.0, 6.1, Configuration Space
 * Organization); it is seen where configuration writes are traced, in one order with the messages,
 * for QEMU does both under one lock. Nobody else writes there.
 *
 *	31:28 kind   27:8 APIC id of the irq's target   7:0 its vector, or a window's number
 */
#ifndef RETARGET_TESTS_MARK_H
#define RETARGET_TESTS_MARK_H

#include "kernel/irq/irq.h"

enum mark {
	MARK_ARM_BEGINS = 1,  /* with the target in force */
	MARK_MOVE_BEGINS = 2, /* with the target in force */
	MARK_MOVE_ENDS = 3,   /* with the target in force from here on */
	MARK_ARM_ENDS = 4,    /* all that was sent in it has come in, or never will */

	/* An arm of several slots that send by themselves (tests/async/async.c). No move has a
	   mark. */
	MARK_STORM_BEGINS = 5, /* with the target of slot 0 */
	MARK_STORM_TARGET = 6, /* with each one that an irq of the arm had, just before the end */
	MARK_STORM_ENDS = 7,   /* all that was sent in it has come in, or never will */

	/* A case of the explorer: one move, with a message or two (tests/explore/case.h). */
	MARK_CASE_BEGINS = 8, /* with the old target */
	MARK_FIRE = 9,        /* with the window in which the device is told to send */
	MARK_FLUSHED = 10,    /* with the same: what it did not hold back has gone where it goes */
	MARK_CASE_ENDS = 11,  /* with the new target; all has come in, or never will */
};

/* From now on marks are left; until then mark() does nothing. -ENODEV without a PCI function. */
int marks_on(void);

void mark(enum mark kind, const struct irq_target *target);

/* For the kinds that name a window, 0 to 255. */
void mark_window(enum mark kind, unsigned int window);

#endif
