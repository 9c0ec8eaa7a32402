// SPDX-License-Identifier: MIT
// What a storm says in the end, and what that means.
#include "kernel/print.h"
#include "kernel/time.h"
#include "tests/async/async.h"
#include "tests/result.h"

static void check_replays(struct test_run *run, const struct async *arm)
{
	for (unsigned int n = 0; n < arm->count; n++) {
		const struct irq *irq = arm->irqs[n];

		test_check(run,
		           irq->replays_sent == irq->replays_seen &&
		                   irq->replays_sent == irq->originals_seen,
		           "slot %u: %u messages were sent again, %u came in, and %u of their "
		           "originals",
		           n, irq->replays_sent, irq->replays_seen, irq->originals_seen);
	}
}

/* The device's count on the one side, what became of its messages on the other. */
static void check_books(struct test_run *run, const struct async *arm)
{
	const struct ledger *ledger = &arm->turns.ledger;
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOMES; i++)
		sum += ledger->outcomes[i];
	test_check(run, ledger_conserved(ledger),
	           "the device counts %lu messages, the outcomes of %lu are known", ledger->fired,
	           sum);
	test_check(run, !turns_outstanding(&arm->turns),
	           "the device has stopped, and of %u slots it had begun a message and not said "
	           "that it was sent",
	           turns_outstanding(&arm->turns));
	test_check(run, !turns_unsaid(&arm->turns),
	           "of %u slots the device has not said that their last message was sent",
	           turns_unsaid(&arm->turns));
	test_check(run, !ledger->duplicate, "%lu messages came in that had not been sent",
	           ledger->duplicate);
	test_check(run, !ledger->late,
	           "%lu messages came in after the barrier had proven them lost", ledger->late);
	/* Who does not move loses nothing, either. */
	test_check(run, arm->retargets == (uint32_t)arm->moves,
	           "%lu moves were counted, and the irqs have had %u new targets", arm->moves,
	           arm->retargets);
	check_replays(run, arm);
}

static uint64_t per_second(const struct async *arm, uint64_t count)
{
	return count * 1000000 / (time_ns(arm->ticks) / 1000 + 1);
}

void async_measure(struct test_run *run, struct async *arm)
{
	const struct options *options = run->options;
	const struct ledger *ledger = &arm->turns.ledger;
	int error;

	arm->moves_limit = options->moves;
	error = async_run(arm, options->fires);
	test_check(run, !error,
	           "the device or a move failed: error %d after %lu messages and %lu moves", error,
	           arm->sent, arm->moves);
	result_print(&(struct result){
	        .source = arm->source,
	        .protocol = arm->protocol,
	        .ledger = ledger,
	        .moves = arm->moves,
	        .seed = options->seed,
	        .slots = arm->count,
	});
	if (options->verbose >= 2)
		print("# %s: %lu messages and %lu moves a second, %lu proofs\n", run->name,
		      per_second(arm, arm->sent), per_second(arm, arm->moves), arm->proofs);
	check_books(run, arm);
	result_judge(run, arm->protocol, arm->irqs[0]->store, ledger, arm->moves);
	if (run->failed || options->verbose >= 3)
		irq_dump();
}
