// SPDX-License-Identifier: MIT
#include "kernel/cpu/smp_call.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/await.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/dispatch.h"
#include "kernel/paging.h"

void smp_call_interrupt(void)
{
	struct cpu *cpu = this_cpu();
	void (*function)(void *) = __atomic_load_n(&cpu->call, __ATOMIC_ACQUIRE);
	struct cpu *caller = cpu->caller;

	if (!function)
		return; /* only meant to end a halt */
	cpu->call = NULL;
	function(cpu->call_argument);
	__atomic_store_n(&cpu->call_done, 1, __ATOMIC_RELEASE);
	await_wake(caller);
}

static bool take_turn_to_call(struct cpu *cpu)
{
	return !__atomic_exchange_n(&cpu->call_owner, 1, __ATOMIC_ACQUIRE);
}

void smp_call_turn(struct cpu *cpu)
{
	if (take_turn_to_call(cpu))
		return;
	wait_begin("its turn to call cpu %lu", cpu->index);
	while (!take_turn_to_call(cpu))
		pause();
	wait_end();
}

/* The next call is not made before this one's caller has seen it done. */
void smp_call_prepare(struct cpu *cpu, void (*function)(void *), void *argument)
{
	cpu->call_argument = argument;
	cpu->caller = this_cpu();
	cpu->call_done = 0;
	__atomic_store_n(&cpu->call, function, __ATOMIC_RELEASE);
}

static bool call_is_done(void *context)
{
	const struct cpu *cpu = context;

	return __atomic_load_n(&cpu->call_done, __ATOMIC_SEQ_CST);
}

void smp_call_wait(struct cpu *cpu)
{
	wait_begin("cpu %lu to carry out a call", cpu->index);
	await(call_is_done, cpu);
	wait_end();
}

void smp_call_end_turn(struct cpu *cpu)
{
	__atomic_store_n(&cpu->call_owner, 0, __ATOMIC_RELEASE);
}

void smp_call(uint32_t index, void (*function)(void *), void *argument)
{
	struct cpu *cpu = cpu_get(index);

	if (cpu == this_cpu()) {
		uint64_t flags = interrupts_save();

		function(argument);
		interrupts_restore(flags);
		return;
	}
	smp_call_turn(cpu);
	/* It goes offline only while it is the owner itself. */
	if (__atomic_load_n(&cpu->online, __ATOMIC_RELAXED)) {
		smp_call_prepare(cpu, function, argument);
		apic_send(cpu->apic_id, VECTOR_CALL);
		smp_call_wait(cpu);
	}
	smp_call_end_turn(cpu);
}

void smp_start(uint32_t index, void (*function)(void *), void *argument)
{
	struct cpu *cpu = cpu_get(index);

	smp_wait(index);
	if (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
		return;
	cpu->task_argument = argument;
	cpu->starter = this_cpu();
	__atomic_store_n(&cpu->task, function, __ATOMIC_RELEASE);
	apic_send(cpu->apic_id, VECTOR_CALL);
}

static bool task_has_ended(void *context)
{
	const struct cpu *cpu = context;

	return !__atomic_load_n(&cpu->task, __ATOMIC_SEQ_CST);
}

void smp_wait(uint32_t index)
{
	struct cpu *cpu = cpu_get(index);

	if (task_has_ended(cpu))
		return;
	wait_begin_renewed("cpu %lu to end its task", index, &cpu->progress);
	await(task_has_ended, cpu);
	wait_end();
}

/* A caller that was let in is served here: with interrupts off nothing else does it. */
void smp_take_last_calls(void)
{
	struct cpu *cpu = this_cpu();

	wait_begin("whoever calls it, cpu %lu, to be content", cpu->index);
	while (!take_turn_to_call(cpu)) {
		smp_call_interrupt();
		pause();
	}
	wait_end();
}

void smp_leave(void)
{
	struct cpu *cpu = this_cpu();

	__atomic_store_n(&cpu->online, false, __ATOMIC_RELEASE);
	smp_call_end_turn(cpu);
}

/*
 * It halts. Where CPUs are virtual and outnumber the host's, one that spins takes the time of those
 * that work: with four on two, runs took more than ten times as long. One that has left halts with
 * interrupts off, for the next INIT; only the NMI of a panic wakes it before. It still wakes the
 * one that has it leave: a local APIC that is switched off goes on sending IPIs (Intel SDM vol. 3,
 * 11.4.7.2 "Local APIC State After It Has Been Software Disabled").
 */
static _Noreturn void idle(struct cpu *cpu)
{
	while (cpu->online) {
		void (*task)(void *);
		struct cpu *starter;

		cli();
		task = __atomic_load_n(&cpu->task, __ATOMIC_ACQUIRE);
		if (!task) {
			sti_hlt();
			continue;
		}
		sti();
		starter = cpu->starter;
		task(cpu->task_argument);
		__atomic_store_n(&cpu->task, NULL, __ATOMIC_RELEASE);
		await_wake(starter);
	}
	for (;;)
		hlt();
}

_Noreturn void smp_enter(struct cpu *cpu)
{
	paging_enable_protection();
	cpu_load(cpu);
	apic_enable();
	__atomic_add_fetch(&cpu->starts, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
	sti();
	idle(cpu);
}
