// SPDX-License-Identifier: MIT
/*
 * All irqs in the manner of /proc/interrupts, each with its chain of domains and what every layer
 * holds for it:
 *
 *     # irq        CPU0        CPU1        CPU2   leaf, device
 *     #   0:           0           0          17  msi, edu
 *     #      msi          address 00000000_fee00018, data 00000000 (remappable)
 *     #      vtd-ir       entry 0: ...
 *     #      vector       cpu 2 (APIC id 2), vector 31, 3 kept in all
 */
#include "kernel/cpu/cpu.h"
#include "kernel/irq/irq.h"
#include "kernel/print.h"
#include "kernel/string.h"

#define COLUMNS_MAX 16 /* CPUs in a line; what the others have taken is in a sum */

static void append(char *line, size_t size, const char *text, uint64_t number)
{
	size_t length = strlen(line);

	format(line + length, size - length, text, number);
}

static void print_head(void)
{
	char line[COLUMNS_MAX * 12 + 64] = "# irq ";

	for (uint32_t cpu = 0; cpu < cpu_count() && cpu < COLUMNS_MAX; cpu++)
		append(line, sizeof(line), "       CPU%-2lu", cpu);
	if (cpu_count() > COLUMNS_MAX)
		append(line, sizeof(line), "    others", 0);
	print("%s  leaf, device\n", line);
}

static void print_counts(const struct irq *irq)
{
	char line[COLUMNS_MAX * 12 + 64] = "";
	uint64_t others = 0;

	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
		if (cpu < COLUMNS_MAX)
			append(line, sizeof(line), " %11lu", irq->on[cpu].arrived);
		else
			others += irq->on[cpu].arrived;
	if (cpu_count() > COLUMNS_MAX)
		append(line, sizeof(line), " %9lu", others);
	print("# %3u:%s  %s, %s%s\n", irq->number, line, irq->leaf->domain.name,
	      irq->name ? irq->name : "no device", irq->active ? "" : " (not requested)");
}

static void print_irq(struct irq *irq, void *context)
{
	char text[160];

	(void)context;
	print_counts(irq);
	for (unsigned int i = 0; i < irq->levels; i++) {
		struct irq_layer *layer = &irq->chain[i];

		format(text, sizeof(text), "nothing");
		if (layer->domain->describe)
			layer->domain->describe(irq, layer, text, sizeof(text));
		print("#      %-12s %s\n", layer->domain->name, text);
	}
}

void irq_dump(void)
{
	print_head();
	irq_each(print_irq, NULL);
}
