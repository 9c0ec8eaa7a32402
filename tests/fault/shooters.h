/* SPDX-License-Identifier: MIT */
/*
 * Several devices whose messages are blocked, for tests of how a unit records faults: one more than
 * it has fault recording registers overflows them. No record is read but by the test.
 */
#ifndef RETARGET_TESTS_FAULT_SHOOTERS_H
#define RETARGET_TESTS_FAULT_SHOOTERS_H

#include <stdbool.h>

#include "tests/fault/shot.h"

#define FAULT_SHOOTERS_MAX 9

struct fault_shooters {
	struct vtd_unit *unit; /* all of them are remapped by it */
	struct fault_arm arms[FAULT_SHOOTERS_MAX];
	unsigned int count; /* 1 or more */
};

struct fault_shooters_case {
	const char *name;
	void (*check)(struct test_run *run, struct fault_shooters *shooters);
	bool overflows; /* needs one device more than the unit has fault recording registers */
};

/*
 * Opens each device whose messages have a requester id of their own, makes their entries not
 * present, and runs the case with no fault recorded. Then clears what is, puts the entries back and
 * checks that the messages of each come in. Skips `run` where there are too few devices, or the
 * unit records nothing.
 */
void fault_shooters_run(struct test_run *run, const struct fault_shooters_case *which);

/* Device `who` sends one message, which is blocked. Its record stays unread. */
void fault_shoot_unread(struct test_run *run, struct fault_shooters *shooters, unsigned int who);

/* How many fault recording registers hold a fault. */
unsigned int fault_registers_used(const struct vtd_unit *unit);

/* What register n holds; false when that is no fault. It stays there. */
bool fault_look(const struct vtd_unit *unit, unsigned int n, struct vtd_fault *fault);

/* Clears F in each register, and nothing else. */
void fault_clear_registers(const struct vtd_unit *unit);

#endif
