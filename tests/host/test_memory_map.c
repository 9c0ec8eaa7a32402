// SPDX-License-Identifier: MIT
// links: boot/memory_map.c
#include <stdbool.h>
#include <string.h>

#include "boot/memory_map.h"
#include "kernel/random.h"
#include "tests/host/unit.h"

#define USABLE   BOOT_MEMORY_USABLE
#define RESERVED BOOT_MEMORY_RESERVED
#define ACPI     BOOT_MEMORY_ACPI

static struct boot_info boot;

static int begin(void **state)
{
	(void)state;
	memset(&boot, 0, sizeof(boot));
	return 0;
}

/* The table holds these, in this order. */
static void assert_map(const struct boot_memory *expected, uint64_t count)
{
	assert_int_equal(boot.memory_count, count);
	for (uint64_t i = 0; i < count; i++) {
		assert_int_equal(boot.memory[i].base, expected[i].base);
		assert_int_equal(boot.memory[i].length, expected[i].length);
		assert_int_equal(boot.memory[i].type, expected[i].type);
	}
}

#define ASSERT_MAP(...)                                                                            \
	assert_map((const struct boot_memory[]){__VA_ARGS__},                                      \
	           sizeof((const struct boot_memory[]){__VA_ARGS__}) / sizeof(struct boot_memory))

static void what_follows_directly_lengthens_the_last(void **state)
{
	(void)state;
	boot_memory_add(&boot, 0x1000, 0x1000, USABLE);
	boot_memory_add(&boot, 0x2000, 0x3000, USABLE);
	boot_memory_add(&boot, 0x5000, 0x1000, RESERVED);
	boot_memory_add(&boot, 0x6000, 0x1000, USABLE);
	boot_memory_add(&boot, 0x7001, 0x1000, USABLE);
	ASSERT_MAP({0x1000, 0x4000, USABLE}, {0x5000, 0x1000, RESERVED}, {0x6000, 0x1000, USABLE},
	           {0x7001, 0x1000, USABLE});
}

static void nothing_and_what_wraps_around(void **state)
{
	(void)state;
	boot_memory_add(&boot, 0x1000, 0, USABLE);
	assert_int_equal(boot.memory_count, 0);
	boot_memory_add(&boot, 0xfffffffffffff000, 0x5000, RESERVED);
	boot_memory_add(&boot, 0, 0x1000, RESERVED); /* does not follow the top */
	boot_memory_add(&boot, 1, UINT64_MAX, USABLE);
	ASSERT_MAP({0xfffffffffffff000, 0x1000, RESERVED}, {0, 0x1000, RESERVED},
	           {1, UINT64_MAX, USABLE});
}

static void reserving_cuts_out_whole_pages(void **state)
{
	(void)state;
	boot_memory_add(&boot, 0x10000, 0x10000, USABLE);
	boot_memory_reserve(&boot, 0x12345, 1);
	ASSERT_MAP({0x10000, 0x2000, USABLE}, {0x12000, 0x1000, RESERVED},
	           {0x13000, 0xd000, USABLE});
	boot_memory_reserve(&boot, 0x14fff, 2);
	ASSERT_MAP({0x10000, 0x2000, USABLE}, {0x12000, 0x1000, RESERVED},
	           {0x13000, 0x1000, USABLE}, {0x14000, 0x2000, RESERVED},
	           {0x16000, 0xa000, USABLE});
}

static void reserving_at_the_edges(void **state)
{
	(void)state;
	boot_memory_add(&boot, 0x10000, 0x4000, USABLE);
	boot_memory_reserve(&boot, 0x10000, 0); /* nothing */
	boot_memory_reserve(&boot, 0xe000, 0x3000);
	boot_memory_reserve(&boot, 0x13000, 0x8000);
	ASSERT_MAP({0x10000, 0x1000, RESERVED}, {0x11000, 0x2000, USABLE},
	           {0x13000, 0x1000, RESERVED});
	boot_memory_reserve(&boot, 0, UINT64_MAX);
	ASSERT_MAP({0x10000, 0x1000, RESERVED}, {0x11000, 0x2000, RESERVED},
	           {0x13000, 0x1000, RESERVED});
}

/* Nothing says that a region begins or ends with a page. */
static void a_single_byte_in_a_claimed_page_is_cut(void **state)
{
	(void)state;
	boot_memory_add(&boot, 0x12fff, 0x1002, USABLE);
	boot_memory_reserve(&boot, 0x12000, 1);
	boot_memory_reserve(&boot, 0x14fff, 1);
	ASSERT_MAP({0x12fff, 1, RESERVED}, {0x13000, 0x1000, USABLE}, {0x14000, 1, RESERVED});
}

static void only_usable_memory_is_cut(void **state)
{
	(void)state;
	boot_memory_add(&boot, 0x10000, 0x4000, ACPI);
	boot_memory_add(&boot, 0x20000, 0x4000, USABLE);
	boot_memory_add(&boot, 0x30000, 0x4000, USABLE);
	boot_memory_reserve(&boot, 0x11000, 0x20000);
	ASSERT_MAP({0x10000, 0x4000, ACPI}, {0x20000, 0x4000, RESERVED},
	           {0x30000, 0x1000, RESERVED}, {0x31000, 0x3000, USABLE});
}

