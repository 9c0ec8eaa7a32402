// SPDX-License-Identifier: MIT
#include "kernel/virt/exits.h"

const char *exits_name(enum vm_exit_kind kind)
{
	static const char *const names[VM_EXIT_KINDS] = {
	        [VM_EXIT_HOST_INTERRUPT] = "host interrupt",
	        [VM_EXIT_WINDOW] = "window",
	        [VM_EXIT_HALT] = "halt",
	        [VM_EXIT_HYPERCALL] = "hypercall",
	        [VM_EXIT_MSR] = "MSR",
	        [VM_EXIT_MEMORY] = "memory",
	        [VM_EXIT_CPUID] = "CPUID",
	        [VM_EXIT_FATAL] = "fatal",
	};

	return names[kind];
}

void exits_add(struct exits *sum, const struct exits *more)
{
	for (int i = 0; i < VM_EXIT_KINDS; i++) {
		sum->count[i] += more->count[i];
		sum->ticks[i] += more->ticks[i];
	}
	for (int i = 0; i < HYPERCALLS; i++)
		sum->hypercalls[i] += more->hypercalls[i];
	sum->injected += more->injected;
}

uint64_t exits_total(const struct exits *exits)
{
	uint64_t total = 0;

	for (int i = 0; i < VM_EXIT_KINDS; i++)
		total += exits->count[i];
	return total;
}
