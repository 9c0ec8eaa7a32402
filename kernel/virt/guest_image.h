/* SPDX-License-Identifier: MIT */
/*
 * What is in a guest's block before it runs: the copy of the image, and the page tables of the
 * entry state (boot/boot_info.h). The rest is the guest's memory.
 *
 *	block      image, data as it was linked, the rest of its data zero
 *	 + image   the page tables; of no use once the guest has its own
 *	 + tables  free
 */
#ifndef RETARGET_KERNEL_VIRT_GUEST_IMAGE_H
#define RETARGET_KERNEL_VIRT_GUEST_IMAGE_H

#include <stdint.h>

/* How many bytes of it the first two take; whole pages. */
uint64_t guest_image_size(void);

/* Writes both into the block at `block`, physical, aligned to a page. Returns CR3. */
uint64_t guest_image_load(uint64_t block);

#endif
