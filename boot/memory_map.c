// SPDX-License-Identifier: MIT
#include "boot/memory_map.h"

#define PAGE_MASK 4095ULL

/* The last byte, not the one behind it: that would be 0 for a region at the top. */
static uint64_t last_of(uint64_t base, uint64_t length)
{
	return base + (length - 1) < base ? UINT64_MAX : base + (length - 1);
}

/* Puts a region at `index`; those from there on move up. A full table leaves it out. */
static void insert(struct boot_info *boot, uint64_t index, struct boot_memory region)
{
	if (boot->memory_count >= BOOT_MEMORY_MAX)
		return;
	for (uint64_t i = boot->memory_count; i > index; i--)
		boot->memory[i] = boot->memory[i - 1];
	boot->memory[index] = region;
	boot->memory_count++;
}

void boot_memory_add(struct boot_info *boot, uint64_t base, uint64_t length, uint64_t type)
{
	if (length == 0)
		return;
	length = last_of(base, length) - base + 1;

	if (boot->memory_count > 0) {
		struct boot_memory *last = &boot->memory[boot->memory_count - 1];

		if (last->type == type && last->base < base && last->base + last->length == base) {
			last->length += length;
			return;
		}
	}
	/* One that is left out must not lie in another that is usable. */
	if (boot->memory_count == BOOT_MEMORY_MAX && type != BOOT_MEMORY_USABLE)
		boot_memory_reserve(boot, base, length);
	insert(boot, boot->memory_count, (struct boot_memory){base, length, type});
}

/*
 * Cuts [first, last] out of the usable region at `index`. The cut stays named, as reserved: the
 * kernel still wants it mapped.
 */
static void cut(struct boot_info *boot, uint64_t index, uint64_t first, uint64_t last)
{
	struct boot_memory whole = boot->memory[index];
	uint64_t whole_last = last_of(whole.base, whole.length);

	if (first < whole.base)
		first = whole.base;
	if (last > whole_last)
		last = whole_last;

	boot->memory[index] = (struct boot_memory){first, last - first + 1, BOOT_MEMORY_RESERVED};
	if (last < whole_last)
		insert(boot, index + 1,
		       (struct boot_memory){last + 1, whole_last - last, BOOT_MEMORY_USABLE});
	if (first > whole.base)
		insert(boot, index,
		       (struct boot_memory){whole.base, first - whole.base, BOOT_MEMORY_USABLE});
}

void boot_memory_reserve(struct boot_info *boot, uint64_t base, uint64_t length)
{
	if (length == 0)
		return;

	uint64_t first = base & ~PAGE_MASK;
	uint64_t last = last_of(base, length) | PAGE_MASK;

	/* What cut() leaves usable lies outside the range: to meet it again is harmless. */
	for (uint64_t i = 0; i < boot->memory_count; i++) {
		const struct boot_memory *region = &boot->memory[i];

		if (region->type == BOOT_MEMORY_USABLE && region->base <= last &&
		    last_of(region->base, region->length) >= first)
			cut(boot, i, first, last);
	}
}

void boot_memory_resolve_overlaps(struct boot_info *boot)
{
	/* Insertions only move regions up, so that none is passed over. */
	for (uint64_t i = 0; i < boot->memory_count; i++) {
		struct boot_memory region = boot->memory[i];

		if (region.type != BOOT_MEMORY_USABLE)
			boot_memory_reserve(boot, region.base, region.length);
	}
}
