// SPDX-License-Identifier: MIT
// What every "missing" in the report rests on: the barrier returns no earlier than it may.
#include "kernel/irq/barrier.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/smp.h"
#include "tests/deaf.h"
#include "tests/suite.h"

/* False: the CPU was not deaf any more when the barrier began. */
static bool try(struct test_run *run, uint32_t cpu, uint32_t us)
{
	struct deaf deaf;
	bool in_time;

	deaf_begin(&deaf, cpu, us);
	in_time = !deaf_is_over(&deaf);
	barrier();
	test_check(run, deaf_is_over(&deaf), "it returned while cpu %u had its interrupts off",
	           cpu);
	smp_wait(cpu);
	return in_time;
}

static void waits(struct test_run *run)
{
	for (uint32_t cpu = 1; cpu < cpu_count(); cpu++) {
		uint32_t us = DEAF_US;

		while (us <= DEAF_MAX_US && !try(run, cpu, us))
			us *= 2;
		if (us > DEAF_MAX_US)
			deaf_skip(run);
	}
}

TEST(15, barrier) = {
        .name = "barrier",
        .checks = "the barrier waits for a CPU that takes no interrupts",
        .failure = "a message may be called missing that is only late: no loss can be trusted",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .run = waits,
};
