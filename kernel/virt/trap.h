/* SPDX-License-Identifier: MIT */
/*
 * Ranges of guest-physical addresses that a guest does not have and may access all the same: each
 * access comes out, its instruction is read (kernel/virt/fetch.h), decoded (kernel/virt/decode.h)
 * and done by a function of the host.
 */
#ifndef RETARGET_KERNEL_VIRT_TRAP_H
#define RETARGET_KERNEL_VIRT_TRAP_H

#include <stdint.h>

struct guest;

/*
 * What answers for a range. `offset` is from its start, `size` 1, 2, 4 or 8 bytes, all of them in
 * the range and aligned to that. Called in the loop of the vCPU that accesses it, with interrupts
 * on, maybe by several at once.
 */
struct trap_ops {
	uint64_t (*read)(void *owner, uint64_t offset, unsigned int size);
	void (*write)(void *owner, uint64_t offset, unsigned int size, uint64_t value);
};

struct trap {
	uint64_t address, length; /* guest-physical, whole pages, none of them mapped */
	const struct trap_ops *ops;
	void *owner;
	uint64_t reads, writes; /* atomic: how many there were */

	struct trap *next; /* of the same guest */
};

/*
 * From now on until the guest's end, for a guest that is loaded and does not run yet. The caller
 * keeps `trap`. Sets guest->memory. Any other access that the guest makes to what it does not have,
 * and one by an instruction that decode() does not know, is fatal to it; the latter costs a line
 * with its bytes.
 */
void trap_add(struct guest *guest, struct trap *trap);

#endif
