// SPDX-License-Identifier: MIT
#include "kernel/cpu/wait.h"

#include <stddef.h>

#include "kernel/cpu/cpu.h"

/*
 * The place is taken before it is written: an interrupt in between, whose handler waits too, takes
 * the next one. `number` goes last and is cleared first, for it tells a reader on another CPU, or
 * in an NMI, that the rest is of one wait.
 */
void wait_begin_renewed(const char *what, uint64_t which, const uint64_t *renewed_by)
{
	struct cpu *cpu = this_cpu();
	uint32_t depth = cpu->waiting;
	struct cpu_wait *wait;

	__atomic_store_n(&cpu->waiting, depth + 1, __ATOMIC_RELEASE);
	if (depth >= CPU_WAITS)
		return;
	wait = &cpu->waits[depth];
	wait->what = what;
	wait->which = which;
	wait->renewed_by = renewed_by;
	__atomic_store_n(&wait->number, ++cpu->waits_begun, __ATOMIC_RELEASE);
}

void wait_begin(const char *what, uint64_t which)
{
	wait_begin_renewed(what, which, NULL);
}

void wait_end(void)
{
	struct cpu *cpu = this_cpu();
	uint32_t depth = cpu->waiting - 1;

	if (depth < CPU_WAITS)
		__atomic_store_n(&cpu->waits[depth].number, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&cpu->waiting, depth, __ATOMIC_RELEASE);
	cpu->progress++;
}
