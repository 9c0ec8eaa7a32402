// SPDX-License-Identifier: MIT
#include "tests/virt/table.h"

#include <asm-generic/errno.h>

#include "kernel/print.h"

#define ROWS_MAX      12
#define SHORTAGES_MAX 12
#define CELL          16

static struct virt_row rows[ROWS_MAX];
static unsigned int row_count;
static struct virt_shortage shortages[SHORTAGES_MAX];
static unsigned int shortage_count;

static void print_stretch(const struct virt_row *row, const char *what,
                          const struct virt_stretch *stretch)
{
	const struct costs *costs = &stretch->costs;
	const uint64_t *count = costs->exits.count;

	if (!stretch->count)
		return;
	print("# guest arm=%s source=%s store=%s protocol=%s ir=on step=%s count=%lu "
	      "hypercalls=%lu "
	      "msr=%lu memory=%lu other=%lu irq_calls=%lu entry_updates=%lu\n",
	      virt_way_name(row->arm->way), row->source->name, row->source->kind,
	      row->arm->protocol, what, stretch->count, count[VM_EXIT_HYPERCALL],
	      count[VM_EXIT_MSR], count[VM_EXIT_MEMORY],
	      exits_total(&costs->exits) - count[VM_EXIT_HYPERCALL] - count[VM_EXIT_MSR] -
	              count[VM_EXIT_MEMORY],
	      costs_irq_calls(costs), costs_entry_updates(costs));
}

void virt_table_add(const struct virt_row *row)
{
	print_stretch(row, "set-up", &row->set_up);
	print_stretch(row, "move", &row->move);
	print_stretch(row, "mask", &row->mask);
	print_stretch(row, "message", &row->message);
	if (row_count < ROWS_MAX)
		rows[row_count++] = *row;
}

void virt_table_add_shortage(const struct virt_shortage *shortage)
{
	if (shortage_count < SHORTAGES_MAX)
		shortages[shortage_count++] = *shortage;
}

/* Two decimals. */
static void ratio(char *buffer, size_t size, uint64_t sum, uint64_t count)
{
	uint64_t hundredths = count ? (sum * 100 + count / 2) / count : 0;

	format(buffer, size, "%lu.%02lu", hundredths / 100, hundredths % 100);
}

static void print_cell(const struct virt_stretch *stretch, uint64_t sum)
{
	char text[CELL * 2] = "-";

	if (stretch->count)
		ratio(text, sizeof(text), sum, stretch->count);
	print(" %11s", text);
}

static void print_name(const struct virt_arm *arm, const struct source *source)
{
	print("# %-12s %-10s %-10s %-19s", virt_way_name(arm->way), source->name, source->kind,
	      arm->protocol);
}

static void print_row(const struct virt_row *row)
{
	char text[CELL * 2];

	print_name(row->arm, row->source);
	print_cell(&row->set_up, costs_deliberate(&row->set_up.costs));
	print_cell(&row->move, costs_deliberate(&row->move.costs));
	print_cell(&row->mask, costs_deliberate(&row->mask.costs));
	print_cell(&row->message, exits_total(&row->message.costs.exits));
	print_cell(&row->set_up, costs_irq_calls(&row->set_up.costs));
	print_cell(&row->move, costs_entry_updates(&row->move.costs));
	format(text, sizeof(text), "%lu / %lu", row->lost, row->fired);
	print(" %16s\n", text);
}

static void print_shortage(const struct virt_shortage *shortage)
{
	char text[CELL * 2] = "none";

	print_name(shortage->arm, shortage->source);
	if (shortage->error == -ENOSPC)
		format(text, sizeof(text), "-ENOSPC");
	else if (shortage->error)
		format(text, sizeof(text), "error %d", shortage->error);
	print(" %-8s %10s %7lu", shortage->cause, text, shortage->silent);
	format(text, sizeof(text), "%lu / %lu", shortage->lost, shortage->fired);
	print(" %16s\n", text);
}

void virt_table_print(void)
{
	if (row_count) {
		print("#\n# guests: exits for each ..., host's irq_*() calls, entry updates, "
		      "messages lost / fired while moved\n");
		print("# %-12s %-10s %-10s %-19s %11s %11s %11s %11s %11s %11s %16s\n", "arm",
		      "source", "store", "protocol", "set-up", "move", "mask+unmask", "message",
		      "irq calls", "updates", "lost / fired");
		for (unsigned int n = 0; n < row_count; n++)
			print_row(&rows[n]);
	}
	if (shortage_count) {
		print("#\n# guests whose host has no more of ...: what the guest learns, what it "
		      "does not, messages lost / fired\n");
		for (unsigned int n = 0; n < shortage_count; n++)
			print_shortage(&shortages[n]);
	}
	if (row_count || shortage_count)
		print("#\n");
}
