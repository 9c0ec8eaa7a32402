// SPDX-License-Identifier: MIT
// links: kernel/progress_estimate.c
#include "kernel/progress.h"
#include "tests/host/unit.h"

static void left_in_proportion(void **state)
{
	(void)state;
	assert_int_equal(progress_left(10, 1, 4), 30);
	assert_int_equal(progress_left(10, 2, 3), 5);
	assert_int_equal(progress_left(10, 4, 4), 0);
	assert_int_equal(progress_left(0, 1, 4), 0);
}

static void unknown_while_nothing_is_done(void **state)
{
	(void)state;
	assert_true(progress_left(10, 0, 4) == PROGRESS_UNKNOWN);
	assert_int_equal(progress_left(10, 0, 0), 0);
}

static void more_done_than_there_is(void **state)
{
	(void)state;
	assert_int_equal(progress_left(10, 5, 4), 0);
}

/* A day in ns, and as many messages as there can be. */
static void large_figures(void **state)
{
	const uint64_t day = 86400ULL * 1000000000, all = 1000000000000ULL;

	(void)state;
	assert_int_equal(progress_left(day, all / 2, all), day / (all / 2) * (all / 2));
	assert_true(progress_left(day, 1, UINT64_MAX) == PROGRESS_UNKNOWN);
}

static void a_test_that_runs_counts_in_part(void **state)
{
	struct progress progress = {.planned = 4, .passed = 1, .run_ns = 3000};

	(void)state;
	assert_int_equal(progress_permille(&progress), 250);
	assert_int_equal(progress_run_left(&progress), 9000);
	progress.of = 1000;
	progress.steps = 500;
	assert_int_equal(progress_permille(&progress), 375);
	assert_int_equal(progress_run_left(&progress), 5000);
	/* One that takes more steps than it said is not done before its result is there. */
	progress.steps = 5000;
	assert_int_equal(progress_permille(&progress), 500);
}

static void all_results_count(void **state)
{
	const struct progress progress = {
	        .planned = 10, .passed = 2, .failed = 3, .skipped = 5, .run_ns = 7};

	(void)state;
	assert_int_equal(progress_given(&progress), 10);
	assert_int_equal(progress_permille(&progress), 1000);
	assert_int_equal(progress_run_left(&progress), 0);
}

static void nothing_is_planned(void **state)
{
	const struct progress progress = {.run_ns = 7};

	(void)state;
	assert_int_equal(progress_permille(&progress), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(left_in_proportion),
	        cmocka_unit_test(unknown_while_nothing_is_done),
	        cmocka_unit_test(more_done_than_there_is),
	        cmocka_unit_test(large_figures),
	        cmocka_unit_test(a_test_that_runs_counts_in_part),
	        cmocka_unit_test(all_results_count),
	        cmocka_unit_test(nothing_is_planned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
