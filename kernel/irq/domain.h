/* SPDX-License-Identifier: MIT */
/*
 * Irq domains: the layers an interrupt goes through, from its message store up to the CPU.
 *
 *                     |-- MSI
 *     vector <- [IR] <-|-- MSI-X
 *                     |-- IMS
 *
 * Each irq has a chain of layers: chain[0] is its leaf, the last one the vector domain, and the
 * interrupt-remapping domain stands between when remapping was on as the irq was allocated. A layer
 * calls its parent first and then does its own part; on an error the caller undoes what was done.
 *
 * The difference that remapping makes is one return value: set_affinity() of the parent says either
 * IRQ_MESSAGE_CHANGED (the leaf must rewrite its store, by a protocol) or IRQ_ABSORBED (the
 * remapping entry took the change; the leaf leaves the device alone). No leaf asks whether
 * remapping is on.
 */
#ifndef RETARGET_KERNEL_IRQ_DOMAIN_H
#define RETARGET_KERNEL_IRQ_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/message.h"

struct irq;
struct irq_request;

enum irq_set_affinity_result {
	IRQ_MESSAGE_CHANGED = 1,
	IRQ_ABSORBED = 2,
};

/*
 * Who sends the messages, as the fabric shows it: the requester id that reaches the remapping
 * hardware, bridges included, and how much of it a bridge leaves intact.
 */
struct requester {
	uint16_t segment;
	uint16_t id;         /* bus 15:8, device 7:3, function 2:0 */
	bool bus_only;       /* behind a bridge that may take any id of bus `id` >> 8 */
	uint16_t device_bus; /* where the device itself sits, to find its remapping unit: segment's
	                        bus */
	uint8_t device_devfn;
};

struct irq_domain {
	const char *name; /* as printed: "vector", "vtd-ir", "msi", "msix", "ims" */

	/* Takes what the irq needs in this layer. 0 or a negative errno with nothing taken. */
	int (*alloc)(struct irq *irq, unsigned int level, const struct irq_request *request);
	void (*free)(struct irq *irq, unsigned int level);

	/* Makes the layer deliver to the target the vector domain chose. 0 or a negative errno. */
	int (*activate)(struct irq *irq, unsigned int level);
	void (*deactivate)(struct irq *irq, unsigned int level);

	/* An irq_set_affinity_result, or a negative errno with the old target still in force. */
	int (*set_affinity)(struct irq *irq, unsigned int level, unsigned int cpu);

	/* The message a device must send to reach this layer. 0 or a negative errno. */
	int (*compose)(struct irq *irq, unsigned int level, struct message *message);
};

/* A leaf and what it demands. */
struct irq_leaf {
	struct irq_domain domain;
	bool needs_remapping; /* allocation without it fails with -ENODEV: "IMS needs ..." */
};

extern const struct irq_leaf irq_leaf_msi, irq_leaf_msix, irq_leaf_ims;
extern const struct irq_domain irq_vector_domain;

/*
 * From now on every irq allocated gets `domain` between its leaf and the vector domain; NULL: none.
 * The remapping driver calls it as it switches the hardware on and off; -EBUSY while irqs exist.
 */
int irq_set_remapping_domain(const struct irq_domain *domain);

/* The parent of `level` in the irq's chain does its part; what leaves and layers call. */
int irq_parent_alloc(struct irq *irq, unsigned int level, const struct irq_request *request);
void irq_parent_free(struct irq *irq, unsigned int level);
int irq_parent_activate(struct irq *irq, unsigned int level);
void irq_parent_deactivate(struct irq *irq, unsigned int level);
int irq_parent_set_affinity(struct irq *irq, unsigned int level, unsigned int cpu);
int irq_parent_compose(struct irq *irq, unsigned int level, struct message *message);

#endif
