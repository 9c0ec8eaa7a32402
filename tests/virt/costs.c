// SPDX-License-Identifier: MIT
#include "tests/virt/costs.h"

#include "kernel/string.h"
#include "kernel/virt/guest/vmmcall.h"

static struct costs marks[COSTS_MARKS];

/* Another vCPU's exits may be under way; they belong to either side. */
static void take(struct guest *guest, uint64_t number)
{
	if (number >= COSTS_MARKS)
		return;
	guest_exits(guest, &marks[number].exits);
	for (uint32_t i = 0; i < guest->vcpus; i++)
		marks[number].halts[i] = guest->vcpu[i]->exits.count[VM_EXIT_HALT];
	marks[number].host = guest->backings->counts;
}

void costs_watch(struct guest *guest)
{
	memset(marks, 0, sizeof(marks));
	guest->mark = take;
}

void costs_mark(uint64_t n)
{
	vmmcall(HYPERCALL_MARK, n, 0, 0);
}

/* Of structures of 64-bit words alone. */
static void subtract(void *from, const void *what, size_t size)
{
	uint64_t *words = from;
	const uint64_t *others = what;

	for (size_t i = 0; i < size / sizeof(*words); i++)
		words[i] -= others[i];
}

/*
 * A mark is counted under its number before it is taken and under its kind afterwards: one of each
 * is in between.
 */
struct costs costs_between(unsigned int from, unsigned int to)
{
	struct costs costs = marks[to];

	_Static_assert(sizeof(costs) % sizeof(uint64_t) == 0, "words");
	subtract(&costs, &marks[from], sizeof(costs));
	costs.exits.count[VM_EXIT_HYPERCALL]--;
	costs.exits.hypercalls[HYPERCALL_MARK]--;
	return costs;
}

uint64_t costs_deliberate(const struct costs *costs)
{
	const uint64_t *count = costs->exits.count;

	return count[VM_EXIT_HYPERCALL] + count[VM_EXIT_MSR] + count[VM_EXIT_MEMORY] +
	       count[VM_EXIT_CPUID];
}

uint64_t costs_irq_calls(const struct costs *costs)
{
	const struct backing_counts *host = &costs->host;

	return host->allocs + host->requests + host->moves + host->releases + host->frees;
}

uint64_t costs_entry_updates(const struct costs *costs)
{
	return costs->host.allocs + costs->host.retargets + costs->host.frees;
}
