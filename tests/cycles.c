// SPDX-License-Identifier: MIT
// Thousands of lives of one irq, from allocation to the end, and nothing is left of them.
#include "kernel/memory.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arm_checks.h"
#include "tests/arms.h"
#include "tests/counts.h"
#include "tests/suite.h"

#define FIRES_PER_CYCLE 4 /* of the option's messages: 2500 cycles by default */

/* Each of one message, on the way back where it arrived; a vector is left behind each time. */
static int live(struct test_run *run, struct source *source, uint64_t seed)
{
	struct arm arm;
	int error = arm_begin(&arm, source, (unsigned int)(seed % source->slots),
	                      arms_lossless_for(source, run->phase == PHASE_REMAPPED), seed);

	if (error)
		return error;
	error = arm_move(&arm);
	if (!error)
		check_delivers(run, &arm, "in a cycle");
	arm_end(&arm);
	return error;
}

static void check_source(struct test_run *run, struct source *source, uint64_t cycles)
{
	const struct counts before = counts_take();
	size_t memory = 0;

	for (uint64_t n = 0; n < cycles && !run->failed; n++) {
		int error = live(run, source, run->options->seed + n);

		test_check(run, !error, "%s, cycle %lu: error %d", source->name, n, error);
		if (!n)
			memory = memory_used(); /* that of one irq is kept for the next */
	}
	counts_check(run, &before, "after all cycles");
	test_check(run, memory_used() == memory, "the cycles took %lu bytes of memory",
	           memory_used() - memory);
}

static void cycles(struct test_run *run)
{
	uint64_t each = run->options->fires / FIRES_PER_CYCLE / arms_sources() + 1;
	struct source *source;
	uint64_t count = 0;

	for (unsigned int n = 0; (source = arms_source(n)) && !run->failed; n++) {
		if (!arm_open_source(run, source))
			continue;
		check_source(run, source, each);
		source->ops->close(source);
		count += each;
	}
	if (!run->failed)
		print("# cycles: %lu times allocated, requested, moved, fired, released, freed\n",
		      count);
}

#define CYCLES(phase_name)                                                                         \
	{                                                                                          \
		.name = "cycles",                                                                  \
		.checks =                                                                          \
		        "an irq gives back all it took in allocation, activation and moves (the "  \
		        "seed's #1 to #3): irqs, vectors, reservations, entries, memory",          \
		.failure = "each irq leaves something behind, until none can be had",              \
		.phase = phase_name, .cpus = 2, .instances = arms_one_if_any,                      \
		.label = arms_phase_label, .needs = NO_SOURCE, .run = cycles,                      \
	}

TEST(53, cycles_direct) = CYCLES(PHASE_DIRECT);
TEST(53, cycles_remapped) = CYCLES(PHASE_REMAPPED);
