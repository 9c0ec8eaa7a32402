/* SPDX-License-Identifier: MIT */
/*
 * One interrupt, in its three contexts: allocated (and activated, with a vector only reserved),
 * requested (with a vector, a CPU and a handler), moved from CPU to CPU. docs/design.md, "The three
 * contexts".
 *
 *               irq_alloc()               irq_request()             irq_set_affinity()
 *     nothing --------------> allocated ----------------> requested -----------------.
 *             <--------------           <----------------           <----------------'
 *                irq_free()                irq_release()
 *
 * All but irq_dump() are called with interrupts on, outside of handlers; irq_alloc() and irq_free()
 * by one CPU at a time, the others for one irq by one CPU at a time, but for irq_set_affinity(),
 * which refuses the second.
 */
#ifndef RETARGET_KERNEL_IRQ_IRQ_H
#define RETARGET_KERNEL_IRQ_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/domain.h"
#include "kernel/irq/store.h"

#define IRQ_LEVELS_MAX   3  /* leaf, remapping, vector */
#define IRQ_VECTORS_MAX  12 /* that one irq keeps; more, and few irqs could take all there are */
#define IRQ_CPU_ANY      0xffffffffU /* the one with the most vectors left */
#define IRQ_CPU_SHUTDOWN 0xfffffffeU /* no CPU: the shutdown vector, and a reservation */

struct irq;
struct protocol;

/* Where an interrupt is delivered. */
struct irq_target {
	uint32_t cpu; /* index */
	uint32_t apic_id;
	uint32_t generation; /* one more with each move; 0 only before the first target */
	uint8_t vector;      /* VECTOR_SHUTDOWN while the vector is only reserved */
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
	const char *name; /* of the device, for irq_dump(); lives as long as the irq */
	const struct protocol *protocol;   /* for the store where there is no remapping */
	bool without_remapping_on_purpose; /* lets an IMS be had all the same, to show why not */
	bool without_reservation;          /* a vector from the start, as before Linux 4.15 */
};

struct irq {
	uint32_t number;
	struct irq *next; /* of all that are allocated, by number */
	const char *name;
	const struct irq_leaf *leaf;
	unsigned int levels;
	struct irq_layer chain[IRQ_LEVELS_MAX]; /* [0] the leaf, last the vector domain */
	struct message_store *store;
	struct message message; /* as last written to the store */
	struct requester requester;
	const struct protocol *protocol;
	irq_handler *handler;
	irq_handler *stray_handler; /* for messages meant for this irq that nobody owned */
	void *context;
	uint32_t apic_id_max; /* beyond it no CPU can be its target: nothing could name it */
	bool reserves;        /* has the shutdown vector while it is not requested */
	bool reserved;        /* and a reservation, now */
	bool active;          /* requested */
	uint32_t moving;      /* 1 while somebody holds it, irq_hold() */
	uint32_t wanted; /* 1 while a CPU that leaves waits to hold it: nobody else gets it then */
	uint32_t last_generation;
	uint32_t drain_generation;  /* the last one when a drain began */
	struct irq_target target;   /* in force; during a move the one moved to */
	struct irq_target previous; /* in force before the last move */

	/* For tests: called in each window of a move (kernel/irq/protocol.h). NULL: nobody. */
	void (*at_window)(struct irq *irq, unsigned int window);

	/* A block of irqs, for multi-vector MSI: their messages differ in a number in the data. */
	struct irq *block;     /* its first irq; itself where there is no block */
	uint16_t block_size;   /* a power of two */
	uint16_t block_offset; /* this one's place in it */

	uint32_t replays_sent;   /* messages found at an intermediate target and sent again */
	uint32_t replays_seen;   /* of these: arrived at the new target */
	uint32_t originals_seen; /* of these: the first copies, where they were found */

	/*
	 * The vector it has on each CPU, 0: none. One that the irq has moved away from is still
	 * answered, for a message may be in flight to it, and is taken again when the irq comes
	 * back. All but the present one are given back when it has IRQ_VECTORS_MAX, or somebody
	 * finds no vector left, and nothing can be in flight to them (kernel/irq/drain.c).
	 */
	uint32_t vectors; /* how many it has */
	struct irq_cpu {
		uint32_t arrived; /* messages taken there, at any vector of the irq's */
		uint8_t vector;
	} on[];
};

/*
 * Allocates an irq and its place in each layer, and activates it: where the leaf can, with the
 * shutdown vector and a reservation, else with a real vector of any CPU. Its store gets its message
 * and stays masked if it can be. Returns 0, or the error of the layer that refused (-ENODEV: an IMS
 * without remapping, or a source that no remapping unit covers; -ENOSPC: a table is full, or all
 * vectors are given away; -ENOMEM) with nothing taken.
 */
