// SPDX-License-Identifier: MIT
/*
 * The root of every chain: a CPU vector, and the message that reaches it directly. An irq that is
 * allocated and not requested has the shutdown vector, which all such irqs share.
 */
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/domain.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"

#define SHUTDOWN_CPU 0 /* never leaves */

/*
 * What irqs have left behind is free only after barriers, and a CPU that is leaving, with its
 * interrupts off, cannot wait for those.
 */
static int take_new_vector(struct irq *irq, uint32_t cpu)
{
	int error = irq->vectors < IRQ_VECTORS_MAX ? vector_alloc(irq, cpu) : -ENOSPC;

	if (error != -ENOSPC || !interrupts_on())
		return error;
	irq_drain(irq);
	return vector_alloc(irq, cpu);
}

static void aim(struct irq *irq, const struct cpu *cpu, uint8_t vector)
{
	irq->target.cpu = cpu->index;
	irq->target.apic_id = cpu->apic_id;
	irq->target.vector = vector;
	irq->target.generation = ++irq->last_generation;
}

/* The target stays what it was when there is no vector for a new one. */
static int choose_target(struct irq *irq, uint32_t cpu)
{
	const struct cpu *c = cpu_get(cpu);
	int error;

	if (!c || !vector_is_online(cpu))
		return -EINVAL;
	if (c->apic_id > irq->apic_id_max)
		return -ERANGE;
	error = irq->on[cpu].vector ? 0 : take_new_vector(irq, cpu);
	if (error)
		return error;
	aim(irq, c, irq->on[cpu].vector);
	vector_own(irq, &irq->target);
	return 0;
}

/*
 * Where most are left. When all are taken, those that irqs have left behind count for nothing: then
 * wherever there is one once these are free.
 */
static int choose_any_target(struct irq *irq)
{
	uint32_t cpus = irq_reach(irq);
	int best = cpus ? vector_best_cpu(cpus) : -ERANGE;
	int error = best < 0 ? best : choose_target(irq, (uint32_t)best);

	for (uint32_t cpu = 0; cpu < cpus && error == -ENOSPC; cpu++)
		if (vector_is_online(cpu))
			error = choose_target(irq, cpu);
	return error;
}

static int vector_activate(struct irq *irq, struct irq_layer *layer)
{
	(void)layer;
	if (!irq->reserves)
		return choose_any_target(irq);
	aim(irq, cpu_get(SHUTDOWN_CPU), VECTOR_SHUTDOWN);
	return 0;
}

static void vector_deactivate(struct irq *irq, struct irq_layer *layer)
{
	(void)layer;
	vector_free_others(irq, NULL);
}

static int vector_set_affinity(struct irq *irq, struct irq_layer *layer, uint32_t cpu)
{
	int error = 0;

	(void)layer;
	if (cpu == IRQ_CPU_SHUTDOWN)
		aim(irq, cpu_get(SHUTDOWN_CPU), VECTOR_SHUTDOWN);
	else if (cpu == IRQ_CPU_ANY)
		error = choose_any_target(irq);
	else
		error = choose_target(irq, cpu);
	return error ? error : IRQ_MESSAGE_CHANGED;
}

static int vector_compose(struct irq *irq, struct irq_layer *layer, struct message *message)
{
	(void)layer;
	return irq->store->wide
	               ? message_wide(irq->target.apic_id, irq->target.vector, message)
	               : message_compatibility(irq->target.apic_id, irq->target.vector, message);
}

static void vector_describe(struct irq *irq, struct irq_layer *layer, char *buffer, size_t size)
{
	const struct irq_target *target = &irq->target;

	(void)layer;
	format(buffer, size, "cpu %u (APIC id %u), vector %02x%s, %u kept in all", target->cpu,
	       target->apic_id, target->vector,
	       target->vector == VECTOR_SHUTDOWN ? " (shutdown)" : "", irq->vectors);
}

const struct irq_domain irq_vector_domain = {
        .name = "vector",
        .activate = vector_activate,
        .deactivate = vector_deactivate,
        .set_affinity = vector_set_affinity,
        .compose = vector_compose,
        .describe = vector_describe,
};
