// SPDX-License-Identifier: MIT
#include "kernel/random.h"
#include "tests/host/unit.h"

/* A run is repeated by its seed, so these numbers must stay what they are. */
static void a_seed_gives_these_numbers(void **state)
{
	static const struct {
		uint64_t seed;
		uint32_t numbers[8];
	} golden[] = {
	        {0, {52, 331, 657, 489, 565, 616, 833, 403}},
	        {1, {60, 120, 522, 55, 600, 877, 865, 250}},
	        {UINT64_MAX, {280, 671, 725, 303, 56, 782, 813, 673}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		struct random random = random_init(golden[i].seed);

		for (int n = 0; n < 8; n++)
			assert_int_equal(random_below(&random, 1000), golden[i].numbers[n]);
	}
}

static void numbers_stay_below_the_limit(void **state)
{
	static const uint32_t limits[] = {1, 2, 3, 1000, 0x80000000, 0xffffffff};
	struct random random = random_init(7);

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		for (int n = 0; n < 10000; n++)
			assert_true(random_below(&random, limits[i]) < limits[i]);
}

/* Of 8000 numbers below 8 each comes up about 1000 times: within 5 standard deviations of 30. */
static void each_number_comes_up(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++) {
		struct random random = random_init(seed);
		unsigned int seen[8] = {0};

		for (int n = 0; n < 8000; n++)
			seen[random_below(&random, 8)]++;
		for (int i = 0; i < 8; i++)
			assert_in_range(seen[i], 850, 1150);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_seed_gives_these_numbers),
	        cmocka_unit_test(numbers_stay_below_the_limit),
	        cmocka_unit_test(each_number_comes_up),
	};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
