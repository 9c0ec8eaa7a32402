/* SPDX-License-Identifier: MIT */
/*
 * The storm's irqs and what must hold for them after every step: against the books that the storm
 * keeps by itself, from the results of its calls.
 */
#ifndef RETARGET_TESTS_STORM_H
#define RETARGET_TESTS_STORM_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/arm.h"
#include "tests/counts.h"
#include "tests/idle_store.h"
#include "tests/suite.h"

/* One place for an irq: a slot of a source, or an idle store (arm.source NULL). */
struct storm_place {
	struct arm arm;
	struct idle_store idle;
	bool allocated; /* by the results so far */
	bool requested;
};

struct storm_places {
	struct storm_place *place;
	unsigned int count;
	struct counts before; /* without any of them */
};

/*
 * Fails `run` when an irq or its counts are not as the books say, a CPU's vector is not its
 * owner's, or hardware holds another target than the irq's. Some of it, for all irqs.
 */
void storm_check(struct test_run *run, const struct storm_places *places);

/* The same for everything: each pair of CPU and vector, and each irq's words in hardware. */
void storm_check_all(struct test_run *run, const struct storm_places *places);

#endif
