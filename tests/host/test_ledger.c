// SPDX-License-Identifier: MIT
// links: kernel/irq/ledger.c
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "kernel/cpu/await.h"
#include "kernel/cpu/cpu.h"
#include "kernel/irq/ledger.h"
#include "tests/host/unit.h"

static struct ledger ledger;
static struct irq irq;

/* An irq that has just been moved from its first target to its second. */
static int begin(void **state)
{
	(void)state;
	ledger_init(&ledger);
	memset(&irq, 0, sizeof(irq));
	irq.previous.generation = 1;
	irq.target.generation = 2;
	return 0;
}

static void arrive(uint32_t generation)
{
	const struct irq_arrival arrival = {.generation = generation};

	ledger_handler(&irq, &arrival, &ledger);
}

static void arrive_astray(void)
{
	const struct irq_arrival arrival = {.generation = 0};

	ledger_stray_handler(&irq, &arrival, &ledger);
}

/* Of all that could have been counted, only this was. */
static void assert_ledger(uint64_t fired, enum outcome outcome, uint64_t count, uint64_t late,
                          uint64_t duplicate)
{
	assert_int_equal(ledger.fired, fired);
	for (int i = 0; i < OUTCOMES; i++)
		assert_int_equal(ledger.outcomes[i], i == (int)outcome ? count : 0);
	assert_int_equal(ledger.late, late);
	assert_int_equal(ledger.duplicate, duplicate);
}

static void a_new_ledger_is_empty_settled_and_conserved(void **state)
{
	(void)state;
	assert_ledger(0, OUTCOME_OLD, 0, 0, 0);
	assert_true(ledger_settled(&ledger));
	assert_true(ledger_conserved(&ledger));
	assert_int_equal(ledger_lost(&ledger), 0);
}

static void an_open_message_is_missing_from_the_books(void **state)
{
	(void)state;
	ledger_open(&ledger);
	assert_false(ledger_settled(&ledger));
	assert_false(ledger_conserved(&ledger));
}

static struct cpu who_waits;
static unsigned int woken;
static bool settled_when_woken;

bool await_wake(struct cpu *cpu)
{
	woken += cpu == &who_waits;
	settled_when_woken = ledger_settled(&ledger);
	return true;
}

/* Woken before, it would halt again, and nothing would wake it. */
static void who_waits_is_woken_when_it_is_settled(void **state)
{
	(void)state;
	woken = 0;
	ledger.waiter = &who_waits;
	ledger_open(&ledger);
	assert_int_equal(woken, 0);
	arrive(2);
	assert_int_equal(woken, 1);
	assert_true(settled_when_woken);
	ledger_open(&ledger);
	arrive_astray();
	assert_int_equal(woken, 2);
}

static void a_refused_fire_leaves_no_trace(void **state)
{
	(void)state;
	ledger_open(&ledger);
	ledger_cancel(&ledger);
	assert_ledger(0, OUTCOME_OLD, 0, 0, 0);
	assert_true(ledger_settled(&ledger));
	assert_true(ledger_conserved(&ledger));
}

/* After one message was fired and settled. */
static void assert_settled(enum outcome outcome, uint64_t lost)
{
	assert_ledger(1, outcome, 1, 0, 0);
	assert_true(ledger_settled(&ledger));
	assert_true(ledger_conserved(&ledger));
	assert_int_equal(ledger_lost(&ledger), lost);
}

static void the_old_target_s_generation_is_old(void **state)
{
	(void)state;
	ledger_open(&ledger);
	arrive(1);
	assert_settled(OUTCOME_OLD, 0);
}

static void the_present_target_s_generation_is_new(void **state)
{
	(void)state;
	ledger_open(&ledger);
	arrive(2);
	assert_settled(OUTCOME_NEW, 0);
}

static void targets_left_behind_long_ago_are_old(void **state)
{
	(void)state;
	irq.previous.generation = 8;
	irq.target.generation = 9;
	ledger_open(&ledger);
	arrive(3);
	assert_settled(OUTCOME_OLD, 0);
}

static void a_stray_is_lost(void **state)
{
	(void)state;
	ledger_open(&ledger);
	arrive_astray();
	assert_settled(OUTCOME_STRAY, 1);
}

static void what_is_given_up_is_lost(void **state)
{
	(void)state;
	ledger_open(&ledger);
	ledger_give_up(&ledger, OUTCOME_MISSING);
	assert_settled(OUTCOME_MISSING, 1);
	begin(NULL);
	ledger_open(&ledger);
	ledger_give_up(&ledger, OUTCOME_BLOCKED);
	assert_settled(OUTCOME_BLOCKED, 1);
}