int irq_alloc(const struct irq_request *request, struct irq **irq);

/*
 * The same for a block of `count` irqs (a power of two) whose messages differ in the data's lowest
 * bits only, as multi-vector MSI has them. stores[n] is the store of irqs[n]. With remapping there
 * is an entry for each, so each goes where it likes; without, all would have to go to one CPU,
 * to vectors in a row, and as Linux does it gets one irq: a line says so. Returns how many irqs
 * there are (`count`, or 1), or a negative errno with nothing taken.
 */
int irq_alloc_block(const struct irq_request *request, struct message_store *const *stores,
                    unsigned int count, struct irq **irqs);

/* Gives it all back. The irq is released; of a block, the first is freed last. */
void irq_free(struct irq *irq);

/*
 * Gives the irq a vector on `cpu` (IRQ_CPU_ANY: where there are most left) and handlers, and
 * unmasks its store. From here on messages reach `handler`; those that come in where no one owns
 * the vector, `stray`. Returns 0, or a negative errno (-ENOSPC: no vector; -EINVAL: no such CPU
 * that is online; -ERANGE: one out of its reach; -EBUSY: it is requested already, or held) with
 * the irq as before.
 */
int irq_request(struct irq *irq, uint32_t cpu, irq_handler *handler, irq_handler *stray,
                void *context);

/*
 * The way back: masks the store, waits until nothing is in flight, and gives the vectors back for
 * the reservation. The device no longer sends. Returns 0, -EINVAL for an irq that is not requested,
 * or the error of the layer that did not let go of the old target: then the irq keeps its vector
 * until it is freed, or released again.
 */
int irq_release(struct irq *irq);

/*
 * Moves the irq to `cpu`, with another vector, while messages may be arriving; on that CPU already
 * it stays as it is. Returns 0, -EBUSY when another CPU is at it, -EINVAL for an irq that is not
 * requested or a CPU that is not online, -ERANGE for one out of its reach, -ENOSPC
 * without a vector, or a layer's error; then the old target keeps working.
 */
int irq_set_affinity(struct irq *irq, uint32_t cpu);

/*
 * The reach of `irq`, CPUs 0 to irq_reach() - 1, and of a device's irq that is allocated now. With
 * remapping that is all CPUs. Without, the message names the CPU itself, and has 8 bits for it
 * (MESSAGE_APIC_ID_MAX).
 */
uint32_t irq_reach(const struct irq *irq);
uint32_t irq_cpus(void);

/*
 * Waits until nothing can be in flight to targets that irqs have left behind, and frees those
 * (kernel/irq/drain.c); an irq that somebody moves meanwhile keeps its own. `mine`, which may be
 * NULL, is held by the caller and not moved.
 */
void irq_drain(struct irq *mine);

/* For tests: the same, where each CPU looks at its IRR by `look`, in the barrier's interrupt. */
void irq_drain_looking(struct irq *mine, void (*look)(void));

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

/*
 * The allocated irqs: how many; the first one (`next` leads on), while nobody allocates or frees
 * any; and a call for each, under a lock and with interrupts off.
 */
uint32_t irq_count(void);
struct irq *irq_first(void);
void irq_each(void (*function)(struct irq *irq, void *context), void *context);

/* Who holds an irq moves it; the others get -EBUSY. False when somebody holds it already. */
static inline bool irq_hold(struct irq *irq)
{
	return !__atomic_exchange_n(&irq->moving, 1, __ATOMIC_ACQUIRE);
}

static inline void irq_let_go(struct irq *irq)
{
	__atomic_store_n(&irq->moving, 0, __ATOMIC_RELEASE);
}

/* For whoever moves an irq in several steps: this is the gap with that number between them. */
static inline void irq_window(struct irq *irq, unsigned int number)
{
	if (irq->at_window)
		irq->at_window(irq, number);
}

/*
 * The move itself, of an irq that the caller holds, whether or not it is requested. With interrupts
 * off (a CPU that leaves) it waits for nobody, and fails with -ENOSPC where vectors that were left
 * behind would have to be freed first. Errors as irq_set_affinity().
 */
int irq_move(struct irq *irq, uint32_t cpu);

/*
 * Prints every allocated irq in the manner of /proc/interrupts: number, messages taken on each CPU,
 * leaf, device; below it each layer with its encoded words.
 */
void irq_dump(void);

/*
 * For tests: asked before each step that can fail, forwards only; what it returns other than 0 is
 * taken for the layer's own error. NULL: nobody is asked.
 */
enum irq_step { IRQ_STEP_ALLOC, IRQ_STEP_ACTIVATE, IRQ_STEP_SET_AFFINITY };
typedef int irq_failure(const struct irq *irq, const struct irq_layer *layer, enum irq_step step);
void irq_inject(irq_failure *failure);

#endif
