/* SPDX-License-Identifier: MIT */
/*
 * A source of the host's whose device a guest has: what the host asks of it, the guest does, one
 * order after the other. So tests of the host can be carried out by a guest.
 *
 *	host                                    guest, on one vCPU
 *	source->ops->store(...)->ops->write()   writes the word into its message store
 *	source->ops->fire()                     has its device send
 *	guest_source_settle()                   waits for what was sent, and says what came in
 *
 * The guest has an irq of its own where there is remapping: its entry is the host's
 * (kernel/virt/backing.h). Its message then is what it writes first.
 */
#ifndef RETARGET_TESTS_VIRT_GUEST_SOURCE_H
#define RETARGET_TESTS_VIRT_GUEST_SOURCE_H

#include "kernel/irq/source.h"
#include "tests/suite.h"
#include "tests/virt/device.h"

/*
 * Starts a guest on host CPU `cpu`, with the device of `real`. The source that it is then, open; it
 * is there until guest_source_end(). NULL with `run` failed or skipped. There is one at a time.
 */
struct source *guest_source_begin(struct test_run *run, struct source *real, uint32_t cpu);

/* The irq of the host behind the guest's own of slot 0; NULL: it has none, without remapping. */
struct irq *guest_source_irq(void);

/* Returns when all that it sent has come in: how many of its own came in since the last call. */
uint64_t guest_source_settle(void);

/* The guest ends, and has to end well. */
void guest_source_end(struct test_run *run);

#endif
