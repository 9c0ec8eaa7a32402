// SPDX-License-Identifier: MIT
#include "tests/arm_checks.h"

#include "tests/chain.h"

bool check_error(struct test_run *run, int error, int expected, const char *what)
{
	return test_check(run, error == expected, "%s: error %d, expected %d", what, error,
	                  expected);
}

bool check_delivers(struct test_run *run, struct arm *arm, const char *when)
{
	uint64_t arrived = arm->ledger.outcomes[OUTCOME_NEW];
	int error = arm_fire(arm);

	return test_check(run, !error && arm->ledger.outcomes[OUTCOME_NEW] == arrived + 1,
	                  "%s: the message of %s does not come in at its target (fire: error %d)",
	                  when, arm->source->name, error);
}

bool check_as_before(struct test_run *run, struct arm *arm, const struct irq_target *before,
                     const char *when)
{
	const struct irq_target *now = &arm->irq->target;
	bool right = test_check(run,
	                        now->cpu == before->cpu && now->vector == before->vector &&
	                                now->generation == before->generation,
	                        "%s: the target was cpu %u, vector %02x, and is cpu %u, vector "
	                        "%02x",
	                        when, before->cpu, before->vector, now->cpu, now->vector);

	right &= chain_check(run, arm->irq, when);
	return right & check_delivers(run, arm, when);
}

bool check_moves(struct test_run *run, struct arm *arm, uint32_t cpu, const char *when)
{
	bool right = check_error(run, irq_set_affinity(arm->irq, cpu), 0, when);

	right &= test_check(run, arm->irq->target.cpu == cpu, "%s: it is on cpu %u, expected %u",
	                    when, arm->irq->target.cpu, cpu);
	right &= chain_check(run, arm->irq, when);
	return right & check_delivers(run, arm, when);
}
