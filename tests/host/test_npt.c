// SPDX-License-Identifier: MIT
// links: kernel/virt/npt.c
#include "kernel/memory.h"
#include "kernel/virt/npt.h"
#include "tests/host/unit.h"

#include <asm-generic/errno.h>
#include <string.h>

#define PAGES      64
#define LIMIT      (1ULL << 40)
#define P_RW_US    UINT64_C(7)
#define P_US       UINT64_C(5)
#define PAGE_BITS  UINT64_C(0xffffffffff000)
#define ENTRY_BITS UINT64_C(0xfff)

static _Alignas(4096) uint64_t pages[PAGES][512];
static size_t pages_left, pages_taken;
static struct npt npt;

void *memory_alloc_pages(size_t count)
{
	assert_int_equal(count, 1);
	if (!pages_left)
		return NULL;
	pages_left--;
	return memset(pages[pages_taken++], 0, PAGE_SIZE);
}

bool memory_addressable(uint64_t physical, uint64_t length)
{
	return length && physical + length <= LIMIT;
}

static int begin(void **state)
{
	(void)state;
	npt = (struct npt){0};
	pages_left = PAGES;
	pages_taken = 0;
	return 0;
}

/* What a CPU finds: the last entry, or 0; each one on the way has to let a guest's writes through.
 */
static uint64_t walk(uint64_t address)
{
	const uint64_t *table = npt.root;

	for (int shift = 39; shift > 12; shift -= 9) {
		uint64_t entry = table[address >> shift & 511];

		if (!entry)
			return 0;
		assert_int_equal(entry & ENTRY_BITS, P_RW_US);
		table = (const uint64_t *)(entry & PAGE_BITS);
	}
	return table[address >> 12 & 511];
}

static void what_is_mapped_is_identity_and_nothing_else_is(void **state)
{
	(void)state;
	assert_int_equal(npt_map(&npt, 0x3ff000, 0x3000, true), 0);
	assert_int_equal(npt_map(&npt, 0xfee00000, 0x1000, false), 0);
	assert_int_equal(walk(0x3ff000), 0x3ff000 | P_RW_US);
	assert_int_equal(walk(0x401000), 0x401000 | P_RW_US);
	assert_int_equal(walk(0xfee00000), 0xfee00000 | P_US);
	assert_int_equal(walk(0x3fe000), 0);
	assert_int_equal(walk(0x402000), 0);
	assert_int_equal(walk(0xfee01000), 0);
	assert_int_equal(walk(LIMIT - PAGE_SIZE), 0);
}

static void what_is_no_whole_pages_is_refused(void **state)
{
	(void)state;
	assert_int_equal(npt_map(&npt, 0x1800, 0x1000, true), -EINVAL);
	assert_int_equal(npt_map(&npt, 0x1000, 0x800, true), -EINVAL);
	assert_int_equal(npt_map(&npt, 0x1000, 0, true), -EINVAL);
	assert_int_equal(npt_map(&npt, LIMIT, 0x1000, true), -EINVAL);
	assert_int_equal(pages_taken, 0);
}

static void what_is_taken_away_is_gone_and_the_change_shows(void **state)
{
	uint64_t generation;

	(void)state;
	assert_int_equal(npt_map(&npt, 0x400000, 0x3000, true), 0);
	generation = npt.generation;
	npt_unmap(&npt, 0x401000, 0x1000);
	assert_true(npt.generation > generation);
	assert_int_equal(walk(0x400000), 0x400000 | P_RW_US);
	assert_int_equal(walk(0x401000), 0);
	assert_int_equal(walk(0x402000), 0x402000 | P_RW_US);
	npt_unmap(&npt, 0x80000000, 0x1000); /* never there, nor a table for it */
	generation = npt.generation;
	assert_int_equal(npt_map(&npt, 0x400000, 0x1000, false), 0);
	assert_int_equal(walk(0x400000), 0x400000 | P_US);
	assert_true(npt.generation > generation);
}

static void tables_are_kept_for_the_next_guest(void **state)
{
	size_t taken;

	(void)state;
	assert_int_equal(npt_map(&npt, 0x200000, 0x400000, true), 0);
	taken = pages_taken;
	for (int n = 0; n < 3; n++) {
		npt_clear(&npt);
		for (uint64_t page = 0x200000; page < 0x600000; page += PAGE_SIZE)
			assert_int_equal(walk(page), 0);
		assert_int_equal(npt_map(&npt, 0x200000, 0x400000, n % 2), 0);
		assert_int_equal(walk(0x5ff000), 0x5ff000 | (n % 2 ? P_RW_US : P_US));
	}
	assert_int_equal(pages_taken, taken);
}

static void an_arena_that_is_used_up_is_an_error_at_each_table(void **state)
{
	(void)state;
	for (size_t left = 0; left < 4; left++) {
		begin(state);
		pages_left = left;
		assert_int_equal(npt_map(&npt, 0x1000, 0x1000, true), -ENOMEM);
		npt_unmap(&npt, 0x1000, 0x1000);
		npt_clear(&npt);
		pages_left = 4 - left;
		assert_int_equal(npt_map(&npt, 0x1000, 0x1000, true), 0);
		assert_int_equal(pages_taken, 4);
		assert_int_equal(walk(0x1000), 0x1000 | P_RW_US);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(what_is_mapped_is_identity_and_nothing_else_is, begin),
	        cmocka_unit_test_setup(what_is_no_whole_pages_is_refused, begin),
	        cmocka_unit_test_setup(what_is_taken_away_is_gone_and_the_change_shows, begin),
	        cmocka_unit_test_setup(tables_are_kept_for_the_next_guest, begin),
	        cmocka_unit_test_setup(an_arena_that_is_used_up_is_an_error_at_each_table, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
