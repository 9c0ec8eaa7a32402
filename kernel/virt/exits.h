/* SPDX-License-Identifier: MIT */
/*
 * What guests cost: how often a vCPU came out, for what, and how long the host was at it. Counted
 * by the vCPU's loop alone; others read it when that has ended.
 */
#ifndef RETARGET_KERNEL_VIRT_EXITS_H
#define RETARGET_KERNEL_VIRT_EXITS_H

#include <stdint.h>

#include "kernel/virt/hypercall.h"
#include "kernel/virt/vm.h"

struct exits {
	uint64_t count[VM_EXIT_KINDS];

	/*
	 * Of the time-stamp counter, in the host, from the exit until its work is done; with the
	 * interrupts that came in meanwhile, without the time that a vCPU stood halted.
	 */
	uint64_t ticks[VM_EXIT_KINDS];

	uint64_t hypercalls[HYPERCALLS]; /* of the exits for hypercalls: by number */
	uint64_t injected;               /* interrupts that the guest was given */
};

/* A word for each kind: "host interrupt", ... */
const char *exits_name(enum vm_exit_kind kind);

/* Adds `more` to `sum`; in all. */
void exits_add(struct exits *sum, const struct exits *more);
uint64_t exits_total(const struct exits *exits);

#endif
