// SPDX-License-Identifier: MIT
#include <stdint.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/dispatch.h"

static uint32_t held;
static uint64_t number;

void barrier_interrupt(void)
{
	__atomic_store_n(&this_cpu()->barrier_seen, __atomic_load_n(&number, __ATOMIC_SEQ_CST),
	                 __ATOMIC_SEQ_CST);
}

/*
 * One at a time. Were two allowed to overlap, a CPU in the handler of the first could answer the
 * second as well, though a message of before the second had landed in its IRR only after it
 * accepted the first one's interrupt. Waiting happens with interrupts on: the holder waits for us
 * too.
 */
static void take(void)
{
	while (__atomic_exchange_n(&held, 1, __ATOMIC_ACQUIRE))
		pause();
}

static void release(void)
{
	__atomic_store_n(&held, 0, __ATOMIC_RELEASE);
}

void barrier(void)
{
	uint64_t mine;

	take();
	mine = __atomic_add_fetch(&number, 1, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < cpu_count(); i++)
		apic_send(cpu_get(i)->apic_id, VECTOR_BARRIER);
	for (uint32_t i = 0; i < cpu_count(); i++)
		while (__atomic_load_n(&cpu_get(i)->barrier_seen, __ATOMIC_SEQ_CST) != mine)
			pause();
	release();
}