static void a_replay_is_retriggered_once(void **state)
{
	(void)state;
	ledger_open(&ledger);
	irq.replays_sent = 1;
	arrive(2);
	assert_settled(OUTCOME_RETRIGGERED, 0);
	assert_int_equal(irq.replays_seen, 1);
	ledger_open(&ledger);
	arrive(2);
	assert_int_equal(irq.replays_seen, 1);
	assert_int_equal(ledger.outcomes[OUTCOME_RETRIGGERED], 1);
	assert_int_equal(ledger.outcomes[OUTCOME_NEW], 1);
	assert_true(ledger_conserved(&ledger));
}

static void the_count_of_replays_may_wrap(void **state)
{
	(void)state;
	irq.replays_seen = 0xffffffff;
	irq.replays_sent = 0;
	ledger_open(&ledger);
	arrive(2);
	assert_settled(OUTCOME_RETRIGGERED, 0);
	assert_int_equal(irq.replays_seen, 0);
}

static void a_stray_is_no_replay(void **state)
{
	(void)state;
	irq.replays_sent = 1;
	ledger_open(&ledger);
	arrive_astray();
	assert_settled(OUTCOME_STRAY, 1);
	assert_int_equal(irq.replays_seen, 0);
}

static void giving_up_loses_against_a_handler(void **state)
{
	(void)state;
	ledger_open(&ledger);
	arrive(2);
	ledger_give_up(&ledger, OUTCOME_MISSING);
	assert_settled(OUTCOME_NEW, 0);
}

static void what_comes_in_after_it_was_given_up_is_late(void **state)
{
	(void)state;
	ledger_open(&ledger);
	ledger_give_up(&ledger, OUTCOME_MISSING);
	arrive(2);
	assert_ledger(1, OUTCOME_MISSING, 1, 1, 0);
	assert_true(ledger_conserved(&ledger));
}

static void a_late_stray_is_late(void **state)
{
	(void)state;
	ledger_open(&ledger);
	ledger_give_up(&ledger, OUTCOME_MISSING);
	arrive_astray();
	assert_ledger(1, OUTCOME_MISSING, 1, 1, 0);
}

static void what_nobody_waits_for_is_a_duplicate(void **state)
{
	(void)state;
	arrive(2);
	assert_ledger(0, OUTCOME_NEW, 0, 0, 1);
	ledger_open(&ledger);
	arrive(2);
	arrive(2);
	arrive_astray();
	assert_ledger(1, OUTCOME_NEW, 1, 0, 3);
	assert_true(ledger_conserved(&ledger));
}

static void no_more_are_late_than_were_missing(void **state)
{
	(void)state;
	ledger_open(&ledger);
	ledger_give_up(&ledger, OUTCOME_MISSING);
	arrive(2);
	arrive(2);
	assert_ledger(1, OUTCOME_MISSING, 1, 1, 1);
}

/* Hardware has said that it dropped that one, so this is another. */
static void what_comes_in_after_one_was_blocked_is_a_duplicate(void **state)
{
	(void)state;
	ledger_open(&ledger);
	ledger_give_up(&ledger, OUTCOME_BLOCKED);
	arrive(2);
	assert_ledger(1, OUTCOME_BLOCKED, 1, 0, 1);
}

/* Two that cannot be told apart: the totals are right all the same. */
static void a_late_one_may_take_the_place_of_the_next(void **state)
{
	(void)state;
	ledger_open(&ledger);
	ledger_give_up(&ledger, OUTCOME_MISSING);
	ledger_open(&ledger);
	arrive(1);
	assert_true(ledger_settled(&ledger));
	arrive(2);
	assert_int_equal(ledger.outcomes[OUTCOME_MISSING], 1);
	assert_int_equal(ledger.outcomes[OUTCOME_OLD], 1);
	assert_int_equal(ledger.late, 1);
	assert_int_equal(ledger.duplicate, 0);
	assert_true(ledger_conserved(&ledger));
}

static void every_outcome_counts_in_the_law(void **state)
{
	(void)state;
	for (int i = 0; i < OUTCOMES; i++) {
		ledger_init(&ledger);
		ledger.fired = 7;
		ledger.outcomes[i] = 6;
		assert_false(ledger_conserved(&ledger));
		ledger.outcomes[i] = 7;
		assert_true(ledger_conserved(&ledger));
		ledger.outcomes[i] = 8;
		assert_false(ledger_conserved(&ledger));
	}
}

