// SPDX-License-Identifier: MIT
#include "tests/idle_store.h"

#include <stddef.h>

#include "kernel/irq/domain.h"
#include "tests/arms.h"

_Static_assert(offsetof(struct idle_store, store) == 0, "the two pointers below are one");

static struct idle_store *idle_of(struct message_store *store)
{
	return (struct idle_store *)store;
}

static void idle_read(struct message_store *store, struct message *message)
{
	*message = idle_of(store)->message;
}

static void idle_write(struct message_store *store, enum message_word word, uint32_t value)
{
	struct message *message = &idle_of(store)->message;

	switch (word) {
	case MESSAGE_ADDRESS_LO:
		message->address_lo = value;
		break;
	case MESSAGE_ADDRESS_HI:
		message->address_hi = value;
		break;
	case MESSAGE_DATA:
		message->data = value;
		break;
	}
}

/* Nothing was sent that would have to come in first. */
static void idle_flush(struct message_store *store)
{
	(void)store;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void idle_mask(struct message_store *store)
{
	idle_of(store)->masked = true;
}

static void idle_unmask(struct message_store *store)
{
	idle_of(store)->masked = false;
}

static bool idle_pending(struct message_store *store)
{
	(void)store;
	return false;
}

static const struct message_store_ops unmaskable_ops = {
        .read = idle_read,
        .write = idle_write,
        .flush = idle_flush,
};

static const struct message_store_ops maskable_ops = {
        .read = idle_read,
        .write = idle_write,
        .flush = idle_flush,
        .mask = idle_mask,
        .unmask = idle_unmask,
        .pending = idle_pending,
};

void idle_store_init(struct idle_store *idle, bool maskable)
{
	*idle = (struct idle_store){
	        .store = {.ops = maskable ? &maskable_ops : &unmaskable_ops, .wide = true},
	        .masked = maskable,
	};
}

static const struct irq_leaf vectors_only = {
        .domain = LEAF_DOMAIN("idle"),
        .never_remapped = true,
        .reservation = IRQ_RESERVES_IF_MASKABLE,
};

struct irq_request idle_request(struct idle_store *idle, const struct source *source,
                                bool remapping)
{
	bool has_entry = source && source_is_remapped(source);

	return (struct irq_request){
	        .leaf = has_entry ? &irq_leaf_msix : &vectors_only,
	        .store = &idle->store,
	        .requester = has_entry ? source->requester : (struct requester){0},
	        .name = "idle",
	        .protocol = has_entry || !store_maskable(&idle->store)
	                            ? arms_lossless_protocol(has_entry && remapping)
	                            : protocol_find("masked"),
	};
}

void fillers_init(struct fillers *fillers, const struct source *source, bool remapping)
{
	idle_store_init(&fillers->store, true);
	fillers->request = idle_request(&fillers->store, source, remapping);
	fillers->count = 0;
}

int fillers_alloc(struct fillers *fillers, struct irq **irq)
{
	struct irq *new;
	int error = irq_alloc(&fillers->request, &new);

	if (error)
		return error;
	fillers->count++;
	if (irq)
		*irq = new;
	return 0;
}

int fillers_request(struct fillers *fillers, uint32_t cpu, struct irq **irq)
{
	struct irq *new;
	int error = fillers_alloc(fillers, &new);

	if (error)
		return error;
	error = irq_request(new, cpu, NULL, NULL, NULL);
	if (error)
		fillers_free_one(fillers, new);
	else if (irq)
		*irq = new;
	return error;
}

void fillers_free_one(struct fillers *fillers, struct irq *irq)
{
	if (irq->active)
		irq_release(irq);
	irq_free(irq);
	fillers->count--;
}

void fillers_free(struct fillers *fillers)
{
	struct irq *next;

	for (struct irq *irq = irq_first(); irq; irq = next) {
		next = irq->next;
		if (irq->store == &fillers->store.store)
			fillers_free_one(fillers, irq);
	}
}
