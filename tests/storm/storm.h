/* SPDX-License-Identifier: MIT */
/*
 * The storm's irqs and what must hold for them after every step: against the books that the storm
 * keeps by itself, from the results of its calls.
 */
#ifndef RETARGET_TESTS_STORM_STORM_H
#define RETARGET_TESTS_STORM_STORM_H

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
 * After every step: fails `run` when the state of an irq or the counts are not as the books say, or
 * a vector that an irq has is not owned by it.
 */
void storm_check(struct test_run *run, const struct storm_places *places);

/*
 * Now and then: the owner of each pair of CPU and vector knows of it and nobody else is counted,
 * and hardware holds each irq's target.
 */
void storm_check_all(struct test_run *run, const struct storm_places *places);

#endif
