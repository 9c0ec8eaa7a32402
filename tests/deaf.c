// SPDX-License-Identifier: MIT
#include "tests/deaf.h"

#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/time.h"

static void be_deaf(void *argument)
{
	struct deaf *deaf = argument;

	cli();
	__atomic_store_n(&deaf->begun, 1, __ATOMIC_RELEASE);
	delay_us(deaf->us);
	__atomic_store_n(&deaf->over, 1, __ATOMIC_RELEASE);
	sti();
}

void deaf_begin(struct deaf *deaf, uint32_t cpu, uint32_t us)
{
	*deaf = (struct deaf){.us = us};
	smp_start(cpu, be_deaf, deaf);
	wait_begin("cpu %lu to switch its interrupts off", cpu);
	while (!__atomic_load_n(&deaf->begun, __ATOMIC_ACQUIRE))
		pause();
	wait_end();
}

bool deaf_is_over(const struct deaf *deaf)
{
	return __atomic_load_n(&deaf->over, __ATOMIC_ACQUIRE);
}

void deaf_skip(struct test_run *run)
{
	test_skip(run,
	          "the host held this CPU up for longer than the other one was deaf, up to %u ms",
	          DEAF_MAX_US / 1000);
}
