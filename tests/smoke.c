// SPDX-License-Identifier: MIT
// The shortest proof that the whole way works: each source, one message to each CPU.
#include "kernel/cpu/cpu.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/suite.h"

static void fire_at_each_cpu(struct test_run *run, struct arm *arm)
{
	for (uint32_t cpu = 0; cpu < irq_reach(arm->irq); cpu++) {
		uint64_t arrived = arm->ledger.outcomes[OUTCOME_NEW];
		int error = irq_set_affinity(arm->irq, cpu);

		test_check(run, !error, "the move to cpu %u failed: error %d", cpu, error);
		error = arm_fire(arm);
		test_check(run, !error, "the device refused to fire: error %d", error);
		test_check(run, arm->ledger.outcomes[OUTCOME_NEW] == arrived + 1,
		           "the message for cpu %u did not come in there", cpu);
	}
}

static void smoke(struct test_run *run)
{
	struct source *source = arms_source(run->instance);
	const struct protocol *protocol = arms_lossless_for(source, run->phase == PHASE_REMAPPED);
	struct arm arm;

	if (!arm_open(run, &arm, source, protocol))
		return;
	fire_at_each_cpu(run, &arm);
	arm_prove(&arm);
	arm_check_books(run, &arm);
	arm_close(run, &arm);
}

#define SMOKE(phase_name)                                                                          \
	{                                                                                          \
		.name = "smoke",                                                                   \
		.checks = "a message of each source reaches each CPU it is sent to (Intel SDM "    \
		          "vol. 3, 11.11 \"Message Signalled Interrupts\")",                       \
		.failure = "nothing else in this report means anything", .phase = phase_name,      \
		.instances = arms_one_each, .label = arms_source_label, .needs = NO_SOURCE,        \
		.run = smoke,                                                                      \
	}

TEST(10, smoke_direct) = SMOKE(PHASE_DIRECT);
TEST(10, smoke_remapped) = SMOKE(PHASE_REMAPPED);
