/* SPDX-License-Identifier: MIT */
/*
 * The readers of what a boot loader left in memory. Each translates one loader's structures into
 * a struct boot_info (boot/boot_info.h), completely; `boot` is all zero before. The kernel's image,
 * and what the result points at inside the loader's own structures, are cut out of the usable
 * memory.
 *
 * They run on the early page tables, where physical addresses below 4 GiB are mapped one to one.
 *
 * Both return 0, or a negative errno when `boot` is of no use: -EINVAL when the structures are not
 * what the protocol promises, -E2BIG when the options are longer than boot_info can hold (cut off,
 * they would silently mean something else).
 */
#ifndef RETARGET_BOOT_BOOT_H
#define RETARGET_BOOT_BOOT_H

#include <stdint.h>

#include "boot/boot_info.h"

/* Multiboot2: the physical address of the boot information, EBX of the loader. */
int boot_multiboot2(uint64_t info_physical, struct boot_info *boot);

/* PVH: the physical address of struct hvm_start_info, EBX of the loader. */
int boot_pvh(uint64_t start_info_physical, struct boot_info *boot);

/*
 * For the two above, whose loaders put the kernel where it is linked: sets kernel_physical and
 * reserves the image and the low segment with the entry code. Call it after the last
 * boot_memory_add().
 */
void boot_reserve_image(struct boot_info *boot);

#endif
