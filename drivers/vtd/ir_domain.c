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

static bool is_present(const struct vtd_unit *unit, uint16_t index)
{
	return unit->table[index].lo & IRTE_LO_P;
}

static int ir_alloc(struct irq *irq, unsigned int level, const struct irq_request *request)
{
	struct vtd_unit *unit = vtd_unit_for(&request->requester);
	int index, error;

	if (!unit)
		return -ENODEV;
	error = irq_parent_alloc(irq, level, request);
	if (error)
		return error;
	index = vtd_unit_allocate(unit);
	if (index < 0) {
		irq_parent_free(irq, level);
		return index;
	}
	irq->chain[level].unit = unit;
	irq->chain[level].index = index;
	return 0;
}

/*
 * An entry whose withdrawal hardware does not confirm may live on in its cache, so it is never
 * handed out again. vtd_queue_submit() has said what went wrong.
 */
static void ir_free(struct irq *irq, unsigned int level)
{
	struct vtd_unit *unit = irq->chain[level].unit;
	uint16_t index = irq->chain[level].index;

	if (!vtd_unit_withdraw(unit, index))
		vtd_unit_free(unit, index);
	irq_parent_free(irq, level);
}

/* The second activation, with a real vector in place of the reserved one, finds the entry there. */
static int ir_activate(struct irq *irq, unsigned int level)
{
	struct vtd_unit *unit = irq->chain[level].unit;
	uint16_t index = irq->chain[level].index;
	struct irte entry;
	int error = irq_parent_activate(irq, level);

	if (error)
		return error;
	error = entry_for_target(irq, unit, &entry);
	if (!error)
		error = is_present(unit, index) ? vtd_unit_publish_target(unit, index, &entry)
		                                : vtd_unit_publish_new(unit, index, &entry);
	if (error)
		irq_parent_deactivate(irq, level);
	return error;
}

static void ir_deactivate(struct irq *irq, unsigned int level)
{
	vtd_unit_withdraw(irq->chain[level].unit, irq->chain[level].index);
	irq_parent_deactivate(irq, level);
}

static int ir_set_affinity(struct irq *irq, unsigned int level, unsigned int cpu)
{
	struct vtd_unit *unit = irq->chain[level].unit;
	uint16_t index = irq->chain[level].index;
	const struct irte old = unit->table[index];
	struct irte entry = old;
	int error = irq_parent_set_affinity(irq, level, cpu);

	if (error < 0)
		return error;
	error = irte_retarget(&entry, irq->target.apic_id, irq->target.vector, unit->extended);
	if (error)
		return error;
	error = vtd_unit_publish_target(unit, index, &entry);
	if (!error)
		return IRQ_ABSORBED;
	vtd_unit_publish_target(unit, index, &old);
	return error;
}

static int ir_compose(struct irq *irq, unsigned int level, struct message *message)
{
	*message = message_remappable(irq->chain[level].index);
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
