// SPDX-License-Identifier: MIT
/*
 * A move in flight, and somebody else wants the same irq. Between two layers of the move another
 * CPU tries to move it, and to request it: both are refused, and the move does not notice.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/smp.h"
#include "tests/arm.h"
#include "tests/arm_checks.h"
#include "tests/arms.h"
#include "tests/counts.h"
#include "tests/roles.h"
#include "tests/suite.h"

/* A move goes through two layers: the vectors, then the entry or else the store. */
#define LAYERS 2

static struct {
	struct arm *arm;
	unsigned int tries; /* one in each layer */
	int move_error[LAYERS], request_error[LAYERS];
} meanwhile;

static void never_called(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	(void)irq, (void)arrival, (void)context;
}

static void try(void *argument)
{
	struct irq *irq = meanwhile.arm->irq;
	unsigned int n = meanwhile.tries;

	(void)argument;
	meanwhile.move_error[n] = irq_set_affinity(irq, irq->previous.cpu);
	meanwhile.request_error[n] = irq_request(irq, IRQ_CPU_ANY, never_called, NULL, NULL);
}

/* On CPU 0, which moves; the move goes on when the other CPU has been refused. */
static int between_layers(const struct irq *irq, const struct irq_layer *layer, enum irq_step step)
{
	(void)layer;
	if (this_cpu()->index != ROLE_FIRE || irq != meanwhile.arm->irq ||
	    step != IRQ_STEP_SET_AFFINITY || meanwhile.tries == LAYERS)
		return 0;
	smp_start(ROLE_MOVE, try, NULL);
	smp_wait(ROLE_MOVE);
	meanwhile.tries++;
	return 0;
}

static void move_and_try(struct test_run *run, struct arm *arm, uint32_t cpu)
{
	meanwhile.arm = arm;
	meanwhile.tries = 0;
	irq_inject(between_layers);
	check_moves(run, arm, cpu, "the move that was not alone");
	irq_inject(NULL);
	test_check(run, meanwhile.tries == LAYERS, "%u layers took part in the move, expected %u",
	           meanwhile.tries, LAYERS);
	for (unsigned int n = 0; n < meanwhile.tries; n++) {
		check_error(run, meanwhile.move_error[n], -EBUSY, "a second move");
		check_error(run, meanwhile.request_error[n], -EBUSY, "a request during the move");
	}
}

/* With each source in turn, from each CPU to the next. */
static void check_source(struct test_run *run, struct source *source)
{
	const struct counts before = counts_take();
	struct arm arm;

	if (!arm_open(run, &arm, source, arms_lossless_for(source, run->phase == PHASE_REMAPPED)))
		return;
	for (uint32_t n = 0; n < irq_reach(arm.irq) && !run->failed; n++)
		move_and_try(run, &arm, (arm.irq->target.cpu + 1) % irq_reach(arm.irq));
	check_error(run, irq_request(arm.irq, IRQ_CPU_ANY, never_called, NULL, NULL), -EBUSY,
	            "a second request");
	check_delivers(run, &arm, "after a second request");
	check_moves(run, &arm, (arm.irq->target.cpu + 1) % irq_reach(arm.irq),
	            "a move alone again");
	arm_prove(&arm);
	arm_check_books(run, &arm);
	arm_close(run, &arm);
	counts_check(run, &before, "in the end");
}

static void busy(struct test_run *run)
{
	struct source *source;

	for (unsigned int n = 0; (source = arms_source(n)) && !run->failed; n++)
		check_source(run, source);
}

#define BUSY(phase_name)                                                                           \
	{                                                                                          \
		.name = "busy",                                                                    \
		.checks = "a second move and a request, while a move is in flight, are refused "   \
		          "with -EBUSY, and the move succeeds (the mail's #3, which may fail)",    \
		.failure = "two CPUs change one irq at once: its store, its entry and its record " \
		           "need not agree afterwards",                                            \
		.phase = phase_name, .cpus = 2, .instances = arms_one_if_any,                      \
		.label = arms_phase_label, .needs = NO_SOURCE, .run = busy,                        \
	}

TEST(53, busy_direct) = BUSY(PHASE_DIRECT);
TEST(53, busy_remapped) = BUSY(PHASE_REMAPPED);
