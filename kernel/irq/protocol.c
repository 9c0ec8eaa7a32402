// SPDX-License-Identifier: MIT
#include "kernel/irq/protocol.h"
#include "kernel/string.h"

extern const struct protocol *const __start_protocols[], *const __stop_protocols[];

const struct protocol *protocol_get(unsigned int n)
{
	return n < (unsigned int)(__stop_protocols - __start_protocols) ? __start_protocols[n]
	                                                                : NULL;
}

const struct protocol *protocol_find(const char *name)
{
	const struct protocol *protocol;

	for (unsigned int n = 0; (protocol = protocol_get(n)); n++)
		if (!strcmp(protocol->name, name))
			break;
	return protocol;
}

bool protocol_promises_no_loss(const struct protocol *protocol, const struct message_store *store)
{
	switch (protocol->promise) {
	case PROMISE_LOSSLESS:
		return true;
	case PROMISE_LOSSLESS_IF_MASKABLE:
		return store_maskable(store);
	default:
		return false;
	}
}

void store_write_message(struct message_store *store, const struct message *message)
{
	store->ops->write(store, MESSAGE_ADDRESS_LO, message->address_lo);
	store->ops->write(store, MESSAGE_ADDRESS_HI, message->address_hi);
	store->ops->write(store, MESSAGE_DATA, message->data);
}
