// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stdint.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/dispatch.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define PATIENCE_US 10000000

static uint64_t number; /* of the barrier that is under way, or was the last */

void barrier_interrupt(void)
{
	__atomic_store_n(&this_cpu()->barrier_seen, __atomic_load_n(&number, __ATOMIC_SEQ_CST),
	                 __ATOMIC_SEQ_CST);
}

static bool all_have_seen(uint64_t ticket)
{
	for (uint32_t i = 0; i < cpu_count(); i++)
		if (__atomic_load_n(&cpu_get(i)->barrier_seen, __ATOMIC_SEQ_CST) < ticket)
			return false;
	return true;
}

/*
 * One at a time. Were two allowed to overlap, a CPU in the handler of the first could answer the
 * second as well, though a message of before the second had landed in its IRR only after it
 * accepted the first one's interrupt. As it is, each CPU gets exactly one interrupt for each
 * number, and the next number comes only when all have answered. Waiting happens with interrupts
 * on: the one under way waits for this CPU, too.
 */
static uint64_t begin(void)
{
	uint64_t last = __atomic_load_n(&number, __ATOMIC_SEQ_CST);

	while (!all_have_seen(last) ||
	       !__atomic_compare_exchange_n(&number, &last, last + 1, false, __ATOMIC_SEQ_CST,
	                                    __ATOMIC_SEQ_CST)) {
		pause();
		last = __atomic_load_n(&number, __ATOMIC_SEQ_CST);
	}
	return last + 1;
}

/* Says who is waited for, once; it decides nothing. */
static void complain(uint64_t ticket)
{
	for (uint32_t i = 0; i < cpu_count(); i++)
		if (__atomic_load_n(&cpu_get(i)->barrier_seen, __ATOMIC_SEQ_CST) < ticket)
			print("# barrier: still waiting for cpu %u to take its interrupt\n", i);
}

void barrier(void)
{
	uint64_t mine = begin();
	struct deadline patience = deadline_in_us(PATIENCE_US);
	bool complained = false;

	apic_send_all(VECTOR_BARRIER);
	while (!all_have_seen(mine)) {
		if (!complained && deadline_passed(&patience)) {
			complain(mine);
			complained = true;
		}
		pause();
	}
}