static void a_full_table_gives_memory_up(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < BOOT_MEMORY_MAX; i++)
		boot_memory_add(&boot, i * 0x10000, 0x8000, USABLE);
	boot_memory_add(&boot, 0x10000000, 0x1000, USABLE);
	assert_int_equal(boot.memory_count, BOOT_MEMORY_MAX);
	boot_memory_reserve(&boot, 0x32000, 0x1000);
	assert_int_equal(boot.memory_count, BOOT_MEMORY_MAX);
	assert_int_equal(boot.memory[2].base, 0x20000);
	assert_int_equal(boot.memory[3].base, 0x32000);
	assert_int_equal(boot.memory[3].length, 0x1000);
	assert_int_equal(boot.memory[3].type, RESERVED);
	assert_int_equal(boot.memory[4].base, 0x40000);
}

static void what_a_full_table_leaves_out_is_not_usable(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < BOOT_MEMORY_MAX; i++)
		boot_memory_add(&boot, i * 0x10000, 0x8000, USABLE);
	boot_memory_add(&boot, 0x34000, 0x4000, RESERVED);
	assert_int_equal(boot.memory[3].base, 0x34000);
	assert_int_equal(boot.memory[3].length, 0x4000);
	assert_int_equal(boot.memory[3].type, RESERVED);
	assert_int_equal(boot.memory[4].base, 0x40000);
}

static void a_full_table_still_lengthens_the_last(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < BOOT_MEMORY_MAX; i++)
		boot_memory_add(&boot, i * 0x10000, 0x8000, USABLE);
	boot_memory_add(&boot, 255 * 0x10000 + 0x8000, 0x1000, USABLE);
	assert_int_equal(boot.memory[255].length, 0x9000);
}

static void what_another_region_claims_is_not_usable(void **state)
{
	(void)state;
	boot_memory_add(&boot, 0, 0x100000, USABLE);
	boot_memory_add(&boot, 0x9fc00, 0x400, RESERVED);
	boot_memory_add(&boot, 0x20000, 0x2000, 77); /* of a type nobody knows */
	boot_memory_resolve_overlaps(&boot);
	ASSERT_MAP({0, 0x20000, USABLE}, {0x20000, 0x2000, RESERVED}, {0x22000, 0x7d000, USABLE},
	           {0x9f000, 0x1000, RESERVED}, {0xa0000, 0x60000, USABLE},
	           {0x9fc00, 0x400, RESERVED}, {0x20000, 0x2000, 77});
}

/* Maps of up to 12 regions in 32 pages, in steps of a quarter of a page. */
#define STEP  1024
#define STEPS (32 * 4)

static void mark(bool *steps, uint64_t first, uint64_t count, bool whole_pages)
{
	uint64_t end = first + count;

	if (whole_pages) {
		first -= first % 4;
		end = (end + 3) / 4 * 4;
	}
	for (uint64_t i = first; i < end && i < STEPS; i++)
		steps[i] = true;
}

static bool is_usable(uint64_t address)
{
	for (uint64_t i = 0; i < boot.memory_count; i++)
		if (boot.memory[i].type == USABLE && address >= boot.memory[i].base &&
		    address - boot.memory[i].base < boot.memory[i].length)
			return true;
	return false;
}

/* A usable byte lies in a usable region and in no page that was claimed; and the other way. */
static void any_map_is_usable_where_nobody_claims_it(void **state)
{
	struct random random = random_init(1);

	for (int n = 0; n < 2000; n++) {
		bool usable[STEPS] = {false}, claimed[STEPS] = {false};

		begin(state);
		for (uint32_t i = random_below(&random, 12); i; i--) {
			uint64_t type = 1 + random_below(&random, 3);
			uint64_t first = random_below(&random, STEPS);
			uint64_t count = random_below(&random, STEPS - (uint32_t)first);

			mark(type == USABLE ? usable : claimed, first, count,
			     type != USABLE && count);
			boot_memory_add(&boot, first * STEP, count * STEP, type);
		}
		boot_memory_resolve_overlaps(&boot);
		for (uint64_t i = 0; i < STEPS; i++)
			assert_int_equal(is_usable(i * STEP), usable[i] && !claimed[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(what_follows_directly_lengthens_the_last, begin),
	        cmocka_unit_test_setup(nothing_and_what_wraps_around, begin),
	        cmocka_unit_test_setup(reserving_cuts_out_whole_pages, begin),
	        cmocka_unit_test_setup(reserving_at_the_edges, begin),
	        cmocka_unit_test_setup(a_single_byte_in_a_claimed_page_is_cut, begin),
	        cmocka_unit_test_setup(only_usable_memory_is_cut, begin),
	        cmocka_unit_test_setup(a_full_table_gives_memory_up, begin),
	        cmocka_unit_test_setup(what_a_full_table_leaves_out_is_not_usable, begin),
	        cmocka_unit_test_setup(a_full_table_still_lengthens_the_last, begin),
	        cmocka_unit_test_setup(what_another_region_claims_is_not_usable, begin),
	        cmocka_unit_test_setup(any_map_is_usable_where_nobody_claims_it, begin),
	};

	return cmocka_run_group_tests_name("memory_map", tests, NULL, NULL);
}
