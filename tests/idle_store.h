/* SPDX-License-Identifier: MIT */
/*
 * A message store in plain memory, of a device that never sends: for irqs that only take room, or
 * are only moved. They go through the same layers as any other.
 */
#ifndef RETARGET_TESTS_IDLE_STORE_H
#define RETARGET_TESTS_IDLE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/irq.h"
#include "kernel/irq/source.h"
#include "kernel/irq/store.h"

struct idle_store {
	struct message_store store;
	struct message message;
	bool masked;
};

/* Not maskable: its irqs do not reserve. */
void idle_store_init(struct idle_store *idle, bool maskable);

/*
 * What irq_alloc() takes for an irq on `idle`. With a `source` whose messages are remapped the irq
 * gets an entry as one of that device's would; with any other, or NULL, it takes vectors only.
 */
struct irq_request idle_request(struct idle_store *idle, const struct source *source,
                                bool remapping);

/* Any number of irqs on one idle store, which nobody moves. */
struct fillers {
	struct idle_store store;
	struct irq_request request; /* for the next one; may be changed */
	uint32_t count;
};

void fillers_init(struct fillers *fillers, const struct source *source, bool remapping);

/* One irq more, allocated only, in `irq` (may be NULL); the errors are irq_alloc()'s. */
int fillers_alloc(struct fillers *fillers, struct irq **irq);

/* One more that has a vector on `cpu`, as irq_request() takes it; or nothing is taken. */
int fillers_request(struct fillers *fillers, uint32_t cpu, struct irq **irq);

/* Gives one irq back, or all. */
void fillers_free_one(struct fillers *fillers, struct irq *irq);
void fillers_free(struct fillers *fillers);

#endif
