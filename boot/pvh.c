// SPDX-License-Identifier: MIT
// The PVH way in: what `qemu -kernel build/retarget.elf` hands over.
#include <asm-generic/errno.h>

#include "boot/boot.h"
#include "boot/memory_map.h"
#include "kernel/string.h"

#define HVM_START_MAGIC 0x336ec578

/* Xen x86/HVM direct boot ABI, struct hvm_start_info, version 1. */
struct hvm_start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t modules_count;
	uint64_t modules;
	uint64_t command_line;
	uint64_t rsdp;
	uint64_t memory_map; /* from here on: version >= 1 */
	uint32_t memory_map_count;
	uint32_t reserved;
};
_Static_assert(sizeof(struct hvm_start_info) == 56, "Xen x86/HVM direct boot ABI");

/* The types are E820's, as in enum boot_memory_type. */
struct hvm_memory {
	uint64_t base;
	uint64_t length;
	uint32_t type;
	uint32_t reserved;
};
_Static_assert(sizeof(struct hvm_memory) == 24, "Xen x86/HVM direct boot ABI");

int boot_pvh(uint64_t start_info_physical, struct boot_info *boot)
{
	const struct hvm_start_info *start = (const void *)start_info_physical;

	if (start->magic != HVM_START_MAGIC || start->version < 1)
		return -EINVAL;
	boot->magic = BOOT_INFO_MAGIC;
	memcpy(boot->path, "pvh", sizeof("pvh"));
	boot->rsdp = start->rsdp;
	if (start->command_line) {
		const char *line = (const char *)start->command_line;
		size_t length = strlen(line);

		if (length >= BOOT_OPTIONS_SIZE)
			return -E2BIG;
		memcpy(boot->options, line, length + 1);
	}
	for (uint32_t i = 0; i < start->memory_map_count; i++) {
		const struct hvm_memory *m = (const struct hvm_memory *)start->memory_map + i;

		boot_memory_add(boot, m->base, m->length, m->type);
	}
	boot_memory_resolve_overlaps(boot);
	boot_reserve_image(boot);
	return 0;
}
