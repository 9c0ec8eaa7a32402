// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/vector.h"
#include "kernel/memory.h"
#include "kernel/string.h"

static const struct irq_domain *remapping;
static struct irq *free_list; /* linked through `context` */
static uint32_t allocated;

int irq_set_remapping_domain(const struct irq_domain *domain)
{
	if (allocated)
		return -EBUSY;
	remapping = domain;
	return 0;
}

uint32_t irq_count(void)
{
	return allocated;
}

static void build_chain(struct irq *irq, const struct irq_request *request)
{
	irq->chain[irq->levels++].domain = &request->leaf->domain;
	if (remapping)
		irq->chain[irq->levels++].domain = remapping;
	irq->chain[irq->levels++].domain = &irq_vector_domain;
}

int irq_alloc(const struct irq_request *request, struct irq **out)
{
	size_t size = sizeof(struct irq) + cpu_count();
	struct irq *irq = free_list;
	int error;

	if (request->leaf->needs_remapping && !remapping && !request->without_remapping_on_purpose)
		return -ENODEV;
	if (irq)
		free_list = irq->context;
	else
		irq = memory_alloc(size, 64);
	if (!irq)
		return -ENOMEM;
	memset(irq, 0, size);
	irq->store = request->store;
	irq->requester = request->requester;
	irq->protocol = request->protocol;
	build_chain(irq, request);
	error = irq->chain[0].domain->alloc(irq, 0, request);
	if (error) {
		irq->context = free_list;
		free_list = irq;
		return error;
	}
	allocated++;
	*out = irq;
	return 0;
}

void irq_free(struct irq *irq)
{
	irq->chain[0].domain->free(irq, 0);
	irq->context = free_list;
	free_list = irq;
	allocated--;
}

int irq_request(struct irq *irq, uint32_t cpu, irq_handler *handler, irq_handler *stray,
                void *context)
{
	int error;

	irq->handler = handler;
	irq->stray_handler = stray;
	irq->context = context;
	irq->target.cpu = cpu;
	error = irq->chain[0].domain->activate(irq, 0);
	irq->active = !error;
	return error;
}

void irq_drain(struct irq *irq)
{
	barrier();
	vector_free_others(irq, &irq->target);
}

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

int irq_choose_target(struct irq *irq, uint32_t cpu)
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

void irq_release(struct irq *irq)
{
	irq->chain[0].domain->deactivate(irq, 0);
	irq->active = false;
}

static int move_to(struct irq *irq, uint32_t cpu)
{
	int result;

	if (irq->target.cpu == cpu)
		return 0;
	irq->previous = irq->target;
	result = irq->chain[0].domain->set_affinity(irq, 0, cpu);
	if (result >= 0)
		return 0;
	irq->target = irq->previous;
	return result;
}

int irq_set_affinity(struct irq *irq, uint32_t cpu)
{
	int error;

	if (!irq->active)
		return -EINVAL;
	if (__atomic_exchange_n(&irq->moving, 1, __ATOMIC_ACQUIRE))
		return -EBUSY;
	error = move_to(irq, cpu);
	__atomic_store_n(&irq->moving, 0, __ATOMIC_RELEASE);
	return error;
}

void irq_replay(struct irq *irq)
{
	__atomic_add_fetch(&irq->replays_sent, 1, __ATOMIC_SEQ_CST);
	apic_send(irq->target.apic_id, irq->target.vector);
}

void irq_expect_intermediate(struct irq *irq)
{
	struct irq_target between = irq->previous;

	between.vector = irq->target.vector;
	vector_expect_intermediate(irq, &between);
}

int irq_parent_alloc(struct irq *irq, unsigned int level, const struct irq_request *request)
{
	return irq->chain[level + 1].domain->alloc(irq, level + 1, request);
}

void irq_parent_free(struct irq *irq, unsigned int level)
{
	irq->chain[level + 1].domain->free(irq, level + 1);
}

int irq_parent_activate(struct irq *irq, unsigned int level)
{
	return irq->chain[level + 1].domain->activate(irq, level + 1);
}

void irq_parent_deactivate(struct irq *irq, unsigned int level)
{
	irq->chain[level + 1].domain->deactivate(irq, level + 1);
}

int irq_parent_set_affinity(struct irq *irq, unsigned int level, unsigned int cpu)
{
	return irq->chain[level + 1].domain->set_affinity(irq, level + 1, cpu);
}

int irq_parent_compose(struct irq *irq, unsigned int level, struct message *message)
{
	return irq->chain[level + 1].domain->compose(irq, level + 1, message);
}
