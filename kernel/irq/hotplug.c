// SPDX-License-Identifier: MIT
/*
 *   CPU that leaves (interrupts off)  device sends   where it goes
 *   --------------------------------  ------------   -------------
 *                                  W0 {leaving, o}   waits in the IRR of the CPU that leaves
 *   move away every irq that is here
 *                                  W1 {new, n}       new CPU takes n
 *   each message in the IRR:
 *   send n by IPI ---------------------------------> new CPU takes n: the replay
 *                                  W2 {new, n}       new CPU takes n
 *   silence the local APIC, offline
 *                                  W3 {new, n}       new CPU takes n
 *   leave the barriers, halt
 *
 * A move ends with the store's flush (with remapping, with the answer to the invalidation), so what
 * was sent to the CPU that leaves is in its IRR when the IRR is looked at. Were the local APIC
 * silenced before the moves, or the IRR looked at before them, a message in W0 would be lost.
 *
 * Linux has the same order in fixup_irqs(), under stop_machine(). Here the other CPUs go on; the
 * one that asked for it holds every irq meanwhile.
 */
#include "kernel/irq/hotplug.h"

#include <asm-generic/errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/vector.h"
#include "kernel/time.h"

#define PATIENCE_US     10000000 /* how long one irq may be moved without an end */
#define FIRST_INTERRUPT 32

static uint32_t busy; /* 1 while a CPU leaves or comes back */
static uint64_t replays;
static void (*at_window)(unsigned int window);

struct departure {
	uint32_t cpu;
	int error;
};

uint64_t cpu_unplug_replays(void)
{
	return __atomic_load_n(&replays, __ATOMIC_RELAXED);
}

void cpu_unplug_at_window(void (*function)(unsigned int window))
{
	at_window = function;
}

static void window(unsigned int number)
{
	if (at_window)
		at_window(number);
}

/*
 * Where it has a vector already it needs no other: an irq may have as many as it can, and what it
 * left behind cannot be freed here.
 */
static int move_away(struct irq *irq)
{
	int best = vector_best_cpu(irq_reach(irq));
	int error = best < 0 ? best : irq_move(irq, (uint32_t)best);

	for (uint32_t cpu = 0; cpu < cpu_count() && error == -ENOSPC; cpu++)
		if (irq->on[cpu].vector && vector_is_online(cpu))
			error = irq_move(irq, cpu);
	return error;
}

static void move_away_if_here(struct irq *irq, void *context)
{
	struct departure *departure = context;

	if (!departure->error && irq->target.cpu == departure->cpu &&
	    irq->target.vector != VECTOR_SHUTDOWN)
		departure->error = move_away(irq);
}

/*
 * A message of an irq's own target, present or past: the original dies with the local APIC, and
 * its copy counts. A level is still there: its pin sends again as soon as this one's interrupt is
 * ended, which only the CPU that takes it does otherwise. All else is told apart and counted as if
 * this CPU took it; the end of interrupt then finds nothing in service and does nothing.
 */
static void replay(uint32_t cpu, uint8_t vector)
{
	bool intermediate;
	struct irq *irq = vector_owner(cpu, vector, &intermediate);

	if (!irq || intermediate) {
		irq_dispatch(vector);
	} else if (irq->leaf->end_of_interrupt) {
		irq->leaf->end_of_interrupt(irq);
	} else {
		irq_replay(irq);
		irq->originals_seen++;
		__atomic_add_fetch(&replays, 1, __ATOMIC_RELAXED);
	}
}

/* The barrier's interrupt is answered by leaving, the call's has been served, a wake's has too. */
static void replay_what_is_pending(uint32_t cpu)
{
	for (unsigned int v = VECTOR_SHUTDOWN; v >= FIRST_INTERRUPT; v--)
		if (v != VECTOR_BARRIER && v != VECTOR_CALL && apic_irr((uint8_t)v))
			replay(cpu, (uint8_t)v);
}