static void three_outcomes_are_losses(void **state)
{
	(void)state;
	for (int i = 0; i < OUTCOMES; i++)
		ledger.outcomes[i] = UINT64_C(1) << (8 * i);
	assert_int_equal(ledger_lost(&ledger), ledger.outcomes[OUTCOME_STRAY] +
	                                               ledger.outcomes[OUTCOME_BLOCKED] +
	                                               ledger.outcomes[OUTCOME_MISSING]);
}

static void outcomes_have_their_names(void **state)
{
	static const char *const names[] = {"old",   "new",     "retriggered",
	                                    "stray", "blocked", "missing"};

	(void)state;
	for (int i = 0; i < OUTCOMES; i++)
		assert_string_equal(outcome_name(i), names[i]);
}

#define RACES 100000

static uint32_t round_begun;

/* Close upon the other thread's heels, but not for ever where there is one CPU for both. */
static void wait_for_round(uint32_t round)
{
	for (unsigned int turns = 1; __atomic_load_n(&round_begun, __ATOMIC_ACQUIRE) != round;
	     turns++)
		if (turns % 10000 == 0)
			sched_yield();
}

static void *arrive_in_each_round(void *argument)
{
	(void)argument;
	for (uint32_t i = 1; i <= RACES; i++) {
		wait_for_round(i);
		arrive(2);
		__atomic_store_n(&round_begun, 0, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* A handler and the one who gives up, at the same moment: one of them wins, both are counted. */
static void a_race_has_one_winner(void **state)
{
	pthread_t handler;

	(void)state;
	assert_int_equal(pthread_create(&handler, NULL, arrive_in_each_round, NULL), 0);
	for (uint32_t i = 1; i <= RACES; i++) {
		ledger_open(&ledger);
		__atomic_store_n(&round_begun, i, __ATOMIC_RELEASE);
		for (volatile uint32_t spin = 0; spin < i % 32; spin++)
			;
		ledger_give_up(&ledger, OUTCOME_MISSING);
		wait_for_round(0);
		assert_true(ledger_settled(&ledger));
		assert_true(ledger_conserved(&ledger));
	}
	pthread_join(handler, NULL);
	assert_int_equal(ledger.outcomes[OUTCOME_NEW] + ledger.outcomes[OUTCOME_MISSING], RACES);
	assert_int_equal(ledger.late, ledger.outcomes[OUTCOME_MISSING]);
	assert_int_equal(ledger.duplicate, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(a_new_ledger_is_empty_settled_and_conserved, begin),
	        cmocka_unit_test_setup(an_open_message_is_missing_from_the_books, begin),
	        cmocka_unit_test_setup(who_waits_is_woken_when_it_is_settled, begin),
	        cmocka_unit_test_setup(a_refused_fire_leaves_no_trace, begin),
	        cmocka_unit_test_setup(the_old_target_s_generation_is_old, begin),
	        cmocka_unit_test_setup(the_present_target_s_generation_is_new, begin),
	        cmocka_unit_test_setup(targets_left_behind_long_ago_are_old, begin),
	        cmocka_unit_test_setup(a_stray_is_lost, begin),
	        cmocka_unit_test_setup(what_is_given_up_is_lost, begin),
	        cmocka_unit_test_setup(a_replay_is_retriggered_once, begin),
	        cmocka_unit_test_setup(the_count_of_replays_may_wrap, begin),
	        cmocka_unit_test_setup(a_stray_is_no_replay, begin),
	        cmocka_unit_test_setup(giving_up_loses_against_a_handler, begin),
	        cmocka_unit_test_setup(what_comes_in_after_it_was_given_up_is_late, begin),
	        cmocka_unit_test_setup(a_late_stray_is_late, begin),
	        cmocka_unit_test_setup(what_nobody_waits_for_is_a_duplicate, begin),
	        cmocka_unit_test_setup(no_more_are_late_than_were_missing, begin),
	        cmocka_unit_test_setup(what_comes_in_after_one_was_blocked_is_a_duplicate, begin),
	        cmocka_unit_test_setup(a_late_one_may_take_the_place_of_the_next, begin),
	        cmocka_unit_test_setup(every_outcome_counts_in_the_law, begin),
	        cmocka_unit_test_setup(three_outcomes_are_losses, begin),
	        cmocka_unit_test_setup(outcomes_have_their_names, begin),
	        cmocka_unit_test_setup(a_race_has_one_winner, begin),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
