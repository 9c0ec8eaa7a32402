// SPDX-License-Identifier: MIT
/*
 * A remapping table that has entries left, and none for a block: those of a block lie in a row and
 * begin at a multiple of its size (VT-d r5.10, 5.1.5.2, MSI and MSI-X Register Programming).
 */
#include <asm-generic/errno.h>
#include <stddef.h>

#include "drivers/vtd/vtd.h"
#include "tests/block/msi_block.h"
#include "tests/counts.h"
#include "tests/suite.h"

#define SIZE 4 /* of the greater block */

/* A block of `size`: -ENOSPC and nothing taken, however often. */
static void check_refused(struct test_run *run, struct source *source, unsigned int size)
{
	const struct counts before = counts_take();
	struct msi_block block;

	if (!msi_block_open(run, &block, source, 1, size))
		return;
	for (int i = 0; i < 100 && !run->failed; i++) {
		int got = msi_block_alloc(&block);

		if (!test_check(run, got == -ENOSPC, "a block of %u: %d instead of -ENOSPC", size,
		                got) &&
		    got > 0)
			msi_block_free(&block);
		counts_check(run, &before, "after the refusal");
	}
	msi_block_close(&block);
}

/* A block of `size` that begins at entry `first` and works. */
static void check_granted(struct test_run *run, struct source *source, unsigned int size,
                          uint16_t first)
{
	const struct counts before = counts_take();
	struct msi_block block;

	if (!msi_block_open(run, &block, source, 1, size))
		return;
	int got = msi_block_alloc(&block);
	test_check(run, got == (int)size, "a block of %u: %d irqs", size, got);
	if (got > 0) {
		test_check(run, msi_block_entry(&block, 0) == first,
		           "a block of %u begins at entry %u instead of %u", size,
		           msi_block_entry(&block, 0), first);
		if (msi_block_request(run, &block)) {
			msi_block_fire_all(run, &block);
			msi_block_release(run, &block);
		}
		msi_block_free(&block);
	}
	msi_block_close(&block);
	counts_check(run, &before, "with the block given back");
}

#define SINGLES (2 * SIZE)

static unsigned int piece_at(uint32_t index)
{
	return index < SINGLES ? 1 : SIZE;
}

/* Takes the table from entry 0 on, SINGLES entries one by one. How many that could be had. */
static uint32_t take_table(struct vtd_unit *unit)
{
	uint32_t next = 0;

	while (next < unit->indexes.size) {
		int index = vtd_unit_allocate(unit, piece_at(next));

		if (index < 0)
			break;
		if ((uint32_t)index != next) {
			vtd_unit_free(unit, (uint16_t)index, piece_at(next));
			break;
		}
		next += piece_at(next);
	}
	return next;
}

static void give_table_back(struct vtd_unit *unit, uint32_t taken)
{
	for (uint32_t index = 0; index < taken; index += piece_at(index))
		vtd_unit_free(unit, (uint16_t)index, piece_at(index));
}

/* In a full table: two free entries begin at 1 and at 5, where no block of two may begin. */
static void open_holes(struct test_run *run, struct source *source, struct vtd_unit *unit)
{
	static const uint16_t holes[] = {1, 2, 5, 6}, more[] = {4, 7};

	check_refused(run, source, 1);
	for (unsigned int n = 0; n < sizeof(holes) / sizeof(holes[0]); n++)
		vtd_unit_free(unit, holes[n], 1);
	check_refused(run, source, 2);
	check_refused(run, source, SIZE);
	check_granted(run, source, 1, 1);

	for (unsigned int n = 0; n < sizeof(more) / sizeof(more[0]); n++)
		vtd_unit_free(unit, more[n], 1);
	check_granted(run, source, SIZE, 4);
	while (vtd_unit_allocate(unit, 1) >= 0)
		;
}

static void cut_up(struct test_run *run)
{
	struct source *source = msi_block_source(0, 1);
	struct vtd_unit *unit = vtd_unit_for(&source->requester);

	if (!test_check(run, unit, "no remapping unit covers %s", source->name))
		return;
	const struct counts before = counts_take();

	if (unit->indexes.size < 2 * SINGLES) {
		test_skip(run, "a table of %u entries is too small to be cut up",
		          unit->indexes.size);
		return;
	}
	uint32_t taken = take_table(unit);
	if (test_check(run, taken == unit->indexes.size,
	               "of a table of %u entries that nobody uses %u can be taken",
	               unit->indexes.size, taken))
		open_holes(run, source, unit);
	give_table_back(unit, taken);
	counts_check(run, &before, "with the table given back");
}

static unsigned int one_if_any(enum test_phase phase)
{
	(void)phase;
	return msi_block_source(0, 1) ? 1 : 0;
}

TEST(45, block_table) = {
        .name = "block.table",
        .checks = "an allocation can fail: a block needs entries in a row that begin at a multiple "
                  "of its size; where only single ones are left it is refused with -ENOSPC, and "
                  "nothing leaks (the mail's #1; VT-d r5.10, 5.1.5.2, MSI and MSI-X Register "
                  "Programming)",
        .failure = "a block straddles entries of another device, or a refused allocation keeps "
                   "something",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = one_if_any,
        .needs = MSI_BLOCK_NO_SOURCE,
        .run = cut_up,
};
