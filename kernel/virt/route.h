/* SPDX-License-Identifier: MIT */
/*
 * For the two ways that are there to be compared with the call of kernel/virt/hypercall.h: a
 * monitor that traps the guest's writes to its message store, and one that is called in their
 * place. Both know of the guest's target only what is in its message, in compatibility format.
 */
#ifndef RETARGET_KERNEL_VIRT_ROUTE_H
#define RETARGET_KERNEL_VIRT_ROUTE_H

#include <stdint.h>

#include "kernel/irq/message.h"
#include "kernel/virt/backing.h"

/*
 * Has the handle's store deliver where `message` would go if the guest's local APICs took it.
 * backing_update()'s result; -EINVAL for a message that is not of that format, or not fixed, edge
 * and physical.
 */
int64_t backing_route(struct backings *backings, uint64_t handle, const struct message *message);

/* HYPERCALL_MESSAGE_WRITE. What it returns goes to the guest. */
int64_t backing_write(struct backings *backings, uint64_t handle, uint64_t address, uint64_t data);

#endif
