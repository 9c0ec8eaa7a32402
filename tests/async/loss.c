// SPDX-License-Identifier: MIT
// The main claim once more, where no CPU orders a message: the device sends on its own.
#include "kernel/print.h"
#include "kernel/time.h"
#include "tests/arms.h"
#include "tests/async/async.h"
#include "tests/result.h"
#include "tests/suite.h"

/* Too much for a stack. */
static struct async arm;

static bool get(bool remapping, unsigned int n, struct source **source,
                const struct protocol **protocol)
{
	for (unsigned int i = 0; arms_get(ARMS_COMPARED, remapping, i, source, protocol); i++)
		if ((*source)->ops->loop && n-- == 0)
			return true;
	return false;
}

static void check_replays(struct test_run *run)
{
	for (unsigned int n = 0; n < arm.count; n++) {
		const struct irq *irq = arm.irqs[n];

		test_check(run,
		           irq->replays_sent == irq->replays_seen &&
		                   irq->replays_sent == irq->originals_seen,
		           "slot %u: %u messages were sent again, %u came in, and %u of their "
		           "originals",
		           n, irq->replays_sent, irq->replays_seen, irq->originals_seen);
	}
}

/* The device's count on the one side, what became of its messages on the other. */
static void check_books(struct test_run *run)
{
	const struct ledger *ledger = &arm.turns.ledger;
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOMES; i++)
		sum += ledger->outcomes[i];
	test_check(run, ledger_conserved(ledger),
	           "the device counts %lu messages, the outcomes of %lu are known", ledger->fired,
	           sum);
	test_check(run, !turns_outstanding(&arm.turns),
	           "the device has stopped, and of %u slots it had begun a message and not said "
	           "that it was sent",
	           turns_outstanding(&arm.turns));
	test_check(run, !turns_unsaid(&arm.turns),
	           "of %u slots the device has not said that their last message was sent",
	           turns_unsaid(&arm.turns));
	test_check(run, !ledger->duplicate, "%lu messages came in that had not been sent",
	           ledger->duplicate);
	test_check(run, !ledger->late,
	           "%lu messages came in after the barrier had proven them lost", ledger->late);
	/* Who does not move loses nothing, either. */
	test_check(run, arm.retargets == (uint32_t)arm.moves,
	           "%lu moves were counted, and the irqs have had %u new targets", arm.moves,
	           arm.retargets);
	check_replays(run);
}

static uint64_t per_second(uint64_t count)
{
	return count * 1000000 / (time_ns(arm.ticks) / 1000 + 1);
}

static void measure(struct test_run *run)
{
	const struct options *options = run->options;
	const struct ledger *ledger = &arm.turns.ledger;
	int error;

	arm.moves_limit = options->moves;
	error = async_run(&arm, options->fires);
	test_check(run, !error,
	           "the device or a move failed: error %d after %lu messages and %lu moves", error,
	           arm.sent, arm.moves);
	result_print(&(struct result){
	        .source = arm.source,
	        .protocol = arm.protocol,
	        .ledger = ledger,
	        .moves = arm.moves,
	        .seed = options->seed,
	        .slots = arm.count,
	});
	if (options->verbose >= 2)
		print("# %s: %lu messages and %lu moves a second, %lu proofs\n", run->name,
		      per_second(arm.sent), per_second(arm.moves), arm.proofs);
	check_books(run);
	result_judge(run, arm.protocol, arm.irqs[0]->store, ledger, arm.moves);
	if (run->failed || options->verbose >= 3)
		irq_dump();
}

static void async(struct test_run *run)
{
	const struct protocol *protocol;
	struct source *source;
	int error;

	get(run->phase == PHASE_REMAPPED, run->instance, &source, &protocol);
	error = source->ops->open(source);
	if (!test_check(run, !error, "%s at %s does not open: error %d", source->name,
	                source->location, error))
		return;
	if (protocol->needs_mask && !store_maskable(source->ops->store(source, 0))) {
		test_skip(run, "this message store has no mask bit");
	} else {
		error = async_begin(&arm, source, protocol, run->options->seed);
		if (test_check(run, !error, "%s refused its irqs: error %d", source->name, error)) {
			measure(run);
			async_end(&arm);
		}
	}
	source->ops->close(source);
}

static unsigned int instances(enum test_phase phase)
{
	const struct protocol *protocol;
	struct source *source;
	unsigned int count = 0;

	while (get(phase == PHASE_REMAPPED, count, &source, &protocol))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct protocol *protocol;
	struct source *source;

	if (get(phase == PHASE_REMAPPED, instance, &source, &protocol))
		format(buffer, size, "%s.%s.%s", source->name, source->kind, protocol->name);
}

#define ASYNC(phase_name, claim)                                                                   \
	{                                                                                          \
		.name = "async", .checks = claim,                                                  \
		.failure = "a protocol that promises to lose nothing lost a message, or the "      \
		           "device's count and the outcomes differ",                               \
		.phase = phase_name, .cpus = 2, .instances = instances, .label = label,            \
		.needs = "no device found that sends by itself (the LSI53C895A does)",             \
		.run = async,                                                                      \
	}

TEST(22, async_direct) = ASYNC(PHASE_DIRECT,
                               "several slots send by themselves while their irqs move without "
                               "remapping: which protocol loses messages (the argument's point 2)");
TEST(22, async_remapped) = ASYNC(PHASE_REMAPPED,
                                 "the same with remapping, where the messages are written once: a "
                                 "move in the IRTE loses nothing (points 2 and 3)");
