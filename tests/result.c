// SPDX-License-Identifier: MIT
#include "tests/result.h"

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/cpu.h"
#include "kernel/print.h"

void result_print(const struct result *result)
{
	const struct ledger *ledger = result->ledger;
	char outcomes[OUTCOMES * 32];
	char slots[16] = "";
	int length = 0;

	for (int i = 0; i < OUTCOMES; i++)
		length += format(outcomes + length, sizeof(outcomes) - (size_t)length, "%s=%lu ",
		                 outcome_name(i), ledger->outcomes[i]);
	if (result->slots)
		format(slots, sizeof(slots), " slots=%u", result->slots);
	print("# result source=%s store=%s protocol=%s ir=%s cpus=%u moves=%lu fired=%lu "
	      "%slate=%lu duplicate=%lu lost=%lu seed=%lu%s\n",
	      result->source->name, result->source->kind, result->protocol->name,
	      vtd_enabled() ? "on" : "off", cpu_count(), result->moves, ledger->fired, outcomes,
	      ledger->late, ledger->duplicate, ledger_lost(ledger), result->seed, slots);
}

/*
 * A protocol that may lose lost none, or one that saves a message by sending it again had none to
 * save; or no move was made.
 */
static bool shows_nothing(const struct protocol *protocol, const struct ledger *ledger,
                          uint64_t moves, bool lossless)
{
	if (!lossless || !moves)
		return !ledger_lost(ledger);
	return protocol->replays && !ledger->outcomes[OUTCOME_RETRIGGERED] && !ledger_lost(ledger);
}

bool result_judge(struct test_run *run, const struct protocol *protocol,
                  const struct message_store *store, const struct ledger *ledger, uint64_t moves)
{
	bool lossless = protocol_promises_no_loss(protocol, store);
	bool empty = shows_nothing(protocol, ledger, moves, lossless);

	if (lossless)
		test_check(run, !ledger_lost(ledger), "lost %lu of %lu messages, must lose none",
		           ledger_lost(ledger), ledger->fired);
	else if (empty)
		print("# %s: expected to lose, lost none in %lu moves\n", run->name, moves);
	if (lossless && empty)
		print("# %s: no message fell between its steps in %lu moves: this run does not "
		      "show that it loses none\n",
		      run->name, moves);
	return empty;
}
