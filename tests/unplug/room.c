// SPDX-License-Identifier: MIT
/*
 * A CPU can leave only when the others have room for what has to move. What is merely reserved need
 * not move: with reservation mode the CPU leaves, without it, it cannot.
 */
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/hotplug.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arm_checks.h"
#include "tests/arms.h"
#include "tests/counts.h"
#include "tests/idle_store.h"
#include "tests/suite.h"

/* Of each CPU, so that they run out. */
#define VECTORS 4

/* Far more irqs than vectors, none of which has one. */
static void check_with_reservation(struct test_run *run, struct arm *arm, uint32_t cpu)
{
	struct fillers fillers;
	struct counts before;

	fillers_init(&fillers, NULL, false);
	while (fillers.count < 2 * VECTORS * cpu_count() && !run->failed)
		check_error(run, fillers_alloc(&fillers, NULL), 0, "a reservation");
	before = counts_take();
	check_error(run, cpu_unplug(cpu), 0, "the unplug, with vectors reserved");
	check_delivers(run, arm, "after that unplug");
	check_error(run, cpu_return(cpu), 0, "the return");
	check_moves(run, arm, cpu, "back to the CPU that returned");
	irq_drain(NULL);
	counts_check(run, &before, "after the return");
	fillers_free(&fillers);
}

/* All of those that are not on `cpu`, and one that is: what is left has more room than it needs. */
static void make_room(struct fillers *fillers, uint32_t cpu)
{
	struct irq *next;
	bool one = false;

	for (struct irq *irq = irq_first(); irq; irq = next) {
		next = irq->next;
		if (irq->store != &fillers->store.store || (irq->target.cpu == cpu && one))
			continue;
		one |= irq->target.cpu == cpu;
		fillers_free_one(fillers, irq);
	}
}

static void check_none_on(struct test_run *run, uint32_t cpu)
{
	for (const struct irq *irq = irq_first(); irq; irq = irq->next)
		test_check(run, irq->target.cpu != cpu, "irq %u is on cpu %u, which has left",
		           irq->number, cpu);
}

/* The same irqs, each with a vector from the start, until there is none. */
static void check_without_reservation(struct test_run *run, struct arm *arm, uint32_t cpu)
{
	const struct irq_target target = arm->irq->target;
	struct fillers fillers;
	struct counts full;
	int error;

	fillers_init(&fillers, NULL, false);
	fillers.request.without_reservation = true;
	do
		error = fillers_alloc(&fillers, NULL);
	while (!error);
	check_error(run, error, -ENOSPC, "an allocation with all vectors taken");
	full = counts_take();

	check_error(run, cpu_unplug(cpu), -ENOSPC, "the unplug, with all vectors taken");
	test_check(run, cpu_get(cpu)->online, "cpu %u is out of service though it could not leave",
	           cpu);
	counts_check(run, &full, "after the refusal");
	check_as_before(run, arm, &target, "after the refusal");

	make_room(&fillers, cpu);
	check_error(run, cpu_unplug(cpu), 0, "the unplug, with room elsewhere");
	check_none_on(run, cpu);
	check_delivers(run, arm, "after that unplug");
	check_error(run, cpu_return(cpu), 0, "the return");
	fillers_free(&fillers);
}

static void check_room(struct test_run *run, struct arm *arm)
{
	uint32_t cpu = irq_reach(arm->irq) - 1;

	check_moves(run, arm, cpu, "the first move");
	irq_drain(NULL);
	if (!run->failed)
		check_with_reservation(run, arm, cpu);
	if (!run->failed)
		check_without_reservation(run, arm, cpu);
}

static void room(struct test_run *run)
{
	struct source *source = arms_source(0);
	struct arm arm;

	check_error(run, vector_limit(VECTORS), 0, "vector_limit()");
	if (arm_open(run, &arm, source, arms_lossless_for(source, run->phase == PHASE_REMAPPED))) {
		check_room(run, &arm);
		arm_prove(&arm);
		arm_check_books(run, &arm);
		arm_close(run, &arm);
	}
	check_error(run, vector_limit(0), 0, "vector_limit() in the end");
}

#define UNPLUG_ROOM(phase_name)                                                                    \
	{                                                                                          \
		.name = "unplug.room",                                                             \
		.checks = "a CPU leaves with irqs that only reserve a vector, and is refused "     \
		          "with -ENOSPC when each has one (#2: reservation mode is for CPU "       \
		          "hotunplug; Linux: lapic_can_unplug_cpu())",                             \
		.failure = "a CPU cannot leave for want of vectors that nobody uses, or it "       \
		           "leaves irqs without a target behind",                                  \
		.phase = phase_name, .cpus = 2, .instances = arms_one_if_any,                      \
		.label = arms_phase_label, .needs = NO_SOURCE, .run = room,                        \
	}

TEST(58, unplug_room_direct) = UNPLUG_ROOM(PHASE_DIRECT);
TEST(58, unplug_room_remapped) = UNPLUG_ROOM(PHASE_REMAPPED);
