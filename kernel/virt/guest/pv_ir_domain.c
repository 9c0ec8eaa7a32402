// SPDX-License-Identifier: MIT
#include "kernel/virt/guest/pv_ir_domain.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/bits.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/source.h"
#include "kernel/print.h"
#include "kernel/virt/guest/vmmcall.h"
#include "kernel/virt/hypercall.h"

/* irq_layer.index; irq_layer.unit is the source. */
#define LAYER_SLOT  GENMASK_ULL(31, 16)
#define LAYER_ENTRY GENMASK_ULL(15, 0)

static int64_t tell_host(const struct irq_layer *layer, uint8_t vector, uint32_t vcpu)
{
	const struct source *source = layer->unit;
	uint64_t handle = hypercall_handle(source->requester.id,
	                                   (uint16_t)field_get(LAYER_SLOT, layer->index));

	return vmmcall(HYPERCALL_IRTE_UPDATE, handle, vector, vcpu);
}

/* The irq's target, as the host knows it: which number the guest's shutdown vector has it does not.
 */
static int64_t tell_target(const struct irq *irq, const struct irq_layer *layer)
{
	const struct irq_target *target = &irq->target;

	return tell_host(layer,
	                 target->vector == VECTOR_SHUTDOWN ? HYPERCALL_VECTOR_RESERVED
	                                                   : target->vector,
	                 target->apic_id);
}

static bool find_slot(const struct irq *irq, struct source *source, unsigned int *slot)
{
	if (source->requester.id != irq->requester.id)
		return false;
	for (*slot = 0; *slot < source->slots; ++*slot)
		if (source->ops->store(source, *slot) == irq->store)
			return true;
	return false;
}

/* The host's resources are taken at activation: it is told of a target, or of none. */
static int pv_alloc(struct irq *irq, struct irq_layer *layer)
{
	struct source *source;
	unsigned int slot;

	if (irq->block_size > 1)
		return -EOPNOTSUPP;
	for (unsigned int n = 0; (source = source_get(n)); n++)
		if (find_slot(irq, source, &slot)) {
			layer->unit = source;
			layer->index = (uint32_t)field_set(LAYER_SLOT, slot);
			return 0;
		}
	return -ENODEV;
}

static int pv_activate(struct irq *irq, struct irq_layer *layer)
{
	int64_t entry = tell_target(irq, layer);

	if (entry < 0)
		return (int)entry;
	layer->index = (uint32_t)(field_set(LAYER_SLOT, field_get(LAYER_SLOT, layer->index)) |
	                          field_set(LAYER_ENTRY, (uint64_t)entry));
	return 0;
}

static void pv_deactivate(struct irq *irq, struct irq_layer *layer)
{
	(void)irq;
	tell_host(layer, HYPERCALL_VECTOR_NONE, 0);
}

/* The windows are those of kernel/irq/protocols/remapped.c; the call has no seam for W1. */
static int pv_set_affinity(struct irq *irq, struct irq_layer *layer, uint32_t cpu)
{
	int64_t entry;

	(void)cpu;
	irq_window(irq, 0);
	entry = tell_target(irq, layer);
	if (entry < 0)
		return (int)entry;
	irq_window(irq, 2);
	return IRQ_ABSORBED;
}

static int pv_compose(struct irq *irq, struct irq_layer *layer, struct message *message)
{
	(void)irq;
	*message = message_remappable((uint16_t)field_get(LAYER_ENTRY, layer->index));
	return 0;
}

static void pv_describe(struct irq *irq, struct irq_layer *layer, char *buffer, size_t size)
{
	const struct source *source = layer->unit;

	(void)irq;
	format(buffer, size, "slot %lu of %s: entry %lu of the host",
	       field_get(LAYER_SLOT, layer->index), source->name,
	       field_get(LAYER_ENTRY, layer->index));
}

const struct irq_domain pv_ir_domain = {
        .name = "pv-ir",
        .alloc = pv_alloc,
        .activate = pv_activate,
        .deactivate = pv_deactivate,
        .set_affinity = pv_set_affinity,
        .compose = pv_compose,
        .describe = pv_describe,
};
