/* SPDX-License-Identifier: MIT */
/*
 * The host's side of HYPERCALL_IRTE_UPDATE (kernel/virt/hypercall.h): behind each message store
 * that a guest has, an irq of the host, the backing, and where in the guest its messages go.
 *
 *     device -> entry of the host -> host CPU -> backing: {vCPU, vector} -> that vCPU's local APIC
 *
 * The pair is one 8-byte word, written by one store and read once for each message, so that no
 * message goes to the vCPU of one target with the vector of another. A backing goes to the host CPU
 * on which the vCPU runs.
 *
 * Whose the message store is, differs. Where the guest writes it, the backing has a leaf of its
 * own, "backing", that touches no hardware, needs remapping (without it the message would name a
 * CPU and a vector of the host, for a guest to choose) and has a reservation like any other. Where
 * the host writes it, as a monitor does that traps the guest's writes, it has the source's leaf and
 * store.
 *
 * backing_update() and backing_follow() are called with interrupts on, outside of handlers, on any
 * CPU, by several at once: they take turns. As irqs are allocated and freed by one CPU at a time,
 * the host does neither elsewhere while its guest may.
 */
#ifndef RETARGET_KERNEL_VIRT_BACKING_H
#define RETARGET_KERNEL_VIRT_BACKING_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/irq.h"
#include "kernel/irq/source.h"

#define BACKING_DEVICES_MAX 4
#define BACKING_SLOTS_MAX   64 /* of all devices of a guest */

/* What a guest is to its backings. */
struct backing_ops {
	/*
	 * Makes `vector` pending at `vcpu` (0 .. vcpus - 1) and tells it. From a handler, with
	 * interrupts off. False when it was pending already and both are one now, or the vCPU's
	 * local APIC takes none.
	 */
	bool (*post)(void *guest, uint32_t vcpu, uint8_t vector);

	/* The host CPU on which the vCPU runs, or will when it runs next. */
	uint32_t (*cpu_of)(void *guest, uint32_t vcpu);
};

/* What was done in the host. Handlers write the last four, the others go by turns. */
struct backing_counts {
	uint64_t updates;   /* calls of backing_update() */
	uint64_t refused;   /* of these: answered with an error */
	uint64_t allocs;    /* irq_alloc() */
	uint64_t requests;  /* irq_request() */
	uint64_t moves;     /* irq_set_affinity() */
	uint64_t releases;  /* irq_release() */
	uint64_t frees;     /* irq_free() */
	uint64_t retargets; /* how often an entry got another target, for whichever of these */

	uint64_t posts;    /* messages that came in and were pending in the guest then, */
	uint64_t merged;   /* that post() said no to, */
	uint64_t unrouted; /* for which there was no {vCPU, vector}, */
	uint64_t strays;   /* that came in where the backing has no vector */
};

struct backings;

struct backing {
	struct irq *irq;             /* NULL: there is none */
	uint64_t target;             /* {vCPU, vector}; 0: none */
	uint32_t posting;            /* handlers that may have read an earlier target */
	struct message_store silent; /* writes nothing; of a store that is the guest's */
	struct backings *backings;
};

struct backing_device {
	struct source *source;
	const struct protocol *protocol;
	bool guest_writes;
	unsigned int first; /* of its slots, in `slots` below */
};

/* Those of one guest. */
struct backings {
	const struct backing_ops *ops;
	void *guest;
	uint32_t vcpus;
	uint32_t turn; /* 1: somebody is at it */
	unsigned int devices;
	struct backing_device device[BACKING_DEVICES_MAX];
	unsigned int slots; /* that the devices have */
	struct backing slot[BACKING_SLOTS_MAX];
	struct backing_counts counts;
};

/* None. `ops` and `guest` live as long as `backings`. */
void backing_init(struct backings *backings, const struct backing_ops *ops, void *guest,
                  uint32_t vcpus);

/*
 * From now on the guest has `source`, which is open, by handles with its requester id. Either the
 * guest writes its stores, or (false) the host does, by `protocol`, or by one store of the entry
 * where there is remapping. 0, -ENOSPC beyond the limits above, -EBUSY when the guest has a source
 * of that requester id.
 */
int backing_assign(struct backings *backings, struct source *source, bool guest_writes,
                   const struct protocol *protocol);

/* The call. What it returns goes to the guest. */
int64_t backing_update(struct backings *backings, uint64_t handle, uint64_t vector, uint64_t vcpu);

/*
 * `vcpu` runs on another host CPU now (ops->cpu_of()): its backings go there. How many could not;
 * they go on where they are, and deliver all the same.
 */
uint32_t backing_follow(struct backings *backings, uint32_t vcpu);

/* The guest has ended: gives all backings back, and takes the devices away. */
void backing_end(struct backings *backings);

/* How many there are. */
uint32_t backing_count(const struct backings *backings);

extern const struct irq_leaf irq_leaf_backing;

#endif
