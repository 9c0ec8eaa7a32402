/* SPDX-License-Identifier: MIT */
/*
 * What a stretch of a guest's run costs its host. The guest marks where a stretch ends; the marks
 * themselves cost one exit each, which is taken off.
 *
 *	host                                guest
 *	costs_watch(guest);                 costs_mark(0);
 *	... it runs ...                     ... 100 moves ...
 *	costs_between(0, 1)                 costs_mark(1);
 */
#ifndef RETARGET_TESTS_VIRT_COSTS_H
#define RETARGET_TESTS_VIRT_COSTS_H

#include "kernel/virt/backing.h"
#include "kernel/virt/guest.h"

#define COSTS_MARKS 8

struct costs {
	/*
	 * Exits by kind, of all vCPUs. Those for a host's interrupt, a halt and a window come as
	 * they may; the others are what the guest did.
	 */
	struct exits exits;
	uint64_t halts[GUEST_VCPUS]; /* of the exits: for HLT, by vCPU */
	struct backing_counts host;  /* irqs of the host, its entries, messages */
};

/* The host: from now on marks of `guest`, which has backings and does not run yet, are noted. */
void costs_watch(struct guest *guest);

/* The guest: mark `n` (0 .. COSTS_MARKS - 1). */
void costs_mark(uint64_t n);

/* The host: from mark `from` to mark `to`; after the guest's end. */
struct costs costs_between(unsigned int from, unsigned int to);

/* Exits for what the guest did: hypercalls, MSRs, memory, CPUID. */
uint64_t costs_deliberate(const struct costs *costs);

/* irq_alloc(), irq_request(), irq_set_affinity(), irq_release() and irq_free() in the host. */
uint64_t costs_irq_calls(const struct costs *costs);

/* How often an entry was written for it: first, with another target, and in the end. */
uint64_t costs_entry_updates(const struct costs *costs);

#endif
