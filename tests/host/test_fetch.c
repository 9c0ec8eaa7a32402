// SPDX-License-Identifier: MIT
// links: kernel/virt/fetch.c
//
// A guest's own page tables, sound and hostile. The guest's memory is one block of the heap, so
// that AddressSanitizer sees the first byte that is read outside.
#include <stdlib.h>
#include <string.h>

#include "kernel/random.h"
#include "kernel/virt/fetch.h"
#include "tests/host/unit.h"

#define PAGE   4096ULL
#define LARGE  (2ULL << 20)
#define PAGES  8
#define START  0x7654000ULL /* guest-physical */
#define P      1ULL
#define PS     (1ULL << 7)
#define NX     (1ULL << 63)
#define LINEAR 0xffffffff80001000ULL /* where the kernel's image lies */
#define ROOM   15

static struct fetch_memory memory;
static uint8_t *block;
static uint8_t out[ROOM];

static uint64_t *table(unsigned int page)
{
	return (uint64_t *)(block + page * PAGE);
}

static unsigned int index_of(uint64_t linear, int level)
{
	return linear >> (12 + 9 * level) & 511;
}

/* Tables in pages 0 to 3; LINEAR is page 5, the next one page 4. */
static int set_up(void **state)
{
	(void)state;
	block = malloc(PAGES * PAGE);
	for (unsigned int n = 0; n < PAGES * PAGE; n++)
		block[n] = n < 4 * PAGE ? 0 : (uint8_t)(n / PAGE * 0x10 + n % 16);
	memory = (struct fetch_memory){START, PAGES * PAGE, block};
	for (int level = 3; level > 0; level--)
		table((unsigned int)(3 - level))[index_of(LINEAR, level)] =
		        (START + (uint64_t)(4 - level) * PAGE) | P | 0x62;
	table(3)[index_of(LINEAR, 0)] = (START + 5 * PAGE) | P;
	table(3)[index_of(LINEAR, 0) + 1] = (START + 4 * PAGE) | P | NX;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(block);
	return 0;
}

static unsigned int get(uint64_t linear)
{
	memset(out, 0xee, sizeof(out));
	return fetch(&memory, START | 0x18, linear, out, ROOM);
}

static void bytes_come_from_the_page(void **state)
{
	(void)state;
	assert_int_equal(get(LINEAR + 0x20), ROOM);
	for (unsigned int n = 0; n < ROOM; n++)
		assert_int_equal(out[n], 0x50 + n);
}

static void an_instruction_may_lie_on_two_pages(void **state)
{
	(void)state;
	assert_int_equal(get(LINEAR + PAGE - 3), ROOM);
	assert_int_equal(out[2], 0x5f);
	assert_int_equal(out[3], 0x40);
	assert_int_equal(out[ROOM - 1], 0x4b);
}

static void it_ends_where_the_next_page_is_not_there(void **state)
{
	(void)state;
	table(3)[index_of(LINEAR, 0) + 1] &= ~P;
	assert_int_equal(get(LINEAR + PAGE - 3), 3);
	assert_int_equal(out[3], 0xee);
	assert_int_equal(get(LINEAR + PAGE), 0);
}

static void each_level_may_be_absent(void **state)
{
	(void)state;
	for (int level = 3; level >= 0; level--) {
		uint64_t *entry = &table((unsigned int)(3 - level))[index_of(LINEAR, level)];

		*entry ^= P;
		assert_int_equal(get(LINEAR), 0);
		*entry ^= P;
		assert_int_equal(get(LINEAR), ROOM);
	}
}

/* One byte before, behind, at the end of the address space, and at a wrap-around. */
static void no_level_may_lead_outside(void **state)
{
	static const uint64_t outside[] = {START - PAGE, START + PAGES * PAGE, 0, 0xffffffffff000,
	                                   0xfee00000};

	(void)state;
	for (int level = 3; level >= 0; level--) {
		uint64_t *entry = &table((unsigned int)(3 - level))[index_of(LINEAR, level)];
		uint64_t found = *entry;

		for (unsigned int n = 0; n < sizeof(outside) / sizeof(outside[0]); n++) {
			*entry = outside[n] | P;
			assert_int_equal(get(LINEAR), 0);
		}
		*entry = found;
	}
	assert_int_equal(fetch(&memory, 0, LINEAR, out, ROOM), 0);
	assert_int_equal(fetch(&memory, UINT64_MAX, LINEAR, out, ROOM), 0);
}

static void the_last_byte_of_the_memory_is_the_last_one(void **state)
{
	(void)state;
	table(3)[index_of(LINEAR, 0)] = (START + (PAGES - 1) * PAGE) | P;
	table(3)[index_of(LINEAR, 0) + 1] = (START + PAGES * PAGE) | P;
	assert_int_equal(get(LINEAR + PAGE - 4), 4);
}

static void large_pages_are_followed(void **state)
{
	(void)state;
	table(2)[index_of(LINEAR, 1)] = (START & -LARGE) | PS | P;
	assert_int_equal(get((LINEAR & -LARGE) + START % LARGE + 6 * PAGE), ROOM);
	assert_int_equal(out[0], 0x60);
	assert_int_equal(get((LINEAR & -LARGE) + START % LARGE - 1), START % LARGE ? 0 : ROOM);
	table(1)[index_of(LINEAR, 2)] = PS | P; /* 1 GiB from 0 on */
	assert_int_equal(get((LINEAR & -(1ULL << 30)) + START + 7 * PAGE), ROOM);
	assert_int_equal(out[0], 0x70);
	table(0)[index_of(LINEAR, 3)] |= PS; /* means nothing there */
	assert_int_equal(get((LINEAR & -(1ULL << 30)) + START + 7 * PAGE), ROOM);
}

/* Tables of noise that lead mostly into the block itself: the result is a count, and no more. */
static void noise_harms_nothing(void **state)
{
	struct random random = random_init(3);

	(void)state;
	for (unsigned int round = 0; round < 3000; round++) {
		for (unsigned int n = 0; n < PAGES * PAGE / 8; n++)
			table(0)[n] = (START - PAGE + random_below(&random, PAGES + 2) * PAGE) |
			              random_below(&random, 256) | P;
		for (unsigned int n = 0; n < 16; n++)
			assert_true(fetch(&memory, START + random_below(&random, PAGES) * PAGE,
			                  (uint64_t)random_below(&random, UINT32_MAX) << 16 |
			                          (PAGE - 8 + random_below(&random, 16)),
			                  out, ROOM) <= ROOM);
	}
}

#define SET_UP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        SET_UP(bytes_come_from_the_page),
	        SET_UP(an_instruction_may_lie_on_two_pages),
	        SET_UP(it_ends_where_the_next_page_is_not_there),
	        SET_UP(each_level_may_be_absent),
	        SET_UP(no_level_may_lead_outside),
	        SET_UP(the_last_byte_of_the_memory_is_the_last_one),
	        SET_UP(large_pages_are_followed),
	        SET_UP(noise_harms_nothing),
	};

	return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
