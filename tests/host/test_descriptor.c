// SPDX-License-Identifier: MIT
#include "drivers/vtd/descriptor.h"
#include "tests/host/unit.h"

static void assert_words(struct vtd_descriptor descriptor, uint64_t hi, uint64_t lo)
{
	assert_int_equal(descriptor.lo, lo);
	assert_int_equal(descriptor.hi, hi);
}

static void interrupt_entry_cache_golden_words(void **state)
{
	(void)state;
	assert_words(vtd_iec_global(), 0, 0x4);
	assert_words(vtd_iec_index(0, 0), 0, 0x14);
	assert_words(vtd_iec_index(5, 0), 0, 0x0000000500000014);
	assert_words(vtd_iec_index(0xffff, 0), 0, 0x0000ffff00000014);
	assert_words(vtd_iec_index(8, 3), 0, 0x0000000818000014);
}

static void wait_golden_words(void **state)
{
	(void)state;
	assert_words(vtd_wait_status(0x12345678c0, 0xcafef00d), 0x12345678c0, 0xcafef00d00000025);
	assert_words(vtd_wait_status(0x1003, 0), 0x1000, 0x25);
	assert_words(vtd_wait_interrupt(), 0, 0x15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(interrupt_entry_cache_golden_words),
	        cmocka_unit_test(wait_golden_words),
	};

	return cmocka_run_group_tests_name("descriptor", tests, NULL, NULL);
}
