/* SPDX-License-Identifier: MIT */
/*
 * A move through a remapping entry, one instruction at a time: which values the entry goes through,
 * and what becomes of a message that is sent while it has one of them.
 *
 * The windows of a timeline stand where its author put them; here stands one behind every
 * instruction that changes the entry, whoever has written it. So it also shows what a compiler made
 * of C that does not say how many stores it wants.
 */
#ifndef RETARGET_TESTS_ENTRY_STEPS_H
#define RETARGET_TESTS_ENTRY_STEPS_H

#include "drivers/vtd/irte.h"
#include "tests/arm.h"

#define ENTRY_VALUES_MAX 8
#define ENTRY_NO_MESSAGE ENTRY_VALUES_MAX

struct entry_steps {
	unsigned int changes;
	struct irte values[ENTRY_VALUES_MAX]; /* [0] before; then after each change, if it fits */
	int refused;                          /* the errno with which the device did not fire */
};

/*
 * Moves the arm's irq once, to another receiver. A message is sent while the entry has
 * `values[when]`, and has its outcome when this returns; with ENTRY_NO_MESSAGE none is. 0, or the
 * error of the move. The CPU that calls is stepped, with interrupts off meanwhile.
 */
int entry_steps_move(struct arm *arm, unsigned int when, struct entry_steps *steps);

#endif
