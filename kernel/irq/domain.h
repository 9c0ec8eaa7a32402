/* SPDX-License-Identifier: MIT */
/*
 * Irq domains: the layers an interrupt goes through, from its message store up to the CPU.
 *
 *                      |-- IO-APIC (edge, level)
 *                      |-- MSI (one vector or several)
 *     vector <- [IR] <-|-- MSI-X
 *       ^              |-- IMS
 *       |              '-- HPET FSB
 *       |
 *       '-- the remapping unit's own events, never remapped
 *
 * Each irq has a chain of layers: chain[0] is its leaf, the last one the vector domain, and the
 * interrupt-remapping domain stands between when remapping was on as the irq was allocated.
 * kernel/irq/irq.c goes through the chain: to take, to activate and to move from the vector towards
 * the leaf, to give back from the leaf towards the vector; when a layer fails it undoes those
 * before. A layer does its own part only and knows no other layer. alloc, free and describe may be
 * NULL, and compose is in a leaf: there is no layer below it.
 *
 * The difference that remapping makes is one return value. A move goes from the vector towards the
 * leaf until a layer says IRQ_ABSORBED: with remapping that is the entry, and the device is left
 * alone; without, nobody absorbs it before the leaf, which rewrites its store by a protocol. No
 * leaf asks whether remapping is on.
 */
#ifndef RETARGET_KERNEL_IRQ_DOMAIN_H
#define RETARGET_KERNEL_IRQ_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/irq/message.h"

struct irq;
struct irq_request;

enum irq_set_affinity_result {
	IRQ_MESSAGE_CHANGED = 1, /* what the layer below sends must change, too */
	IRQ_ABSORBED = 2,        /* the layers below need not know */
};

/*
 * Who sends the messages, as the fabric shows it: the requester id that reaches the remapping
 * hardware, bridges included, and how much of it a bridge leaves intact.
 */
struct requester {
	uint16_t segment;
	uint16_t id;         /* bus 15:8, device 7:3, function 2:0 */
	bool bus_only;       /* behind a bridge that may take any id of bus `id` >> 8 */
	uint16_t device_bus; /* where the device itself sits: decides which unit remaps it, */
	uint8_t device_devfn;
	bool by_name;  /* unless a table names the unit, as for IO-APICs and HPETs: */
	void *unit;    /* then it is this one; NULL: none */
	bool bypasses; /* no remapping hardware covers it: its irqs go without, in any phase */
};

/* A layer of one irq. `unit` and `index` are the domain's own: which table, which entry. */
struct irq_layer {
	const struct irq_domain *domain;
	void *unit;
	uint32_t index;
};

struct irq_domain {
	const char *name; /* "vector", "vtd-ir", "msi", "msix", "ims", ... */

	/*
	 * Takes what the irq needs in this layer; the first irq of a block (irq->block_size > 1,
	 * irq->block_offset 0) takes it for the whole block, in one piece that is aligned to its
	 * size. 0 or a negative errno with nothing taken.
	 */
	int (*alloc)(struct irq *irq, struct irq_layer *layer);
	void (*free)(struct irq *irq, struct irq_layer *layer);

	/* Makes the layer deliver to irq->target. 0 or a negative errno with nothing done. */
	int (*activate)(struct irq *irq, struct irq_layer *layer);
	void (*deactivate)(struct irq *irq, struct irq_layer *layer);

	/*
	 * Moves this layer to irq->target, which the vector domain makes one on `cpu` (or the
	 * shutdown vector: IRQ_CPU_SHUTDOWN). An irq_set_affinity_result, or a negative errno with
	 * the layer as it was.
	 */
	int (*set_affinity)(struct irq *irq, struct irq_layer *layer, uint32_t cpu);

	/* The message that a device must send to reach this layer. 0 or a negative errno. */
	int (*compose)(struct irq *irq, struct irq_layer *layer, struct message *message);

	/* What the layer holds for the irq, with its encoded words, on one line; for irq_dump(). */
	void (*describe)(struct irq *irq, struct irq_layer *layer, char *buffer, size_t size);
};

/* Whether an irq that is allocated, and not requested, does without a vector of its own. */
enum irq_reservation {
	IRQ_RESERVES_NEVER,
	IRQ_RESERVES_IF_MASKABLE, /* else the device could send to the shutdown vector */
	IRQ_RESERVES_ALWAYS,
};

/* A leaf and what it demands. */
struct irq_leaf {
	struct irq_domain domain;
	bool needs_remapping; /* allocation without it fails with -ENODEV: "IMS needs ..." */
	bool never_remapped;  /* its messages do not pass the remapping hardware, whoever sends */
	enum irq_reservation reservation;

	/*
	 * Lets messages come, and stops them, where the store's mask bit is not for that: an
	 * IO-APIC pin that loses the edge that comes while it is masked. NULL: the mask bit is, if
	 * there is one.
	 */
	void (*startup)(struct irq *irq);
	void (*shutdown)(struct irq *irq);

	/*
	 * For a level-triggered irq, else NULL. Its handler runs before the end of interrupt; this
	 * runs after the local APIC's, on the same CPU, and tells the one that sent the message
	 * where the local APIC's word does not reach it.
	 */
	void (*end_of_interrupt)(struct irq *irq);
};

extern const struct irq_leaf irq_leaf_msi, irq_leaf_msix, irq_leaf_ims;
extern const struct irq_leaf irq_leaf_ioapic_edge, irq_leaf_ioapic_level;
extern const struct irq_leaf irq_leaf_hpet, irq_leaf_vtd_event;
extern const struct irq_domain irq_vector_domain;

/*
 * The steps that all leaves share: over the operations of irq->store, by irq->protocol
 * (kernel/irq/leaf.c). A leaf that has more to do calls them.
 */
int leaf_activate(struct irq *irq, struct irq_layer *layer);
void leaf_deactivate(struct irq *irq, struct irq_layer *layer);
int leaf_set_affinity(struct irq *irq, struct irq_layer *layer, uint32_t cpu);
void leaf_describe(struct irq *irq, struct irq_layer *layer, char *buffer, size_t size);

/* The designated initialisers of those, for a leaf's `domain`. */
#define LEAF_DOMAIN(leaf_name)                                                                     \
	{                                                                                          \
		.name = leaf_name, .activate = leaf_activate, .deactivate = leaf_deactivate,       \
		.set_affinity = leaf_set_affinity, .describe = leaf_describe,                      \
	}

/*
 * From now on every irq allocated gets `domain` between its leaf and the vector domain; NULL: none.
 * The remapping driver calls it as it switches the hardware on and off; -EBUSY while irqs exist.
 */
int irq_set_remapping_domain(const struct irq_domain *domain);

/* The message the irq's device must send, by the layer next to its leaf. 0 or a negative errno. */
int irq_compose(struct irq *irq, struct message *message);

#endif
