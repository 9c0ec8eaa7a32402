// SPDX-License-Identifier: MIT
/*
 * The leaves MSI, MSI-X and IMS: one implementation over the operations of a message store. It
 * never asks whether remapping is on; a move that the remapping entry absorbs does not come here.
 */
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/domain.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/protocol.h"

/* The device is silent (or masked) here, so the order of the words does not matter yet. */
static int leaf_activate(struct irq *irq, struct irq_layer *layer)
{
	struct message_store *store = irq->store;
	int error = irq_compose(irq, &irq->message);

	(void)layer;
	if (error)
		return error;
	store_write_message(store, &irq->message);
	if (store_maskable(store))
		store->ops->unmask(store);
	store->ops->flush(store);
	return 0;
}

/* What the device has sent by now is taken before the layers above go. */
static void leaf_deactivate(struct irq *irq, struct irq_layer *layer)
{
	struct message_store *store = irq->store;

	(void)layer;
	if (store_maskable(store))
		store->ops->mask(store);
	store->ops->flush(store);
	barrier();
}

/*
 * With interrupts off, wherever it runs: who waits for a barrier then knows that a protocol under
 * way has ended, and that no message is held back behind a mask any more.
 */
static void run_protocol(void *argument)
{
	struct move *move = argument;
	uint64_t flags = interrupts_save();

	move->irq->protocol->move(move);
	interrupts_restore(flags);
}

static int leaf_set_affinity(struct irq *irq, struct irq_layer *layer, uint32_t cpu)
{
	struct move move = {.irq = irq, .store = irq->store, .old = irq->message};
	int error = irq_compose(irq, &move.new);

	(void)layer, (void)cpu;
	if (error)
		return error;
	if (irq->protocol->on_old_cpu)
		smp_call(irq->previous.cpu, run_protocol, &move);
	else
		run_protocol(&move);
	irq->message = move.new;
	return IRQ_ABSORBED;
}

#define LEAF(leaf_name, remapping_needed)                                                          \
	{                                                                                          \
		.domain = {.name = leaf_name,                                                      \
		           .activate = leaf_activate,                                              \
		           .deactivate = leaf_deactivate,                                          \
		           .set_affinity = leaf_set_affinity},                                     \
		.needs_remapping = remapping_needed,                                               \
	}

const struct irq_leaf irq_leaf_msi = LEAF("msi", false);
const struct irq_leaf irq_leaf_msix = LEAF("msix", false);
const struct irq_leaf irq_leaf_ims = LEAF("ims", true);
