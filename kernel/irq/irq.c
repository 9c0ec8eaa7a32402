// SPDX-License-Identifier: MIT
#include "kernel/irq/irq.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/irq_list.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"

static const struct irq_domain *remapping;
static irq_failure *inject;

int irq_set_remapping_domain(const struct irq_domain *domain)
{
	if (irq_count())
		return -EBUSY;
	remapping = domain;
	return 0;
}

void irq_inject(irq_failure *failure)
{
	inject = failure;
}

static int injected(const struct irq *irq, const struct irq_layer *layer, enum irq_step step)
{
	return inject ? inject(irq, layer, step) : 0;
}

static bool is_remapped(const struct irq_request *request)
{
	return remapping && !request->leaf->never_remapped && !request->requester.bypasses;
}

/*
 * An entry has room for every APIC id that the local APICs' mode has. A message without an entry
 * goes out as it is.
 */
static uint32_t apic_id_max(const struct irq *irq, bool remapped)
{
	bool in_one_piece = irq->protocol && irq->protocol->needs_mask;

	return remapped || (irq->store->wide && in_one_piece) ? UINT32_MAX : MESSAGE_APIC_ID_MAX;
}

static void build_chain(struct irq *irq, bool remapped)
{
	irq->chain[irq->levels++].domain = &irq->leaf->domain;
	if (remapped)
		irq->chain[irq->levels++].domain = remapping;
	irq->chain[irq->levels++].domain = &irq_vector_domain;
	irq->apic_id_max = apic_id_max(irq, remapped);
}

uint32_t irq_reach(const struct irq *irq)
{
	return cpu_count_to(irq->apic_id_max);
}

uint32_t irq_cpus(void)
{
	return remapping ? cpu_count() : cpu_count_to(MESSAGE_APIC_ID_MAX);
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
		int error = injected(irq, layer, IRQ_STEP_ALLOC);

		if (!error && layer->domain->alloc)
			error = layer->domain->alloc(irq, layer);
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
		int error = injected(irq, layer, IRQ_STEP_ACTIVATE);

		if (!error)
			error = layer->domain->activate(irq, layer);
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

	for (unsigned int i = irq->levels; i-- > 0 && result == IRQ_MESSAGE_CHANGED;) {
		struct irq_layer *layer = &irq->chain[i];

		result = injected(irq, layer, IRQ_STEP_SET_AFFINITY);
		if (!result)
			result = layer->domain->set_affinity(irq, layer, cpu);
	}
	return result;
}

int irq_move(struct irq *irq, uint32_t cpu)
{
	int result;

	cpu_progress();
	irq->previous = irq->target;
	result = move_layers(irq, cpu);
	if (result >= 0)
		return 0;
	irq->target = irq->previous;
	return result;
}

int irq_compose(struct irq *irq, struct message *message)
{
	return irq->chain[1].domain->compose(irq, &irq->chain[1], message);
}

static bool can_reserve(const struct irq_request *request, const struct message_store *store)
{
	if (request->without_reservation)
		return false;
	return request->leaf->reservation == IRQ_RESERVES_ALWAYS ||
	       (request->leaf->reservation == IRQ_RESERVES_IF_MASKABLE && store_maskable(store));
}

static void reserve(struct irq *irq)
{
	vector_reserve();
	irq->reserved = true;
}

static void unreserve(struct irq *irq)
{
	if (irq->reserved)
		vector_unreserve();
	irq->reserved = false;
}

static int take_layers(struct irq *irq)
{
	int error = alloc_layers(irq);

	if (error)
		return error;
	error = activate_layers(irq);
	if (error)
		free_layers(irq, 0);
	return error;
}

/* One irq of a block of `size`; `first` is NULL for the first one. */
static int alloc_one(const struct irq_request *request, struct message_store *store,
                     struct irq *first, unsigned int size, unsigned int offset, struct irq **out)
{
	struct irq *irq;
	int error;

	cpu_progress();
	if (request->leaf->needs_remapping && !is_remapped(request) &&
	    !request->without_remapping_on_purpose)
		return -ENODEV;
	irq = irq_list_new();
	if (!irq)
		return -ENOMEM;
	irq->leaf = request->leaf;
	irq->name = request->name;
	irq->store = store;
	irq->requester = request->requester;
	irq->protocol = request->protocol;
	irq->block = first ? first : irq;
	irq->block_size = (uint16_t)size;
	irq->block_offset = (uint16_t)offset;
	irq->reserves = can_reserve(request, store);
	build_chain(irq, is_remapped(request));
	error = take_layers(irq);
	if (error) {
		irq_list_discard(irq);
		return error;
	}
	if (irq->reserves)
		reserve(irq);
	irq_list_insert(irq);
	*out = irq;
	return 0;
}

