// SPDX-License-Identifier: MIT
/*
 * What all leaves share, over the operations of a message store, and the leaves MSI, MSI-X and IMS,
 * which have nothing of their own. It never asks whether remapping is on; a move that the remapping
 * entry absorbs does not come here.
 */
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/domain.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/protocol.h"
#include "kernel/print.h"

/*
 * The device is silent, and masked if it can be, so the order of the words does not matter yet. Of
 * a block the first irq has the store of the one message.
 */
static int write_message(struct irq *irq)
{
	int error = irq_compose(irq, &irq->message);

	if (error)
		return error;
	store_write_message(irq->store, &irq->message);
	irq->store->ops->flush(irq->store);
	return 0;
}

int leaf_activate(struct irq *irq, struct irq_layer *layer)
{
	(void)layer;
	if (store_maskable(irq->store))
		irq->store->ops->mask(irq->store);
	return write_message(irq);
}

void leaf_deactivate(struct irq *irq, struct irq_layer *layer)
{
	(void)layer;
	if (store_maskable(irq->store))
		irq->store->ops->mask(irq->store);
	irq->store->ops->flush(irq->store);
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

int leaf_set_affinity(struct irq *irq, struct irq_layer *layer, uint32_t cpu)
{
	struct move move = {.irq = irq, .store = irq->store, .old = irq->message};
	int error;

	(void)layer, (void)cpu;
	if (!irq->active) {
		error = write_message(irq);
		return error ? error : IRQ_ABSORBED;
	}
	error = irq_compose(irq, &move.new);
	if (error)
		return error;
	if (irq->protocol->on_old_cpu)
		smp_call(irq->previous.cpu, run_protocol, &move);
	else
		run_protocol(&move);
	irq->message = move.new;
	return IRQ_ABSORBED;
}

void leaf_describe(struct irq *irq, struct irq_layer *layer, char *buffer, size_t size)
{
	struct message message;

	(void)layer;
	irq->store->ops->read(irq->store, &message);
	format(buffer, size, "address %08x_%08x, data %08x%s", message.address_hi,
	       message.address_lo, message.data,
	       message_is_remappable(&message) ? " (remappable)" : "");
}

/*
 * An IMS slot without a mask bit may be reserved all the same: its message is never written again,
 * only the entry it names.
 */
const struct irq_leaf irq_leaf_msi = {
        .domain = LEAF_DOMAIN("msi"),
        .reservation = IRQ_RESERVES_IF_MASKABLE,
};

const struct irq_leaf irq_leaf_msix = {
        .domain = LEAF_DOMAIN("msix"),
        .reservation = IRQ_RESERVES_IF_MASKABLE,
};

const struct irq_leaf irq_leaf_ims = {
        .domain = LEAF_DOMAIN("ims"),
        .needs_remapping = true,
        .reservation = IRQ_RESERVES_ALWAYS,
};
