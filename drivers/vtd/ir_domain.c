// SPDX-License-Identifier: MIT
#include "drivers/vtd/ir_domain.h"

#include <asm-generic/errno.h>

#include "drivers/vtd/vtd.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/protocol.h"
#include "kernel/print.h"

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
	        .level_triggered = irq->leaf->end_of_interrupt,
	        .validation = irq->requester.bus_only ? IRTE_SVT_BUS_RANGE : IRTE_SVT_REQUESTER,
	        .source_id = irq->requester.bus_only ? bus << 8 | bus : id,
	};

	return irte_encode(&fields, unit->extended, entry);
}

/* This layer of the first irq of the block; of an irq alone, its own. */
static const struct irq_layer *first_layer(const struct irq *irq, const struct irq_layer *layer)
{
	return &irq->block->chain[layer - irq->chain];
}

static int ir_alloc(struct irq *irq, struct irq_layer *layer)
{
	struct vtd_unit *unit;
	int index;

	if (irq->block_offset) {
		*layer = *first_layer(irq, layer);
		layer->index += irq->block_offset;
		return 0;
	}
	unit = vtd_unit_for(&irq->requester);
	if (!unit)
		return -ENODEV;
	index = vtd_unit_allocate(unit, irq->block_size);
	if (index < 0)
		return index;
	layer->unit = unit;
	layer->index = index;
	return 0;
}

/*
 * An entry whose withdrawal hardware does not confirm may live on in its cache, so it is never
 * handed out again, nor is its block: the first irq, which is freed last, answers for all of them.
 * vtd_queue_submit() has said what went wrong.
 */
static void ir_free(struct irq *irq, struct irq_layer *layer)
{
	int error = 0;

	if (irq->block_offset)
		return;
	for (uint16_t n = 0; n < irq->block_size && !error; n++)
		error = vtd_unit_withdraw(layer->unit, layer->index + n);
	if (!error)
		vtd_unit_free(layer->unit, layer->index, irq->block_size);
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

/* By the irq's protocol, where that has a way of its own. */
static int store_entry(struct irq *irq, const struct irq_layer *layer, const struct irte *entry)
{
	struct vtd_unit *unit = layer->unit;

	if (irq->protocol && irq->protocol->update_entry)
		return irq->protocol->update_entry(irq, &unit->table[layer->index], entry);
	return vtd_unit_store_target(unit, layer->index, entry);
}

/* The windows are those of kernel/irq/protocols/remapped.c, with the protocol's own after W0. */
static int move_entry(struct irq *irq, const struct irq_layer *layer, const struct irte *entry)
{
	unsigned int stored = 1 + (irq->protocol ? irq->protocol->entry_windows : 0);
	int error;

	irq_window(irq, 0);
	error = store_entry(irq, layer, entry);
	if (error)
		return error;
	irq_window(irq, stored);
	error = vtd_unit_invalidate(layer->unit, layer->index);
	irq_window(irq, stored + 1);
	return error;
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
	error = move_entry(irq, layer, &entry);
	if (!error)
		return IRQ_ABSORBED;
	vtd_unit_store_target(unit, layer->index, &old);
	vtd_unit_invalidate(unit, layer->index);
	return error;
}

static int ir_compose(struct irq *irq, struct irq_layer *layer, struct message *message)
{
	if (irq->block_size > 1)
		*message = message_remappable_block(first_layer(irq, layer)->index);
	else
		*message = message_remappable(layer->index);
	return 0;
}

static void ir_describe(struct irq *irq, struct irq_layer *layer, char *buffer, size_t size)
{
	const struct vtd_unit *unit = layer->unit;
	int length = format(buffer, size, "%s entry %u: ", unit->name, layer->index);

	(void)irq;
	if ((size_t)length < size)
		irte_describe(&unit->table[layer->index], unit->extended, buffer + length,
		              size - length);
}

const struct irq_domain vtd_ir_domain = {
        .name = "vtd-ir",
        .alloc = ir_alloc,
        .free = ir_free,
        .activate = ir_activate,
        .deactivate = ir_deactivate,
        .set_affinity = ir_set_affinity,
        .compose = ir_compose,
        .describe = ir_describe,
};
