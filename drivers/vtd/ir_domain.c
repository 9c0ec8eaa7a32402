// SPDX-License-Identifier: MIT
#include "drivers/vtd/ir_domain.h"

#include <asm-generic/errno.h>

#include "drivers/vtd/vtd.h"
#include "kernel/irq/irq.h"

/*
 * The entry for the irq's target. Only its own source may use it: the requester id in full, or,
 * where a bridge may have put any id of its bus in, the bus (VT-d r5.10, 5.1.1, Identifying
 * Origination of Interrupt Requests).
 */
static int entry_for_target(const struct irq *irq, const struct vtd_unit *unit, struct irte *entry)
{
	uint16_t id = irq->requester.id;
	uint8_t bus = id >> 8;
	const struct irte_fields fields = {
	        .present = true,
	        .vector = irq->target.vector,
	        .destination = irq->target.apic_id,
	        .validation = irq->requester.bus_only ? IRTE_SVT_BUS_RANGE : IRTE_SVT_REQUESTER,
	        .source_id = irq->requester.bus_only ? bus << 8 | bus : id,
	};

	return irte_encode(&fields, unit->extended, entry);
}

static int ir_alloc(struct irq *irq, struct irq_layer *layer)
{
	struct vtd_unit *unit = vtd_unit_for(&irq->requester);
	int index;

	if (!unit)
		return -ENODEV;
	index = vtd_unit_allocate(unit);
	if (index < 0)
		return index;
	layer->unit = unit;
	layer->index = index;
	return 0;
}

/*
 * An entry whose withdrawal hardware does not confirm may live on in its cache, so it is never
 * handed out again. vtd_queue_submit() has said what went wrong.
 */
static void ir_free(struct irq *irq, struct irq_layer *layer)
{
	(void)irq;
	if (!vtd_unit_withdraw(layer->unit, layer->index))
		vtd_unit_free(layer->unit, layer->index);
}

static int ir_activate(struct irq *irq, struct irq_layer *layer)
{
	struct irte entry;
	int error = entry_for_target(irq, layer->unit, &entry);

	if (error)
		return error;
	error = vtd_unit_publish_new(layer->unit, layer->index, &entry);
	if (error)
		vtd_unit_withdraw(layer->unit, layer->index);
	return error;
}

static void ir_deactivate(struct irq *irq, struct irq_layer *layer)
{
	(void)irq;
	vtd_unit_withdraw(layer->unit, layer->index);
}

static int ir_set_affinity(struct irq *irq, struct irq_layer *layer, uint32_t cpu)
{
	struct vtd_unit *unit = layer->unit;
	const struct irte old = unit->table[layer->index];
	struct irte entry = old;
	int error = irte_retarget(&entry, irq->target.apic_id, irq->target.vector, unit->extended);

	(void)cpu;
	if (error)
		return error;
	error = vtd_unit_publish_target(unit, layer->index, &entry);
	if (!error)
		return IRQ_ABSORBED;
	vtd_unit_publish_target(unit, layer->index, &old);
	return error;
}

static int ir_compose(struct irq *irq, struct irq_layer *layer, struct message *message)
{
	(void)irq;
	*message = message_remappable(layer->index);
	return 0;
}

const struct irq_domain vtd_ir_domain = {
        .name = "vtd-ir",
        .alloc = ir_alloc,
        .free = ir_free,
        .activate = ir_activate,
        .deactivate = ir_deactivate,
        .set_affinity = ir_set_affinity,
        .compose = ir_compose,
};
