// SPDX-License-Identifier: MIT
// links: tests/turns.c kernel/irq/ledger.c
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "tests/host/unit.h"
#include "tests/turns.h"

static struct source_turn words[TURNS_MAX];
static struct turns turns;

static int begin(void **state)
{
	(void)state;
	memset(words, 0xff, sizeof(words));
	turns_init(&turns, words, 2);
	return 0;
}

/* What the device does with a slot that is free. */
static void device_begins(unsigned int slot)
{
	words[slot].turn &= TURN_NUMBER;
}

static void device_has_sent(unsigned int slot)
{
	words[slot].sent = words[slot].turn | TURN_FREE;
}

static void assert_books(enum outcome outcome, uint64_t count, uint64_t late, uint64_t duplicate)
{
	for (int i = 0; i < OUTCOMES; i++)
		assert_int_equal(turns.ledger.outcomes[i], i == (int)outcome ? count : 0);
	assert_int_equal(turns.ledger.late, late);
	assert_int_equal(turns.ledger.duplicate, duplicate);
}

static void at_first_each_slot_may_send_message_1(void **state)
{
	(void)state;
	assert_int_equal(words[0].turn, TURN_NEXT | TURN_FREE);
	assert_int_equal(words[1].turn, TURN_NEXT | TURN_FREE);
	assert_int_equal(words[2].turn, 0xffffffff);
	assert_int_equal(turns_outstanding(&turns), 0);
	assert_int_equal(turns_suspect(&turns), 0);
	assert_books(OUTCOME_NEW, 0, 0, 0);
}

static void an_arrival_settles_and_gives_the_slot_back(void **state)
{
	(void)state;
	device_begins(1);
	assert_int_equal(turns_outstanding(&turns), 1);
	turns_arrived(&turns, 1, OUTCOME_NEW);
	assert_int_equal(words[1].turn, 2 * TURN_NEXT | TURN_FREE);
	assert_int_equal(turns_outstanding(&turns), 0);
	assert_books(OUTCOME_NEW, 1, 0, 0);
}

static void what_the_device_never_says_is_noticed(void **state)
{
	(void)state;
	assert_int_equal(turns_unsaid(&turns), 0);
	device_begins(1);
	turns_arrived(&turns, 1, OUTCOME_NEW);
	assert_int_equal(turns_unsaid(&turns), 1);
	words[1].sent = TURN_NEXT | TURN_FREE;
	assert_int_equal(turns_unsaid(&turns), 0);
}

static void the_number_wraps(void **state)
{
	(void)state;
	words[0].turn = TURN_NUMBER;
	turns_arrived(&turns, 0, OUTCOME_OLD);
	assert_int_equal(words[0].turn, TURN_FREE);
	device_begins(0);
	device_has_sent(0);
	assert_int_equal(turns_suspect(&turns), 1);
	assert_true(turns_give_up(&turns, 0, OUTCOME_MISSING));
	assert_int_equal(words[0].turn, TURN_NEXT | TURN_FREE);
}

static void a_second_arrival_is_a_duplicate(void **state)
{
	(void)state;
	device_begins(0);
	turns_arrived(&turns, 0, OUTCOME_NEW);
	turns_arrived(&turns, 0, OUTCOME_NEW);
	assert_books(OUTCOME_NEW, 1, 0, 1);
}

static void an_arrival_that_nobody_sent_is_a_duplicate(void **state)
{
	(void)state;
	turns_arrived(&turns, 0, OUTCOME_STRAY);
	assert_books(OUTCOME_STRAY, 0, 0, 1);
}

static void what_has_not_been_sent_yet_is_no_suspect(void **state)
{
	(void)state;
	device_begins(0);
	assert_int_equal(turns_suspect(&turns), 0);
	assert_int_equal(turns_standing(&turns), 0);
	assert_false(turns_give_up(&turns, 0, OUTCOME_MISSING));
	device_has_sent(0);
	assert_int_equal(turns_suspect(&turns), 1);
	assert_int_equal(turns_standing(&turns), 1);
}

