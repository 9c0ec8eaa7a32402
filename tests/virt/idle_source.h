/* SPDX-License-Identifier: MIT */
/*
 * A source of a guest that never sends: its stores are memory of the guest. To the host it is a
 * device of its own, of which only the requester id is used. For irqs that are only allocated,
 * requested, moved and freed.
 */
#ifndef RETARGET_TESTS_VIRT_IDLE_SOURCE_H
#define RETARGET_TESTS_VIRT_IDLE_SOURCE_H

#include "kernel/irq/source.h"
#include "kernel/virt/guest.h"
#include "tests/suite.h"

/*
 * The host: gives the guest, which is loaded, a device that remapping hardware covers; its backings
 * are `guest->backings`. NULL, and the test skipped, without one. Uses arguments[0] and [1].
 */
struct source *idle_source_assign(struct test_run *run, struct guest *guest);

/* The guest: the source, registered, with irqs of `leaf`; the remapping layer is on. */
struct source *idle_source_open(struct guest_shared *shared, const struct irq_leaf *leaf);

/* What irq_alloc() takes for its slot `slot`. */
struct irq_request idle_source_request(struct source *source, unsigned int slot);

#endif
