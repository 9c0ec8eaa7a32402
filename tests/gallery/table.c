// SPDX-License-Identifier: MIT
#include "tests/gallery/table.h"
#include "kernel/irq/protocol.h"
#include "kernel/print.h"
#include "tests/arms.h"

/*
 * The mistakes; below each, where there is one, the right way on the same store, or on the one that
 * the driver ought to have had.
 */
static const struct gallery_case cases[] = {
        {"address in two halves", "ims-device", "split-address", false, EXPECT_LOSS,
         "between address and data; luck between the halves: both high ones are 0"},
        {"data before address", "ims-device", "naive-data-first", false, EXPECT_LOSS,
         "between data and address"},
        {"  right: two steps", "ims-device", "two-step", false, EXPECT_NO_LOSS,
         "never changes both at once, and looks for what fell between"},
        {"no flush", "ims-masked", "masked-no-flush", false, EXPECT_LUCK,
         "luck: stores to this device are not posted"},
        {"no flush", "ims-posted", "two-step-no-flush", false, EXPECT_LOSS,
         "the last store is on its way when it looks for what fell between"},
        {"  right: flush", "ims-posted", "two-step", false, EXPECT_NO_LOSS,
         "the flush forces it to arrive before the look"},
        {"mask forgotten", "ims-masked", "naive-address-first", false, EXPECT_LOSS,
         "between address and data"},
        {"pending dropped", "ims-masked", "pending-dropped", false, EXPECT_LOSS,
         "what the mask held back is forgotten"},
        {"  right: mask", "ims-masked", "masked", false, EXPECT_NO_LOSS,
         "what the mask held back goes to the new target"},
        {"queue not stopped", "ims-queue", "naive-address-first", false, EXPECT_LOSS,
         "between address and data; to stop the queue would be a mask"},
        {"refreshed late", "ims-cached", "two-step", false, EXPECT_LOSS,
         "the device sends {old, n} long after the look for it"},
        {"  old vector in use", "ims-cached", "two-step", true, EXPECT_LOSS,
         "the device sends {old, o} when that belongs to somebody else"},
        {"  right: flush", "ims-posted", "two-step", true, EXPECT_NO_LOSS,
         "only on a device that a flush can refresh"},
        {"half of a 64-bit store", "ims-device", "half-update", false, EXPECT_LOSS,
         "for good: {new, o}, luck where the vectors are the same"},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static struct cell {
	uint64_t lost, fired; /* fired 0: it did not run */
} cells[CASES][PHASES][GALLERY_PARTS];

const struct gallery_case *gallery_case(unsigned int n)
{
	return n < CASES ? &cases[n] : NULL;
}

void gallery_table_add(const struct gallery_case *c, enum test_phase phase, enum gallery_part part,
                       const struct ledger *ledger)
{
	cells[c - cases][phase][part] = (struct cell){ledger_lost(ledger), ledger->fired};
}

static void print_cell(const struct cell *cell, int width)
{
	char text[48] = "-";

	if (cell->fired)
		format(text, sizeof(text), "%lu / %lu", cell->lost, cell->fired);
	print("%*s", width, text);
}

static struct cell sum(const struct cell *parts)
{
	return (struct cell){parts[0].lost + parts[1].lost, parts[0].fired + parts[1].fired};
}

static void print_row(unsigned int n)
{
	const struct gallery_case *c = &cases[n];
	const struct cell *direct = cells[n][PHASE_DIRECT];
	struct cell remapped = sum(cells[n][PHASE_REMAPPED]);

	if (!direct[0].fired && !remapped.fired)
		return;
	print("# %-23s %-11s %-20s", c->mistake, c->kind, c->protocol);
	print_cell(&direct[GALLERY_ONE_BY_ONE], 11);
	print_cell(&direct[GALLERY_STORM], 14);
	print_cell(&remapped, 12);
	print("  %s\n", c->remark);
}

static bool any(void)
{
	for (unsigned int n = 0; n < CASES; n++)
		for (enum test_phase phase = 0; phase < PHASES; phase++)
			if (cells[n][phase][0].fired)
				return true;
	return false;
}

void gallery_table_print(void)
{
	if (!any())
		return;
	print("#\n# drivers of IMS that get it wrong: messages lost / fired\n");
	print("# %-23s %-11s %-20s%11s%14s%12s  %s\n", "mistake", "store", "protocol", "windows",
	      "storm", "with IR", "without IR it loses");
	for (unsigned int n = 0; n < CASES; n++)
		print_row(n);
	print("#\n");
}
