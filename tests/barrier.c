// SPDX-License-Identifier: MIT
// What every "missing" in the report rests on: the barrier returns no earlier than it may.
#include "kernel/irq/barrier.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/time.h"
#include "tests/suite.h"

/* Long enough that the caller is back on its feet before it is over, on a busy host, too. */
#define DEAF_US 20000

struct deaf {
	uint32_t deaf;
	uint32_t listens; /* set last, while interrupts are still off */
};

static void be_deaf_for_a_while(void *argument)
{
	struct deaf *deaf = argument;

	cli();
	__atomic_store_n(&deaf->deaf, 1, __ATOMIC_RELEASE);
	delay_us(DEAF_US);
	__atomic_store_n(&deaf->listens, 1, __ATOMIC_RELEASE);
	sti();
}

static void waits(struct test_run *run)
{
	for (uint32_t cpu = 1; cpu < cpu_count(); cpu++) {
		struct deaf deaf = {0};

		smp_start(cpu, be_deaf_for_a_while, &deaf);
		wait_begin("cpu %lu to switch its interrupts off", cpu);
		while (!__atomic_load_n(&deaf.deaf, __ATOMIC_ACQUIRE))
			pause();
		wait_end();
		barrier();
		test_check(run, __atomic_load_n(&deaf.listens, __ATOMIC_ACQUIRE),
		           "it returned while cpu %u had its interrupts off", cpu);
		smp_wait(cpu);
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
