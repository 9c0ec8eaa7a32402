// SPDX-License-Identifier: MIT
/*
 * CPUs that 8 bits cannot name. Without remapping a message names the CPU itself and such a one is
 * refused as a target; with it the entry names the CPU, by 32 bits, and the message is as ever.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/message.h"
#include "tests/arm.h"
#include "tests/arm_checks.h"
#include "tests/arms.h"
#include "tests/counts.h"
#include "tests/suite.h"

#define NO_FAR_CPU "no CPU has an APIC id beyond 254, or there is no source"

/* A request or a move that is refused takes nothing; and where the choice is left open, it fits. */
static void check_refused(struct test_run *run, struct arm *arm, uint32_t cpu)
{
	const struct irq_target target = arm->irq->target;
	const struct counts before = counts_take();

	check_error(run, irq_set_affinity(arm->irq, cpu), -ERANGE, "a move out of reach");
	check_as_before(run, arm, &target, "after a move out of reach");
	counts_check(run, &before, "after a move out of reach");

	check_error(run, irq_release(arm->irq), 0, "the release");
	check_error(run, arm_request(arm, cpu), -ERANGE, "a request out of reach");
	check_error(run, arm_request(arm, IRQ_CPU_ANY), 0, "a request for any CPU");
	test_check(run, arm->irq->target.apic_id <= MESSAGE_APIC_ID_MAX,
	           "any CPU is APIC id %u, which no message can name", arm->irq->target.apic_id);
	check_delivers(run, arm, "after a request out of reach");
}

static void reach(struct test_run *run)
{
	struct source *source = arms_source(run->instance);
	bool has_entry = run->phase == PHASE_REMAPPED && source_is_remapped(source);
	const uint32_t far[] = {cpu_count_to(MESSAGE_APIC_ID_MAX), cpu_count() - 1};
	struct arm arm;

	if (!arm_open(run, &arm, source, arms_lossless_for(source, run->phase == PHASE_REMAPPED)))
		return;
	for (unsigned int n = 0; n < sizeof(far) / sizeof(far[0]); n++)
		if (!has_entry)
			check_refused(run, &arm, far[n]);
		else
			check_moves(run, &arm, far[n], "a move that only remapping can make");
	check_moves(run, &arm, far[0] - 1, "a move to the last that any message can name");
	arm_prove(&arm);
	arm_check_books(run, &arm);
	arm_close(run, &arm);
}

static unsigned int instances(enum test_phase phase)
{
	return cpu_count_to(MESSAGE_APIC_ID_MAX) < cpu_count() ? arms_one_each(phase) : 0;
}

#define REACH(phase_name)                                                                          \
	{                                                                                          \
		.name = "reach",                                                                   \
		.checks = "a CPU with an APIC id beyond 254 is a target with remapping, and "      \
		          "refused without, with -ERANGE and nothing changed (Intel SDM vol. 3, "  \
		          "11.11.1 \"Message Address Register Format\"; VT-d r5.10, 9.9)",         \
		.failure = "an interrupt is aimed at a CPU that its message cannot name, and "     \
		           "goes to another one",                                                  \
		.phase = phase_name, .cpus = 2, .instances = instances,                            \
		.label = arms_source_label, .needs = NO_FAR_CPU, .run = reach,                     \
	}

TEST(12, reach_direct) = REACH(PHASE_DIRECT);
TEST(12, reach_remapped) = REACH(PHASE_REMAPPED);
