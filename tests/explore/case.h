/* SPDX-License-Identifier: MIT */
/* One move of the explorer: between two given targets, with messages in given windows. */
#ifndef RETARGET_TESTS_EXPLORE_CASE_H
#define RETARGET_TESTS_EXPLORE_CASE_H

#include "tests/arm.h"
#include "tests/explore/explore.h"

#define EXPLORE_NEVER 99U

struct explore_geometry {
	enum explore_relation relation;
	uint8_t old_vector, new_vector;
	const char *name; /* "other CPU, higher" */
};

struct explorer {
	struct arm arm;
	const struct explore_expectation *expected;
	const struct explore_geometry *geometry;
	struct irq_target old, new; /* without a generation; APIC ids as the irq had them */
	unsigned int first, second; /* windows with a message; second: or EXPLORE_NEVER */
	unsigned int windows;       /* that the move has gone through, in order from 0 */
	bool out_of_order;          /* or not in order */
	struct explore_fire {
		bool refused; /* by the device */
		bool held;    /* behind the mask, right after */
	} fires[2];
	uint32_t at[PLACES]; /* messages that came in */
	uint64_t blocked;    /* by the remapping hardware's own record */

	/* Of earlier moves: the only message, which was sent in that window, came in nowhere. */
	bool nowhere[EXPLORE_WINDOWS_MAX][RELATIONS];
	bool saved_by_cache; /* some message, in some window that should have lost it */
};

/* Takes slot 0 of the open source and requests its irq. 0 or a negative errno. */
int explore_begin(struct explorer *explorer, struct source *source, const struct protocol *protocol,
                  uint64_t seed);
void explore_end(struct explorer *explorer);

/*
 * Makes the move, with `first` and `second` set, and returns when all messages have come in, or
 * came in nowhere: `at`, `windows` and so on are then what was seen. 0, or the errno with which the
 * move could not be made.
 */
int explore_move(struct explorer *explorer, const struct explore_geometry *geometry);

#endif
