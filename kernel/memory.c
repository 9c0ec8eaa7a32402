// SPDX-License-Identifier: MIT
#include "kernel/memory.h"
#include "kernel/image.h"
#include "kernel/paging.h"
#include "kernel/panic.h"

/*
 * The project's budget is 1 MiB and 64 KiB per CPU in all; the arena leaves room above that for
 * machines with thousands of functions and tables, and takes less where there is less.
 */
#define ARENA_WANTED  (16ULL << 20)
#define ARENA_MINIMUM (1ULL << 20)
#define FOUR_GIB      (4ULL << 30)
#define ONE_MIB       (1ULL << 20)
#define BIOS_AREA     0xe0000ULL /* firmware does not always list it, or not all of it */

static uint64_t arena_start, arena_next, arena_end;
static uint64_t image_physical;
static const struct boot_info *described; /* by the firmware's memory map */

/* The part of a region that can be arena: whole pages, above 1 MiB and below 4 GiB. */
static uint64_t usable_part(const struct boot_memory *region, uint64_t *start)
{
	uint64_t end = region->base + region->length;

	if (region->type != BOOT_MEMORY_USABLE || end < region->base)
		return 0;
	*start = region->base < ONE_MIB ? ONE_MIB : (region->base + PAGE_SIZE - 1) & -PAGE_SIZE;
	end = (end > FOUR_GIB ? FOUR_GIB : end) & -PAGE_SIZE;
	return end > *start ? end - *start : 0;
}

static void choose_arena(const struct boot_info *boot)
{
	for (uint64_t i = 0; i < boot->memory_count; i++) {
		uint64_t start;
		uint64_t length = usable_part(&boot->memory[i], &start);

		if (length > ARENA_WANTED)
			length = ARENA_WANTED;
		if (length > arena_end - arena_start) {
			arena_start = start;
			arena_end = start + length;
		}
	}
	if (arena_end - arena_start < ARENA_MINIMUM)
		panic("the firmware's memory map has no free MiB between 1 MiB and 4 GiB "
		      "(%lu regions)",
		      boot->memory_count);
	arena_next = arena_start;
}

void memory_init(const struct boot_info *boot)
{
	image_physical = boot->kernel_physical;
	described = boot;
	choose_arena(boot);
	paging_init(image_physical, arena_start, arena_end);
}

void *memory_alloc(size_t size, size_t align)
{
	uint64_t start = (arena_next + align - 1) & -(uint64_t)align;
	uint64_t *words = (uint64_t *)start;

	if (start + size < start || start + size > arena_end)
		return NULL;
	arena_next = (start + size + 7) & ~7ULL;
	if (align < 8)
		for (uint8_t *byte = (uint8_t *)start; byte < (uint8_t *)(start + size); byte++)
			*byte = 0;
	else
		while ((uint64_t)words < start + size)
			*words++ = 0;
	return (void *)start;
}

void *memory_alloc_pages(size_t count)
{
	return memory_alloc(count * PAGE_SIZE, PAGE_SIZE);
}

size_t memory_used(void)
{
	return arena_next - arena_start;
}

size_t memory_image_size(void)
{
	return (size_t)(_image_end - _image_start);
}

uint64_t memory_physical(const void *pointer)
{
	uint64_t address = (uint64_t)pointer;

	if (address >= (uint64_t)_image_start && address < (uint64_t)_image_end)
		return address - (uint64_t)_image_start + image_physical;
	return address;
}

/* The image is cut out of what is usable, and is named reserved; so may be what is no memory. */
bool memory_is_ram(uint64_t physical, uint64_t length)
{
	if (ranges_meet(physical, length, image_physical, memory_image_size()))
		return true;
	for (uint64_t i = 0; i < described->memory_count; i++) {
		const struct boot_memory *region = &described->memory[i];
		bool ram = region->type == BOOT_MEMORY_USABLE || region->type == BOOT_MEMORY_ACPI ||
		           region->type == BOOT_MEMORY_ACPI_NVS;

		if (ram && ranges_meet(physical, length, region->base, region->length))
			return true;
	}
	return false;
}

/* The end of the region that `physical` lies in, 0 when it lies in none. */
static uint64_t region_end(uint64_t physical)
{
	if (physical >= BIOS_AREA && physical < ONE_MIB)
		return ONE_MIB;
	for (uint64_t i = 0; i < described->memory_count; i++) {
		const struct boot_memory *region = &described->memory[i];

		if (physical >= region->base && physical - region->base < region->length)
			return region->base + region->length;
	}
	return 0;
}

/* A map that was too long for its table may lack the region. */
bool memory_is_described(uint64_t physical, uint64_t length)
{
	if (described->memory_count == BOOT_MEMORY_MAX)
		return true;
	for (uint64_t at = physical; at - physical < length;) {
		uint64_t end = region_end(at);

		if (end <= at)
			return false;
		at = end;
	}
	return true;
}
