// SPDX-License-Identifier: MIT
// Where the kernel lies when a loader took the addresses of linker.ld.
#include "kernel/image.h"
#include "boot/boot.h"
#include "boot/memory_map.h"

/* linker.ld puts the low segment, entry code and early page tables, from here up to the image. */
#define LOW_SEGMENT 0x100000ULL

void boot_reserve_image(struct boot_info *boot)
{
	uint64_t end = (uint64_t)_image_end - KERNEL_OFFSET;

	boot->kernel_physical = (uint64_t)_image_start - KERNEL_OFFSET;
	boot_memory_reserve(boot, LOW_SEGMENT, end - LOW_SEGMENT);
}
