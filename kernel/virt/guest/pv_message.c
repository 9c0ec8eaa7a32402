// SPDX-License-Identifier: MIT
#include "kernel/virt/guest/pv_message.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/irq/protocol.h"
#include "kernel/string.h"
#include "kernel/virt/guest/vmmcall.h"

_Static_assert(offsetof(struct pv_message_slot, store) == 0, "the two pointers below are one");
_Static_assert(offsetof(struct pv_message, source) == 0, "and these");

static struct pv_message_slot *slot_of(struct message_store *store)
{
	return (struct pv_message_slot *)store;
}

static struct message_store *real_of(const struct pv_message_slot *slot)
{
	struct source *real = slot->owner->real;

	return real->ops->store(real, slot->number);
}

static void pv_read(struct message_store *store, struct message *message)
{
	*message = slot_of(store)->words;
}

static void pv_write(struct message_store *store, enum message_word word, uint32_t value)
{
	struct pv_message_slot *slot = slot_of(store);
	uint32_t *words[] = {
	        [MESSAGE_ADDRESS_LO] = &slot->words.address_lo,
	        [MESSAGE_ADDRESS_HI] = &slot->words.address_hi,
	        [MESSAGE_DATA] = &slot->words.data,
	};

	slot->is_new |= *words[word] != value;
	*words[word] = value;
}

static void call_host(struct pv_message_slot *slot)
{
	const struct message *words = &slot->words;
	uint64_t handle =
	        hypercall_handle(slot->owner->source.requester.id, (uint16_t)slot->number);
	int64_t entry = vmmcall(HYPERCALL_MESSAGE_WRITE, handle,
	                        (uint64_t)words->address_hi << 32 | words->address_lo, words->data);

	slot->is_new = false;
	slot->owner->calls++;
	slot->owner->refused += entry < 0;
	if (entry < 0 || slot->has_entry)
		return;
	const struct message message = message_remappable((uint16_t)entry);
	store_write_message(real_of(slot), &message);
	slot->has_entry = true;
}

static void pv_flush(struct message_store *store)
{
	struct pv_message_slot *slot = slot_of(store);

	if (slot->is_new)
		call_host(slot);
	real_of(slot)->ops->flush(real_of(slot));
}

static void pv_mask(struct message_store *store)
{
	struct message_store *real = real_of(slot_of(store));

	real->ops->mask(real);
}

static void pv_unmask(struct message_store *store)
{
	struct pv_message_slot *slot = slot_of(store);

	if (slot->is_new)
		call_host(slot);
	if (slot->has_entry)
		real_of(slot)->ops->unmask(real_of(slot));
}

static bool pv_pending(struct message_store *store)
{
	struct message_store *real = real_of(slot_of(store));

	return real->ops->pending(real);
}

static const struct message_store_ops maskable_ops = {
        .read = pv_read,
        .write = pv_write,
        .flush = pv_flush,
        .mask = pv_mask,
        .unmask = pv_unmask,
        .pending = pv_pending,
};

static const struct message_store_ops plain_ops = {
        .read = pv_read,
        .write = pv_write,
        .flush = pv_flush,
};

static struct source *real_source(struct source *source)
{
	return ((struct pv_message *)source)->real;
}

static int pv_open(struct source *source)
{
	struct pv_message *wrapper = (struct pv_message *)source;
	int error = wrapper->real->ops->open(wrapper->real);

	for (unsigned int n = 0; !error && n < source->slots; n++) {
		struct pv_message_slot *slot = &wrapper->slots[n];

		*slot = (struct pv_message_slot){.owner = wrapper, .number = n};
		slot->store.ops = store_maskable(real_of(slot)) ? &maskable_ops : &plain_ops;
	}
	return error;
}

static void pv_close(struct source *source)
{
	real_source(source)->ops->close(real_source(source));
}

static struct message_store *pv_store(struct source *source, unsigned int slot)
{
	return &((struct pv_message *)source)->slots[slot].store;
}

static int pv_fire(struct source *source, unsigned int slot)
{
	return real_source(source)->ops->fire(real_source(source), slot);
}

static void pv_source_flush(struct source *source)
{
	real_source(source)->ops->flush(real_source(source));
}

static const struct source_ops pv_ops = {
        .open = pv_open,
        .close = pv_close,
        .store = pv_store,
        .fire = pv_fire,
        .flush = pv_source_flush,
};

int pv_message_wrap(struct pv_message *wrapper, struct source *real)
{
	if (real->slots > PV_MESSAGE_SLOTS)
		return -EINVAL;
	memset(wrapper, 0, sizeof(*wrapper));
	wrapper->source = *real;
	wrapper->source.ops = &pv_ops;
	wrapper->real = real;
	return 0;
}
