// SPDX-License-Identifier: MIT
#include "kernel/irq/ledger.h"
#include "kernel/cpu/await.h"
#include "kernel/string.h"

/*
 * A message is OPEN until one CPU claims it, CLAIMED + outcome. Whoever wins the claim is alone
 * with the counters until it says SETTLED, so that they need no locked operation of their own.
 */
enum { SETTLED, OPEN, CLAIMED };

void ledger_init(struct ledger *ledger)
{
	memset(ledger, 0, sizeof(*ledger));
}

void ledger_open(struct ledger *ledger)
{
	ledger->fired++;
	__atomic_store_n(&ledger->state, OPEN, __ATOMIC_SEQ_CST);
}

void ledger_cancel(struct ledger *ledger)
{
	ledger->fired--;
	__atomic_store_n(&ledger->state, SETTLED, __ATOMIC_SEQ_CST);
}

bool ledger_settled(const struct ledger *ledger)
{
	return __atomic_load_n(&ledger->state, __ATOMIC_ACQUIRE) == SETTLED;
}

/* Returns the state it found: unless that was OPEN, another one has the message. */
static uint32_t settle(struct ledger *ledger, enum outcome outcome)
{
	uint32_t found = OPEN;

	if (__atomic_compare_exchange_n(&ledger->state, &found, CLAIMED + outcome, false,
	                                __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		ledger->outcomes[outcome]++;
		__atomic_store_n(&ledger->state, SETTLED, __ATOMIC_RELEASE);
		if (ledger->waiter)
			await_wake(ledger->waiter);
	}
	return found;
}

void ledger_give_up(struct ledger *ledger, enum outcome outcome)
{
	settle(ledger, outcome);
}

static void arrived(struct ledger *ledger, enum outcome outcome)
{
	uint32_t found = settle(ledger, outcome);

	if (found == OPEN)
		return;
	/* Given up at this very moment it is not among the missing yet. */
	if (found == CLAIMED + OUTCOME_MISSING ||
	    __atomic_load_n(&ledger->late, __ATOMIC_RELAXED) < ledger->outcomes[OUTCOME_MISSING])
		__atomic_add_fetch(&ledger->late, 1, __ATOMIC_RELAXED);
	else
		__atomic_add_fetch(&ledger->duplicate, 1, __ATOMIC_RELAXED);
}

/* One message is outstanding at a time, so a replay that has been sent is the one that arrives. */
static bool take_replay(struct irq *irq)
{
	uint32_t seen = irq->replays_seen;

	if (seen == __atomic_load_n(&irq->replays_sent, __ATOMIC_SEQ_CST))
		return false;
	irq->replays_seen = seen + 1;
	return true;
}

enum outcome ledger_outcome_of(struct irq *irq, const struct irq_arrival *arrival)
{
	if (take_replay(irq))
		return OUTCOME_RETRIGGERED;
	if (arrival->generation == __atomic_load_n(&irq->target.generation, __ATOMIC_RELAXED))
		return OUTCOME_NEW;
	return OUTCOME_OLD;
}

void ledger_handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	arrived(context, ledger_outcome_of(irq, arrival));
}

void ledger_stray_handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	(void)irq, (void)arrival;
	arrived(context, OUTCOME_STRAY);
}

uint64_t ledger_lost(const struct ledger *ledger)
{
	return ledger->outcomes[OUTCOME_STRAY] + ledger->outcomes[OUTCOME_BLOCKED] +
	       ledger->outcomes[OUTCOME_MISSING];
}

bool ledger_conserved(const struct ledger *ledger)
{
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOMES; i++)
		sum += ledger->outcomes[i];
	return sum == ledger->fired;
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[OUTCOMES] = {
	        "old", "new", "retriggered", "stray", "blocked", "missing",
	};

	return names[outcome];
}
