/* SPDX-License-Identifier: MIT */
/*
 * What the explorer (tests/explore/explore.c) expects of a message in each window of each protocol.
 * It stands in tests/explore/table.c, written down from the timelines in kernel/irq/protocols/, and
 * is not computed from what the code does.
 */
#ifndef RETARGET_TESTS_EXPLORE_EXPLORE_H
#define RETARGET_TESTS_EXPLORE_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/protocol.h"

/*
 * Where a message may come in. The pairs are those of the timelines: the old or new CPU, the old
 * vector o or the new one n. Where both CPUs and both vectors are the same there is one place, OLD.
 */
enum explore_place {
	PLACE_OLD,         /* handled at {old, o} */
	PLACE_NEW,         /* handled at {new, n} */
	PLACE_STRAY_NEW_O, /* at {new, o}, which is nobody's: lost */
	PLACE_STRAY_OLD_N, /* at {old, n}, which is nobody's: lost */
	PLACE_ORIGINAL,    /* at {old, n}, and dropped, for it has been sent again */
	PLACE_ELSEWHERE,   /* anywhere else: never right */
	PLACES,
};

/* A message comes in once at each of these places, and at no other. */
enum explore_end {
	NOWHERE = 0, /* remapping drops it */
	OLD = 1 << PLACE_OLD,
	NEW = 1 << PLACE_NEW,
	STRAY_NEW_O = 1 << PLACE_STRAY_NEW_O,
	STRAY_OLD_N = 1 << PLACE_STRAY_OLD_N,
	SAVED = 1 << PLACE_ORIGINAL | NEW,
	TWICE = OLD | NEW,
	OR_OLD = 0x40, /* or at OLD instead, where hardware has the old entry in its cache */
	EITHER = OR_OLD | NEW,
	BEHIND_MASK = 0x80,       /* held back until the unmask, */
	HELD = BEHIND_MASK | NEW, /* which sends it there */
	DROPPED = BEHIND_MASK,    /* which forgets it: it comes in nowhere */
};

/* How the two targets of a move differ; which of the vectors is higher must never matter. */
enum explore_relation {
	BOTH_DIFFER,
	SAME_VECTOR,
	SAME_CPU,
	BOTH_SAME,
	RELATIONS,
};

#define EXPLORE_WINDOWS_MAX 5

struct explore_expectation {
	const char *protocol;
	bool unmaskable, maskable; /* of which stores this is true */
	unsigned int windows;
	uint8_t ends[EXPLORE_WINDOWS_MAX][RELATIONS]; /* enum explore_end */
};

/* NULL: nobody has written any down. */
const struct explore_expectation *explore_expectation(const struct protocol *protocol,
                                                      const struct message_store *store);

#endif