/* On the CPU that leaves, in a task of its own: nothing is in service there. */
static void leave(void *context)
{
	struct departure *departure = context;
	uint64_t flags = interrupts_save();

	window(0);
	irq_each(move_away_if_here, departure);
	if (departure->error) {
		interrupts_restore(flags);
		return;
	}
	window(1);
	smp_take_last_calls();
	replay_what_is_pending(departure->cpu);
	window(2);
	apic_disable();
	smp_leave();
	window(3);
	barrier_leave();
}

/* One who moves it all the time would hardly ever let another in, unless it is told. */
static int hold(struct irq *irq)
{
	struct deadline patience = deadline_in_us(PATIENCE_US);
	bool held;

	__atomic_store_n(&irq->wanted, 1, __ATOMIC_RELAXED);
	while (!(held = irq_hold(irq)) && !deadline_passed(&patience))
		pause();
	__atomic_store_n(&irq->wanted, 0, __ATOMIC_RELAXED);
	return held ? 0 : -EBUSY;
}

/* All before `end`; NULL: all. */
static void let_go(const struct irq *end)
{
	for (struct irq *irq = irq_first(); irq != end; irq = irq->next)
		irq_let_go(irq);
}

/* Waits for moves under way, with interrupts on: they may need any CPU for it. */
static int hold_all(void)
{
	for (struct irq *irq = irq_first(); irq; irq = irq->next) {
		int error = hold(irq);

		if (error) {
			let_go(irq);
			return error;
		}
	}
	return 0;
}

/* Reservations do not count; vectors that irqs have left behind do, until they are freed. */
static int check_room(uint32_t cpu)
{
	if (vector_targets_on(cpu) > vector_available_elsewhere(cpu))
		irq_drain(NULL);
	return vector_targets_on(cpu) > vector_available_elsewhere(cpu) ? -ENOSPC : 0;
}

/*
 * After the barrier, what moves to `cpu` have found and sent again has been taken there: what waits
 * from now on is an original, and no replay is ever replayed (barrier.c says why that matters).
 */
static int send_away(uint32_t cpu)
{
	struct departure departure = {.cpu = cpu};
	int error = check_room(cpu);

	if (!error)
		error = hold_all();
	if (error)
		return error;
	barrier();
	smp_start(cpu, leave, &departure);
	smp_wait(cpu);
	let_go(NULL);
	return departure.error;
}

/*
 * After the two barriers the replays have been taken, so that the next CPU may leave; and who was
 * in the handler of an earlier message has ended it.
 */
static int unplug(uint32_t cpu)
{
	int error;

	if (!cpu || cpu >= cpu_count() || cpu == this_cpu()->index || !cpu_get(cpu)->online)
		return -EINVAL;
	vector_offline(cpu);
	error = send_away(cpu);
	if (error) {
		vector_online(cpu);
		return error;
	}
	barrier();
	barrier();
	vector_forget(cpu);
	return 0;
}

static void join(void *unused)
{
	(void)unused;
	barrier_join();
}

static int bring_back(uint32_t cpu)
{
	int error;

	if (cpu >= cpu_count() || cpu_get(cpu)->online)
		return -EINVAL;
	error = smp_restart(cpu);
	if (error)
		return error;
	smp_start(cpu, join, NULL);
	smp_wait(cpu);
	vector_online(cpu);
	return 0;
}

/* With interrupts on: the CPU that leaves or comes back waits for this one, too. */
static void take_turn(uint32_t cpu)
{
	if (!__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
		return;
	wait_begin("its turn to have cpu %lu leave or return", cpu);
	while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
		pause();
	wait_end();
}

static int in_turn(int (*function)(uint32_t cpu), uint32_t cpu)
{
	int error;

	take_turn(cpu);
	error = function(cpu);
	__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
	return error;
}

int cpu_unplug(uint32_t cpu)
{
	return in_turn(unplug, cpu);
}

int cpu_return(uint32_t cpu)
{
	return in_turn(bring_back, cpu);
}
