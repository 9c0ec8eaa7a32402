// SPDX-License-Identifier: MIT
/*
 * The leaves MSI, MSI-X and IMS: one implementation over the operations of a message store. It
 * never asks whether remapping is on; its parent's answer to set_affinity() tells what is left to
 * do.
 */
#include "kernel/cpu/smp.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/domain.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/protocol.h"

static int leaf_alloc(struct irq *irq, unsigned int level, const struct irq_request *request)
{
	return irq_parent_alloc(irq, level, request);
}

static void leaf_free(struct irq *irq, unsigned int level)
{
	irq_parent_free(irq, level);
}

/* The device is silent (or masked) here, so the order of the words does not matter yet. */
static int leaf_activate(struct irq *irq, unsigned int level)
{
	struct message_store *store = irq->store;
	int error = irq_parent_activate(irq, level);

	if (error)
		return error;
	error = irq_parent_compose(irq, level, &irq->message);
	if (error) {
		irq_parent_deactivate(irq, level);
		return error;
	}
	store_write_message(store, &irq->message);
	if (store_maskable(store))
		store->ops->unmask(store);
	store->ops->flush(store);
	return 0;
}

/* What the device has sent by now is taken before the vector goes. */
static void leaf_deactivate(struct irq *irq, unsigned int level)
{
	struct message_store *store = irq->store;

	if (store_maskable(store))
		store->ops->mask(store);
	store->ops->flush(store);
	barrier();
	irq_parent_deactivate(irq, level);
}

static void run_protocol(void *argument)
{
	struct move *move = argument;

	move->irq->protocol->move(move);
}

/* By the irq's protocol, on the CPU where that has to run. */
static int rewrite_store(struct irq *irq, unsigned int level)
{
	struct move move = {.irq = irq, .store = irq->store, .old = irq->message};
	int error = irq_parent_compose(irq, level, &move.new);

	if (error)
		return error;
	if (irq->protocol->on_old_cpu)
		smp_call(irq->previous.cpu, run_protocol, &move);
	else
		run_protocol(&move);
	irq->message = move.new;
	return IRQ_MESSAGE_CHANGED;
}

static int leaf_set_affinity(struct irq *irq, unsigned int level, unsigned int cpu)
{
	int result = irq_parent_set_affinity(irq, level, cpu);

	return result == IRQ_MESSAGE_CHANGED ? rewrite_store(irq, level) : result;
}

static int leaf_compose(struct irq *irq, unsigned int level, struct message *message)
{
	return irq_parent_compose(irq, level, message);
}

#define LEAF(leaf_name, remapping_needed)                                                          \
	{                                                                                          \
		.domain =                                                                          \
		        {                                                                          \
		                .name = leaf_name,                                                 \
		                .alloc = leaf_alloc,                                               \
		                .free = leaf_free,                                                 \
		                .activate = leaf_activate,                                         \
		                .deactivate = leaf_deactivate,                                     \
		                .set_affinity = leaf_set_affinity,                                 \
		                .compose = leaf_compose,                                           \
		        },                                                                         \
		.needs_remapping = remapping_needed,                                               \
	}

const struct irq_leaf irq_leaf_msi = LEAF("msi", false);
const struct irq_leaf irq_leaf_msix = LEAF("msix", false);
const struct irq_leaf irq_leaf_ims = LEAF("ims", true);
