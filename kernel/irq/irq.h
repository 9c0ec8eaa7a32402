/* SPDX-License-Identifier: MIT */
/*
 * One interrupt, in its three contexts: allocated, requested (activated with a CPU and a handler),
 * moved from CPU to CPU. docs/design.md, "The three contexts".
 */
#ifndef RETARGET_KERNEL_IRQ_IRQ_H
#define RETARGET_KERNEL_IRQ_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/domain.h"
#include "kernel/irq/store.h"

#define IRQ_LEVELS_MAX  3  /* leaf, remapping, vector */
#define IRQ_VECTORS_MAX 12 /* that one irq keeps; more, and few irqs could take all there are */

struct irq;
struct protocol;

/* Where an interrupt is delivered. */
struct irq_target {
	uint32_t cpu; /* index */
	uint32_t apic_id;
	uint32_t generation; /* 1 for the first target of an irq, then one more with each move */
	uint8_t vector;
};

/* What a handler is told of one delivered message. */
struct irq_arrival {
	uint32_t cpu;
	uint32_t generation; /* of the target it came in at; 0 for a stray */
	uint8_t vector;
};

/* Called on the CPU the message came in at, interrupts off. */
typedef void irq_handler(struct irq *irq, const struct irq_arrival *arrival, void *context);

/* What an allocation asks for. */
struct irq_request {
	const struct irq_leaf *leaf;
	struct message_store *store;
	struct requester requester;
	const struct protocol *protocol;   /* for the store where there is no remapping */
	bool without_remapping_on_purpose; /* lets an IMS be had all the same, to show why not */
};

struct irq {
	unsigned int levels;
	struct irq_layer chain[IRQ_LEVELS_MAX]; /* [0] the leaf, last the vector domain */
	struct message_store *store;
	struct message message; /* as last written to the store */
	struct requester requester;
	const struct protocol *protocol;
	irq_handler *handler;
	irq_handler *stray_handler; /* for messages meant for this irq that nobody owned */
	void *context;
	bool active;
	uint32_t moving; /* 1 while somebody moves it */
	uint32_t last_generation;
	struct irq_target target;   /* in force; during a move the one moved to */
	struct irq_target previous; /* in force before the last move */

	uint32_t replays_sent;   /* messages found at an intermediate target and sent again */
	uint32_t replays_seen;   /* of these: arrived at the new target */
	uint32_t originals_seen; /* of these: the first copies, where they were found */

	/*
	 * The vector it has on each CPU, 0: none. One that the irq has moved away from is still
	 * answered, for a message may be in flight to it, and is taken again when the irq comes
	 * back. All but the present one are given back, after a barrier, when it has
	 * IRQ_VECTORS_MAX or there is no other left.
	 */
	uint32_t vectors; /* how many it has */
	uint8_t vector_on[];
};

/*
 * Allocates an irq and its place in each layer. Returns 0, or the error of the layer that refused
 * (-ENODEV: an IMS without remapping; -ENOSPC: a table is full; -ENOMEM) with nothing taken.
 */
int irq_alloc(const struct irq_request *request, struct irq **irq);

/* Gives it all back. The irq is released. */
void irq_free(struct irq *irq);

/*
 * Activates the irq on `cpu`: a vector, the remapping entry, the composed message in the store.
 * From here on messages reach `handler`; those that come in where no one owns the vector, `stray`.
 * Returns 0, or a negative errno (-ENOSPC: no vector) with the irq as before.
 */
int irq_request(struct irq *irq, uint32_t cpu, irq_handler *handler, irq_handler *stray,
                void *context);

/* The way back from irq_request(). The device no longer sends. Interrupts on. */
void irq_release(struct irq *irq);

/*
 * Moves the irq to `cpu`, with another vector, while messages may be arriving; on that CPU already
 * it stays as it is. Interrupts on. Returns 0, -EBUSY when another CPU is at it, -EINVAL for an irq
 * that is not requested or a CPU that does not run, -ENOSPC without a vector, or a layer's error;
 * then the old target keeps working.
 */
int irq_set_affinity(struct irq *irq, uint32_t cpu);

/* Waits until nothing can be in flight to targets left behind, and frees those. Interrupts on. */
void irq_drain(struct irq *irq);

/*
 * For protocols: sends a message found pending at an intermediate target to the new one, by IPI, as
 * Linux's irq_retrigger does.
 */
void irq_replay(struct irq *irq);

/*
 * For protocols: announces the intermediate target {old CPU, new vector}, so that a message that
 * comes in there is known as the original of a replay.
 */
void irq_expect_intermediate(struct irq *irq);

/* How many irqs are allocated. */
uint32_t irq_count(void);

#endif
