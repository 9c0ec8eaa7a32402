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

/* The layers of the chain from `from` on, towards the vector. */
static void free_layers(struct irq *irq, unsigned int from)
{
	for (unsigned int i = from; i < irq->levels; i++)
		if (irq->chain[i].domain->free)
			irq->chain[i].domain->free(irq, &irq->chain[i]);
}

static int alloc_layers(struct irq *irq)
{
	for (unsigned int i = irq->levels; i-- > 0;) {
		struct irq_layer *layer = &irq->chain[i];
		int error = layer->domain->alloc ? layer->domain->alloc(irq, layer) : 0;

		if (error) {
			free_layers(irq, i + 1);
			return error;
		}
	}
	return 0;
}

static void deactivate_layers(struct irq *irq, unsigned int from)
{
	for (unsigned int i = from; i < irq->levels; i++)
		irq->chain[i].domain->deactivate(irq, &irq->chain[i]);
}

static int activate_layers(struct irq *irq)
{
	for (unsigned int i = irq->levels; i-- > 0;) {
		struct irq_layer *layer = &irq->chain[i];
		int error = layer->domain->activate(irq, layer);

		if (error) {
			deactivate_layers(irq, i + 1);
			return error;
		}
	}
	return 0;
}

/* Until a layer absorbs the move. */
static int move_layers(struct irq *irq, uint32_t cpu)
{
	int result = IRQ_MESSAGE_CHANGED;

	for (unsigned int i = irq->levels; i-- > 0 && result == IRQ_MESSAGE_CHANGED;)
		result = irq->chain[i].domain->set_affinity(irq, &irq->chain[i], cpu);
	return result;
}

int irq_compose(struct irq *irq, struct message *message)
{
	return irq->chain[1].domain->compose(irq, &irq->chain[1], message);
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
	error = alloc_layers(irq);
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
	free_layers(irq, 0);
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
	error = activate_layers(irq);
	irq->active = !error;
	return error;
}

void irq_drain(struct irq *irq)
{
	barrier();
	vector_free_others(irq, &irq->target);
}

void irq_release(struct irq *irq)
{
	deactivate_layers(irq, 0);
	irq->active = false;
}

static int move_to(struct irq *irq, uint32_t cpu)
{
	int result;

	if (irq->target.cpu == cpu)
		return 0;
	irq->previous = irq->target;
	result = move_layers(irq, cpu);
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