/* `sent` still has the number of the message before. */
static void the_next_message_is_no_suspect_because_of_the_one_before(void **state)
{
	(void)state;
	device_begins(0);
	device_has_sent(0);
	turns_arrived(&turns, 0, OUTCOME_NEW);
	assert_int_equal(turns_suspect(&turns), 0);
	device_begins(0);
	assert_int_equal(turns_suspect(&turns), 0);
}

static void one_that_stands_is_given_up_once(void **state)
{
	(void)state;
	device_begins(0);
	device_has_sent(0);
	turns_suspect(&turns);
	assert_true(turns_give_up(&turns, 0, OUTCOME_BLOCKED));
	assert_false(turns_give_up(&turns, 0, OUTCOME_BLOCKED));
	assert_int_equal(words[0].turn, 2 * TURN_NEXT | TURN_FREE);
	assert_books(OUTCOME_BLOCKED, 1, 0, 0);
}

static void one_that_came_in_after_all_is_not_given_up(void **state)
{
	(void)state;
	device_begins(0);
	device_has_sent(0);
	turns_suspect(&turns);
	turns_arrived(&turns, 0, OUTCOME_OLD);
	assert_int_equal(turns_standing(&turns), 0);
	assert_false(turns_give_up(&turns, 0, OUTCOME_MISSING));
	assert_books(OUTCOME_OLD, 1, 0, 0);
}

/* The slot is outstanding again, with another number: the proof was about the one before. */
static void a_proof_is_about_one_message_only(void **state)
{
	(void)state;
	device_begins(0);
	device_has_sent(0);
	turns_suspect(&turns);
	turns_arrived(&turns, 0, OUTCOME_NEW);
	device_begins(0);
	device_has_sent(0);
	assert_false(turns_give_up(&turns, 0, OUTCOME_MISSING));
	assert_int_equal(turns_outstanding(&turns), 1);
}

static void one_that_comes_in_after_it_was_given_up_is_late(void **state)
{
	(void)state;
	device_begins(0);
	device_has_sent(0);
	turns_suspect(&turns);
	turns_give_up(&turns, 0, OUTCOME_MISSING);
	turns_arrived(&turns, 0, OUTCOME_NEW);
	turns_arrived(&turns, 0, OUTCOME_NEW);
	assert_books(OUTCOME_MISSING, 1, 1, 1);
}

/* Many CPUs get the same message: one of them has it. */
#define THREADS 4
#define ROUNDS  2000

static pthread_barrier_t round_begins, round_ends;

static void *arrive_each_round(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&round_begins);
		turns_arrived(&turns, 0, OUTCOME_NEW);
		pthread_barrier_wait(&round_ends);
	}
	return unused;
}

static void of_many_cpus_one_settles_it(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	pthread_barrier_init(&round_begins, NULL, THREADS + 1);
	pthread_barrier_init(&round_ends, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, arrive_each_round, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		device_begins(0);
		pthread_barrier_wait(&round_begins);
		pthread_barrier_wait(&round_ends);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_books(OUTCOME_NEW, ROUNDS, 0, (uint64_t)ROUNDS * (THREADS - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(at_first_each_slot_may_send_message_1, begin),
	        cmocka_unit_test_setup(an_arrival_settles_and_gives_the_slot_back, begin),
	        cmocka_unit_test_setup(what_the_device_never_says_is_noticed, begin),
	        cmocka_unit_test_setup(the_number_wraps, begin),
	        cmocka_unit_test_setup(a_second_arrival_is_a_duplicate, begin),
	        cmocka_unit_test_setup(an_arrival_that_nobody_sent_is_a_duplicate, begin),
	        cmocka_unit_test_setup(what_has_not_been_sent_yet_is_no_suspect, begin),
	        cmocka_unit_test_setup(the_next_message_is_no_suspect_because_of_the_one_before,
	                               begin),
	        cmocka_unit_test_setup(one_that_stands_is_given_up_once, begin),
	        cmocka_unit_test_setup(one_that_came_in_after_all_is_not_given_up, begin),
	        cmocka_unit_test_setup(a_proof_is_about_one_message_only, begin),
	        cmocka_unit_test_setup(one_that_comes_in_after_it_was_given_up_is_late, begin),
	        cmocka_unit_test_setup(of_many_cpus_one_settles_it, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
