// SPDX-License-Identifier: MIT
#include "kernel/virt/route.h"

#include <asm-generic/errno.h>
#include <stdbool.h>

/* Whether message_compatibility() makes it, with nothing left over. */
static bool is_plain(const struct message *message)
{
	struct message same;

	return !message_compatibility(message_destination(message), message_vector(message),
	                              &same) &&
	       same.address_lo == message->address_lo && same.address_hi == message->address_hi &&
	       same.data == message->data;
}

int64_t backing_route(struct backings *backings, uint64_t handle, const struct message *message)
{
	if (!is_plain(message))
		return -EINVAL;
	return backing_update(backings, handle, message_vector(message),
	                      message_destination(message));
}

int64_t backing_write(struct backings *backings, uint64_t handle, uint64_t address, uint64_t data)
{
	const struct message message = {
	        .address_lo = (uint32_t)address,
	        .address_hi = (uint32_t)(address >> 32),
	        .data = (uint32_t)data,
	};

	return data > UINT32_MAX ? -EINVAL : backing_route(backings, handle, &message);
}
