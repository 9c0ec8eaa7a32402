// SPDX-License-Identifier: MIT
#include "tests/entry/table.h"

#include "kernel/print.h"

#define ROWS_MAX 32 /* two sources with each way, and room */

static struct entry_result rows[ROWS_MAX];
static unsigned int row_count;

void entry_table_add(const struct entry_result *result)
{
	if (row_count < ROWS_MAX)
		rows[row_count++] = *result;
}

const char *entry_verdict(const struct entry_result *result)
{
	bool lost = ledger_lost(&result->ledger);

	if (!result->protocol->mistaken)
		return lost || result->losing ? "LOSES" : "right";
	if (lost)
		return "wrong: loses";
	return result->losing ? "wrong: would lose, lost none" : "wrong: saved by luck";
}

static void print_row(const struct entry_result *row)
{
	const uint64_t *outcomes = row->ledger.outcomes;
	char name[48], one_by_one[32], fired[48];

	format(name, sizeof(name), "%s %s", row->source->name, row->source->kind);
	format(one_by_one, sizeof(one_by_one), "%u of %u", row->losing, row->changes + 1);
	format(fired, sizeof(fired), "%lu / %lu", ledger_lost(&row->ledger), row->ledger.fired);
	print("# %-24s%-23s%7u %10s%16s%7lu%8lu%8lu  %s\n", row->protocol->name, name, row->changes,
	      one_by_one, fired, outcomes[OUTCOME_STRAY], outcomes[OUTCOME_BLOCKED],
	      outcomes[OUTCOME_MISSING], entry_verdict(row));
}

void entry_table_print(void)
{
	if (!row_count)
		return;
	print("#\n# ways to update a remapping entry in use. One by one: a message sent while the "
	      "entry has each of its\n# values in a move, and how many of those were lost; under "
	      "fire: lost / fired\n");
	print("# %-24s%-23s%7s %10s%16s%7s%8s%8s\n", "way", "source", "changes", "one by one",
	      "under fire", "stray", "blocked", "missing");
	for (unsigned int row = 0; row < row_count; row++)
		print_row(&rows[row]);
	print("#\n");
}
