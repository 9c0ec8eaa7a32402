// SPDX-License-Identifier: MIT
// links: drivers/vtd/indexes.c
#include "drivers/vtd/indexes.h"
#include "tests/host/unit.h"

#include <asm-generic/errno.h>
#include <stdlib.h>

static struct vtd_indexes indexes;

/* Of exactly the bytes asked for, so that AddressSanitizer sees an access beyond them. */
static void begin(uint32_t size)
{
	uint64_t *taken = malloc(vtd_indexes_bytes(size));

	assert_non_null(taken);
	for (size_t i = 0; i < vtd_indexes_bytes(size) / sizeof(*taken); i++)
		taken[i] = 0xa5a5a5a5a5a5a5a5;
	vtd_indexes_init(&indexes, taken, size);
	assert_int_equal(indexes.count, 0);
}

static int end(void **state)
{
	(void)state;
	free(indexes.taken);
	indexes.taken = NULL;
	return 0;
}

static void the_lowest_free_one_is_taken(void **state)
{
	(void)state;
	begin(256);
	for (int i = 0; i < 70; i++)
		assert_int_equal(vtd_indexes_take(&indexes, 1), i);
	vtd_indexes_give_back(&indexes, 65, 1);
	vtd_indexes_give_back(&indexes, 3, 1);
	assert_int_equal(indexes.count, 68);
	assert_int_equal(vtd_indexes_take(&indexes, 1), 3);
	assert_int_equal(vtd_indexes_take(&indexes, 1), 65);
	assert_int_equal(vtd_indexes_take(&indexes, 1), 70);
}

static void every_size_gives_just_as_many(void **state)
{
	(void)state;
	for (uint32_t size = 2; size <= 65536; size *= 2) {
		begin(size);
		for (uint32_t i = 0; i < size; i++)
			indexes.taken[i / 64] |= (uint64_t)(i != size - 1) << i % 64;
		assert_int_equal(vtd_indexes_take(&indexes, 1), size - 1);
		assert_int_equal(vtd_indexes_take(&indexes, 1), -ENOSPC);
		assert_int_equal(indexes.count, 1);
		end(state);
	}
}

static void a_block_is_in_a_row_and_aligned(void **state)
{
	(void)state;
	begin(256);
	assert_int_equal(vtd_indexes_take(&indexes, 1), 0);
	assert_int_equal(vtd_indexes_take(&indexes, 4), 4);
	assert_int_equal(vtd_indexes_take(&indexes, 32), 32);
	assert_int_equal(vtd_indexes_take(&indexes, 2), 2);
	assert_int_equal(vtd_indexes_take(&indexes, 8), 8);
	assert_int_equal(vtd_indexes_take(&indexes, 64), 64);
	assert_int_equal(vtd_indexes_take(&indexes, 1), 1);
	assert_int_equal(indexes.count, 1 + 4 + 32 + 2 + 8 + 64 + 1);
	vtd_indexes_give_back(&indexes, 32, 32);
	assert_int_equal(vtd_indexes_take(&indexes, 16), 16);
	assert_int_equal(vtd_indexes_take(&indexes, 16), 32);
}

/* One entry taken in each block: there is room for many, and for no block. */
static void scattered_entries_leave_no_block(void **state)
{
	(void)state;
	begin(64);
	for (uint32_t i = 0; i < 64; i++)
		assert_int_equal(vtd_indexes_take(&indexes, 1), i);
	for (uint32_t i = 0; i < 64; i++)
		if (i % 8 != 5)
			vtd_indexes_give_back(&indexes, i, 1);
	assert_int_equal(indexes.count, 8);
	assert_int_equal(vtd_indexes_take(&indexes, 8), -ENOSPC);
	assert_int_equal(vtd_indexes_take(&indexes, 4), 0);
	assert_int_equal(vtd_indexes_take(&indexes, 4), 8);
}

static void a_block_larger_than_the_table_is_refused(void **state)
{
	(void)state;
	begin(4);
	assert_int_equal(vtd_indexes_take(&indexes, 8), -ENOSPC);
	assert_int_equal(vtd_indexes_take(&indexes, 4), 0);
	assert_int_equal(vtd_indexes_take(&indexes, 1), -ENOSPC);
}

static void other_counts_are_refused(void **state)
{
	(void)state;
	begin(256);
	assert_int_equal(vtd_indexes_take(&indexes, 0), -EINVAL);
	assert_int_equal(vtd_indexes_take(&indexes, 3), -EINVAL);
	assert_int_equal(vtd_indexes_take(&indexes, 128), -EINVAL);
	assert_int_equal(indexes.count, 0);
}

/* 100,000 steps against an array of owners: no entry has two, and the count is theirs. */
static void a_storm_keeps_the_books(void **state)
{
	enum { SIZE = 128, BLOCKS = 64 };
	struct {
		uint16_t index, count;
	} blocks[BLOCKS] = {0};
	unsigned char owned[SIZE] = {0};
	uint32_t taken = 0, refused = 0;

	(void)state;
	begin(SIZE);
	srand(1);
	for (int step = 0; step < 100000; step++) {
		unsigned int b = (unsigned int)rand() % BLOCKS;
		unsigned int count = 1U << (unsigned int)rand() % 6;
		int index;

		if (blocks[b].count) {
			vtd_indexes_give_back(&indexes, blocks[b].index, blocks[b].count);
			for (uint32_t i = 0; i < blocks[b].count; i++)
				owned[blocks[b].index + i] = 0;
			taken -= blocks[b].count;
			blocks[b].count = 0;
		} else if ((index = vtd_indexes_take(&indexes, count)) >= 0) {
			assert_int_equal(index % count, 0);
			assert_true(index + count <= SIZE);
			for (uint32_t i = 0; i < count; i++)
				assert_int_equal(owned[index + i]++, 0);
			blocks[b].index = (uint16_t)index;
			blocks[b].count = (uint16_t)count;
			taken += count;
		} else {
			assert_int_equal(index, -ENOSPC);
			refused++;
		}
		assert_int_equal(indexes.count, taken);
	}
	assert_true(refused > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(the_lowest_free_one_is_taken, end),
	        cmocka_unit_test_teardown(every_size_gives_just_as_many, end),
	        cmocka_unit_test_teardown(a_block_is_in_a_row_and_aligned, end),
	        cmocka_unit_test_teardown(scattered_entries_leave_no_block, end),
	        cmocka_unit_test_teardown(a_block_larger_than_the_table_is_refused, end),
	        cmocka_unit_test_teardown(other_counts_are_refused, end),
	        cmocka_unit_test_teardown(a_storm_keeps_the_books, end),
	};

	return cmocka_run_group_tests_name("indexes", tests, NULL, NULL);
}
