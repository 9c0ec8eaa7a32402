// SPDX-License-Identifier: MIT
/*
 * The root of every chain: a CPU vector, and the message that reaches it directly. A vector is
 * taken when the irq is activated; an irq that is only allocated costs none.
 */
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/domain.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/vector.h"

static int take_new_vector(struct irq *irq, uint32_t cpu)
{
	uint8_t vector = irq->vectors < IRQ_VECTORS_MAX ? vector_alloc(irq, cpu) : 0;

	if (!vector && irq->vectors > 1) {
		irq_drain(irq);
		vector = vector_alloc(irq, cpu);
	}
	if (!vector)
		return -ENOSPC;
	irq->vector_on[cpu] = vector;
	irq->vectors++;
	return 0;
}

/* The target stays what it was when there is no vector for a new one. */
static int choose_target(struct irq *irq, uint32_t cpu)
{
	const struct cpu *c = cpu_get(cpu);
	int error;

	if (!c)
		return -EINVAL;
	error = irq->vector_on[cpu] ? 0 : take_new_vector(irq, cpu);
	if (error)
		return error;
	irq->target.cpu = cpu;
	irq->target.apic_id = c->apic_id;
	irq->target.vector = irq->vector_on[cpu];
	irq->target.generation = ++irq->last_generation;
	vector_own(irq, &irq->target);
	return 0;
}

static int vector_activate(struct irq *irq, struct irq_layer *layer)
{
	(void)layer;
	return choose_target(irq, irq->target.cpu);
}

static void vector_deactivate(struct irq *irq, struct irq_layer *layer)
{
	(void)layer;
	vector_free_others(irq, NULL);
}

static int vector_set_affinity(struct irq *irq, struct irq_layer *layer, uint32_t cpu)
{
	int error = choose_target(irq, cpu);

	(void)layer;
	return error ? error : IRQ_MESSAGE_CHANGED;
}

static int vector_compose(struct irq *irq, struct irq_layer *layer, struct message *message)
{
	(void)layer;
	return message_compatibility(irq->target.apic_id, irq->target.vector, message);
}

const struct irq_domain irq_vector_domain = {
        .name = "vector",
        .activate = vector_activate,
        .deactivate = vector_deactivate,
        .set_affinity = vector_set_affinity,
        .compose = vector_compose,
};
