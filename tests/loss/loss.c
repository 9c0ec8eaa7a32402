// SPDX-License-Identifier: MIT
// The main claim: which protocol loses messages while an interrupt is moved under fire.
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/loss/table.h"
#include "tests/result.h"
#include "tests/suite.h"

static void judge(struct test_run *run, const struct arm *arm)
{
	const struct ledger *ledger = &arm->ledger;
	bool empty;

	arm_check_books(run, arm);
	empty = result_judge(run, arm->protocol, arm->irq->store, ledger, arm->mover.moves);
	loss_table_add(arm->source, arm->protocol,
	               &(struct loss){.lost = ledger_lost(ledger),
	                              .fired = ledger->fired,
	                              .shows_nothing = empty,
	                              .must_not_lose = protocol_promises_no_loss(arm->protocol,
	                                                                         arm->irq->store)});
}

static void measure(struct test_run *run, struct arm *arm)
{
	const struct options *options = run->options;
	int error;

	arm->mover.limit = options->moves;
	error = arm_run(arm, options->fires);
	test_check(run, !error, "%s refused to fire: error %d", arm->source->name, error);
	test_check(run, !arm->mover.error, "a move failed: error %d", arm->mover.error);
	if (arm->source->dropped) { /* what it lost says nothing of the protocol */
		print("# %s: no figure, for the device was dropped\n", run->name);
		return;
	}
	arm_print_result(arm, options->seed);
	judge(run, arm);
}

static void loss(struct test_run *run)
{
	const struct protocol *protocol;
	struct source *source;
	struct arm arm;

	arms_get(ARMS_COMPARED, run->phase == PHASE_REMAPPED, run->instance, &source, &protocol);
	if (!arm_open(run, &arm, source, protocol))
		return;
	if (protocol->needs_mask && !store_maskable(arm.irq->store))
		test_skip(run, "this message store has no mask bit");
	else
		measure(run, &arm);
	arm_close(run, &arm);
}

static unsigned int instances(enum test_phase phase)
{
	return arms_count(ARMS_COMPARED, phase == PHASE_REMAPPED);
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	arms_label(ARMS_COMPARED, phase == PHASE_REMAPPED, instance, buffer, size);
}

TEST(20, loss_direct) = {
        .name = "loss",
        .checks = "without remapping, only a masked rewrite or Linux's two-step with its look into "
                  "the IRR loses nothing (the argument's point 2)",
        .failure = "a protocol that promises to lose nothing lost a message, or the books do not "
                   "balance",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NO_SOURCE,
        .run = loss,
};

TEST(20, loss_remapped) = {
        .name = "loss",
        .checks = "with remapping the device's message is written once, and a move in the IRTE "
                  "loses nothing (points 2 and 3)",
        .failure = "a message was lost in a move through the IRTE, or the books do not balance",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NO_SOURCE,
        .run = loss,
};
