// SPDX-License-Identifier: MIT
// Where entry.asm goes once it is in 64-bit mode: picks the reader of what the loader left.
#include <asm-generic/errno.h>

#include "boot/boot.h"
#include "boot/memory_map.h"
#include "kernel/panic.h"

enum { BOOT_MULTIBOOT2, BOOT_PVH }; /* as in entry.asm */

struct boot_info *boot_direct(uint64_t kind, uint64_t information);

struct boot_info *boot_direct(uint64_t kind, uint64_t information)
{
	static struct boot_info boot;
	int error;

	if (kind == BOOT_PVH)
		error = boot_pvh(information, &boot);
	else
		error = boot_multiboot2(information, &boot);
	if (error == -E2BIG)
		panic("the options are longer than %u characters", BOOT_OPTIONS_SIZE - 1);
	if (error)
		panic("the boot loader's %s information at 0x%lx is not understood",
		      kind == BOOT_PVH ? "PVH" : "Multiboot2", information);
	return &boot;
}
