// SPDX-License-Identifier: MIT
#include "tests/host/fake_store.h"

#include <stdio.h>
#include <string.h>

#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/unit.h"

static struct fake_store *fake(struct message_store *store)
{
	return (struct fake_store *)store; /* its first member */
}

static void record(struct message_store *store, enum fake_operation operation, uint32_t value)
{
	struct fake_store *f = fake(store);

	if (f->count < FAKE_OPERATIONS_MAX)
		f->records[f->count] = (struct fake_record){operation, value};
	f->count++;
	if (f->after_operation)
		f->after_operation(f);
}

static void fake_read(struct message_store *store, struct message *message)
{
	*message = fake(store)->words;
}

static void fake_write(struct message_store *store, enum message_word word, uint32_t value)
{
	switch (word) {
	case MESSAGE_ADDRESS_LO:
		fake(store)->words.address_lo = value;
		record(store, FAKE_WRITE_ADDRESS, value);
		break;
	case MESSAGE_ADDRESS_HI:
		fake(store)->words.address_hi = value;
		record(store, FAKE_WRITE_ADDRESS_HI, value);
		break;
	case MESSAGE_DATA:
		fake(store)->words.data = value;
		record(store, FAKE_WRITE_DATA, value);
		break;
	}
}

static void fake_flush(struct message_store *store)
{
	record(store, FAKE_FLUSH, 0);
}

static void fake_mask(struct message_store *store)
{
	fake(store)->masked = true;
	record(store, FAKE_MASK, 0);
}

static void send(const struct fake_store *store)
{
	struct message message = store->words;

	message.data += store->number;
	if (message_is_remappable(&message))
		fake_remapping_interrupt(message_index(&message));
	else
		fake_machine_interrupt(message_destination(&message), message_vector(&message));
}

static void fake_unmask(struct message_store *store)
{
	bool pending = fake(store)->pending;

	fake(store)->masked = false;
	fake(store)->pending = false;
	if (pending)
		send(fake(store));
	record(store, FAKE_UNMASK, 0);
}

/* 0 clears both bits, and sends nothing. */
static void fake_write_control(struct message_store *store, uint32_t value)
{
	assert_int_equal(value, 0);
	fake(store)->masked = fake(store)->pending = false;
	record(store, FAKE_WRITE_CONTROL, value);
}

static bool fake_pending(struct message_store *store)
{
	return fake(store)->pending;
}

static const struct message_store_ops unmaskable_ops = {
        .read = fake_read,
        .write = fake_write,
        .flush = fake_flush,
};

static const struct message_store_ops maskable_ops = {
        .read = fake_read,
        .write = fake_write,
        .flush = fake_flush,
        .mask = fake_mask,
        .unmask = fake_unmask,
        .pending = fake_pending,
        .write_control = fake_write_control,
};

void fake_store_init(struct fake_store *store, bool maskable)
{
	memset(store, 0, sizeof(*store));
	store->store.ops = maskable ? &maskable_ops : &unmaskable_ops;
	store->masked = maskable;
}

void fake_store_fire(struct fake_store *store)
{
	if (store->masked)
		store->pending = true;
	else
		send(store);
}

void fake_store_forget(struct fake_store *store)
{
	store->count = 0;
}

static const char *which(uint32_t value, uint32_t old, uint32_t new)
{
	return value == new ? "new" : value == old ? "old" : "wrong";
}

void fake_store_tell(const struct fake_store *store, const struct message *old,
                     const struct message *new, char *text, size_t size)
{
	size_t length = 0;

	assert_true(store->count <= FAKE_OPERATIONS_MAX);
	text[0] = 0;
	for (unsigned int i = 0; i < store->count; i++) {
		const struct fake_record *r = &store->records[i];
		const char *space = i ? " " : "", *name = NULL, *whose = "";

		switch (r->operation) {
		case FAKE_WRITE_ADDRESS:
			name = "address=";
			whose = which(r->value, old->address_lo, new->address_lo);
			break;
		case FAKE_WRITE_ADDRESS_HI:
			name = r->value == new->address_hi ? "high" : "high=wrong";
			break;
		case FAKE_WRITE_DATA:
			name = "data=";
			whose = which(r->value, old->data, new->data);
			break;
		case FAKE_MASK:
			name = "mask";
			break;
		case FAKE_UNMASK:
			name = "unmask";
			break;
		case FAKE_FLUSH:
			name = "flush";
			break;
		case FAKE_WRITE_CONTROL:
			name = "control=0";
			break;
		}
		length += (size_t)snprintf(text + length, size - length, "%s%s%s", space, name,
		                           whose);
		assert_true(length < size);
	}
}
