/* SPDX-License-Identifier: MIT */
/*
 * The calls of a guest to its host: what both sides know of each other.
 *
 * By VMMCALL (AMD APM vol. 3, "VMMCALL"): RAX holds the number, RDI, RSI and RDX the arguments, all
 * of 64 bits. RAX holds the result, 0 or more, or a negative errno with nothing changed; all other
 * registers are kept. A number that there is not answers -ENOSYS.
 *
 * The one call that interrupts need is HYPERCALL_IRTE_UPDATE(handle, vector, vcpu): what a guest
 * would write into the remapping entry of a message store, it tells the host.
 *
 *     vector                     the host                                     may answer
 *     -------------------------  -------------------------------------------  ----------
 *     HYPERCALL_VECTOR_RESERVED  has an irq and an entry for it, no vector     -ENOSPC, -ENODEV
 *     32 .. 255                  has a vector, too, and delivers `vector` to   the same
 *                                `vcpu`, from the first message on that is
 *                                sent after the call's return
 *     HYPERCALL_VECTOR_NONE      gives all of it back                          -ENOENT
 *
 * Each leads to each, and what is there already is kept. Unless all is given back the result is the
 * index of the host's entry (0 .. 65535), the same one until then. It makes the message that the
 * guest writes into its store, once (message_remappable()).
 *
 * -ENOSPC: no entry or no vector is left. -ENODEV: the guest does not have the handle's device, or
 * the host has no interrupt remapping. -EINVAL: a slot, vector or vCPU that there is not. -ENOENT:
 * there was nothing. Also -ENOMEM, and what the host's hardware refuses: -EIO, -ETIMEDOUT.
 */
#ifndef RETARGET_KERNEL_VIRT_HYPERCALL_H
#define RETARGET_KERNEL_VIRT_HYPERCALL_H

#include <stdint.h>

#include "kernel/bits.h"

enum hypercall_number {
	/* (handle, vector, vCPU), see above. vCPU n has APIC id n. */
	HYPERCALL_IRTE_UPDATE = 1,

	/*
	 * (handle, address, data): the message that the guest would write into the store, in
	 * compatibility format; `address` in its lower 32 bits. For comparison only: it stands
	 * where nobody asks for its result (kernel/virt/guest/pv_message.h).
	 */
	HYPERCALL_MESSAGE_WRITE = 2,

	/*
	 * Those from here on are not about interrupts. A text: (its virtual address, its length in
	 * bytes), in the guest's image or its memory; -EFAULT elsewhere. Lines of it are printed.
	 */
	HYPERCALL_PRINT = 16,

	/* The guest's end: it is done; it cannot go on. These do not return. */
	HYPERCALL_DONE,
	HYPERCALL_PANIC,

	/* For tests: (n), the host takes note of what it has done so far, as number n. */
	HYPERCALL_MARK,

	HYPERCALLS
};

#define HYPERCALL_VECTOR_NONE     0
#define HYPERCALL_VECTOR_RESERVED 1
#define HYPERCALL_VECTOR_FIRST    32 /* those below are the CPU's exceptions */

/* Which message store: the requester id of its device, and its number there. */
#define HYPERCALL_HANDLE_DEVICE GENMASK_ULL(31, 16)
#define HYPERCALL_HANDLE_SLOT   GENMASK_ULL(15, 0)

static inline uint64_t hypercall_handle(uint16_t requester, uint16_t slot)
{
	return field_set(HYPERCALL_HANDLE_DEVICE, requester) |
	       field_set(HYPERCALL_HANDLE_SLOT, slot);
}

#endif
