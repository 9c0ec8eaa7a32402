// SPDX-License-Identifier: MIT
/*
 * The interrupt entry cache: an entry that is changed and not invalidated may go on working as it
 * was, until it is (VT-d r5.10, 6.5.2.8, Interrupt Entry Cache Invalidate Descriptor). A driver
 * that forgets the invalidation works where there is no such cache and fails elsewhere.
 *
 * The message is sent in the gap of a move that lies between the store into the entry and the
 * invalidation (kernel/irq/protocols/remapped.c). In the old place it shows the cache at work; in
 * the new one there is none, or it had let go of the entry. After the invalidation only the new
 * place is right.
 */
#include "kernel/quirks.h"
#include "tests/arms.h"
#include "tests/fault/shot.h"

#define STORED_NOT_INVALIDATED 1 /* the window's number */

/* Whose message is sent at_window(), for which there is no context. */
static struct fault_arm arm;
static int refused;

static void send_in_gap(struct irq *irq, unsigned int window)
{
	(void)irq;
	if (window == STORED_NOT_INVALIDATED)
		refused = arm_fire(&arm.arm);
}

static void fault_cache(struct test_run *run)
{
	struct source *source = arms_identified(0);
	const uint64_t *outcomes = arm.arm.ledger.outcomes;
	bool stale;

	if (!source) {
		test_skip(run, NO_IDENTIFIED_SOURCE);
		return;
	}
	if (!fault_open(run, &arm, source))
		return;
	test_check(run, fault_shoot(&arm).came, "no message comes in"); /* fills the cache */
	arm.arm.irq->at_window = send_in_gap;
	test_check(run, !arm_move(&arm.arm), "the irq cannot be moved");
	arm.arm.irq->at_window = NULL;
	test_check(run, !refused, "the device refused to fire");
	stale = outcomes[OUTCOME_OLD];
	quirks_saw(QUIRK_STALE_ENTRY, stale);
	test_check(run, outcomes[OUTCOME_OLD] + outcomes[OUTCOME_NEW] == 2,
	           "a message between the store and the invalidation came in at neither target");
	fault_check_flows(run, &arm);
	test_check(run, outcomes[OUTCOME_NEW] == (stale ? 2 : 3),
	           "after the invalidation a message did not go to the new target");
	if (!stale)
		test_skip(run, "this platform used the changed entry before it was invalidated: "
		               "no stale entry to see");
	fault_close(run, &arm);
}

TEST(40, fault_cache) = {
        .name = "fault.cache",
        .checks = "an entry that is changed may be used as it was until it is invalidated, and "
                  "then no more (VT-d r5.10, 6.5.2.8, Interrupt Entry Cache Invalidate Descriptor)",
        .failure = "an invalidation does not reach the entry that it names",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .run = fault_cache,
};