int irq_alloc(const struct irq_request *request, struct irq **irq)
{
	return alloc_one(request, request->store, NULL, 1, 0, irq);
}

int irq_alloc_block(const struct irq_request *request, struct message_store *const *stores,
                    unsigned int count, struct irq **irqs)
{
	if (count > 1 && !is_remapped(request)) {
		print("# irq: %s asks for %u vectors and gets 1: without remapping they could "
		      "only move together, to vectors in a row\n",
		      request->name, count);
		count = 1;
	}
	for (unsigned int n = 0; n < count; n++) {
		struct irq *first = n ? irqs[0] : NULL;
		int error = alloc_one(request, stores[n], first, count, n, &irqs[n]);

		if (error) {
			while (n-- > 0)
				irq_free(irqs[n]);
			return error;
		}
	}
	return (int)count;
}

/* Nothing can be in flight to the shutdown vector that would be missed. */
void irq_free(struct irq *irq)
{
	irq_list_remove(irq);
	irq->chain[0].domain->deactivate(irq, &irq->chain[0]);
	if (irq->vectors)
		barrier();
	deactivate_layers(irq, 1);
	unreserve(irq);
	free_layers(irq, 0);
	irq_list_discard(irq);
}

static void startup(struct irq *irq)
{
	if (irq->leaf->startup)
		irq->leaf->startup(irq);
	else if (store_maskable(irq->store))
		irq->store->ops->unmask(irq->store);
	irq->store->ops->flush(irq->store);
}

static void shutdown(struct irq *irq)
{
	if (irq->leaf->shutdown)
		irq->leaf->shutdown(irq);
	else if (store_maskable(irq->store))
		irq->store->ops->mask(irq->store);
	irq->store->ops->flush(irq->store);
}

/* One that never reserves has a vector already, which is as good as any. */
static uint32_t cpu_for(const struct irq *irq, uint32_t cpu)
{
	return cpu == IRQ_CPU_ANY && irq->vectors ? irq->target.cpu : cpu;
}

/* The irq is held, and not requested. */
static int request(struct irq *irq, uint32_t cpu)
{
	int error = 0;

	if (!irq->vectors || irq->target.cpu != cpu)
		error = irq_move(irq, cpu);
	if (error) {
		irq->handler = irq->stray_handler = NULL;
		/* Silent until now, the device has sent nothing to a vector it had for a moment. */
		vector_free_others(irq, &irq->target);
		return error;
	}
	unreserve(irq);
	irq->active = true;
	startup(irq);
	return 0;
}

int irq_request(struct irq *irq, uint32_t cpu, irq_handler *handler, irq_handler *stray,
                void *context)
{
	int error = -EBUSY;

	if (cpu == IRQ_CPU_SHUTDOWN)
		return -EINVAL;
	if (!irq_hold(irq))
		return error;
	if (!irq->active) {
		irq->handler = handler;
		irq->stray_handler = stray;
		irq->context = context;
		error = request(irq, cpu_for(irq, cpu));
	}
	irq_let_go(irq);
	return error;
}

/* The irq is held. */
static int release(struct irq *irq)
{
	int error;

	shutdown(irq);
	barrier();
	irq->active = false;
	irq->handler = irq->stray_handler = NULL;
	error = irq->reserves ? irq_move(irq, IRQ_CPU_SHUTDOWN) : 0;
	if (error)
		return error;
	vector_free_others(irq, irq->reserves ? NULL : &irq->target);
	if (irq->reserves)
		reserve(irq);
	return 0;
}

/* Nobody moves it any more, but a drain may look at it. */
static void hold_when_let_go(struct irq *irq)
{
	if (irq_hold(irq))
		return;
	wait_begin("irq %lu to be let go", irq->number);
	while (!irq_hold(irq))
		pause();
	wait_end();
}

int irq_release(struct irq *irq)
{
	int error;

	hold_when_let_go(irq);
	error = irq->active || irq->reserves != irq->reserved ? release(irq) : -EINVAL;
	irq_let_go(irq);
	return error;
}

int irq_set_affinity(struct irq *irq, uint32_t cpu)
{
	int error = 0;

	if (!irq->active || !cpu_get(cpu))
		return -EINVAL;
	if (__atomic_load_n(&irq->wanted, __ATOMIC_RELAXED) || !irq_hold(irq))
		return -EBUSY;
	if (!irq->active)
		error = -EINVAL; /* released just before */
	else if (irq->target.cpu != cpu)
		error = irq_move(irq, cpu);
	irq_let_go(irq);
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
