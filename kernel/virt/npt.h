/* SPDX-License-Identifier: MIT */
/*
 * Nested page tables: which guest-physical addresses a guest has. All that it has is identity: the
 * same address as the host's, so that a DMA address that it gives to a device needs no translation.
 *
 * Tables are taken from the arena and kept, so that a guest after a guest with the same ranges
 * takes nothing more. AMD APM vol. 2, 15.25 "Nested Paging".
 */
#ifndef RETARGET_KERNEL_VIRT_NPT_H
#define RETARGET_KERNEL_VIRT_NPT_H

#include <stdbool.h>
#include <stdint.h>

struct npt {
	uint64_t *root;      /* physical, as all that hangs on it; NULL: there is none yet */
	uint64_t generation; /* atomic: how often it has changed */
};

/*
 * [physical, physical + length), whole pages, is the guest's now, to be read or also to be written.
 * On CPU 0. 0; -EINVAL for what is no whole pages; -ENOMEM, and then some of it may be mapped.
 */
int npt_map(struct npt *npt, uint64_t physical, uint64_t length, bool writable);

/*
 * Takes the pages away again. A CPU may have kept translations: vCPUs that run have to come out
 * once, and vm_enter() with `flush` before they go on; npt->generation tells when.
 */
void npt_unmap(struct npt *npt, uint64_t physical, uint64_t length);

/* Takes all of them away. */
void npt_clear(struct npt *npt);

#endif
