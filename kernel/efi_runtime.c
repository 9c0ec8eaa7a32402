// SPDX-License-Identifier: MIT
#include "kernel/efi_runtime.h"

#include <asm-generic/errno.h>
#include <stdbool.h>

#include "kernel/bits.h"
#include "kernel/cpu/instructions.h"
#include "kernel/libraries.h"
#include "kernel/memory.h"
#include "kernel/paging.h"

/* UEFI 2.10, 4.5.1 "EFI_RUNTIME_SERVICES" */
struct runtime_services {
	uint64_t signature;
	uint32_t revision;
	uint32_t size;
	uint32_t crc32;
	uint32_t reserved;
	uint64_t time[4];
	uint64_t virtual_memory[2];
	uint64_t get_variable;
	uint64_t get_next_variable_name;
	uint64_t set_variable;
	uint64_t get_next_high_monotonic_count;
	uint64_t reset_system;
	uint64_t capsules[2];
	uint64_t query_variable_info; /* from revision 2.0 on */
};
_Static_assert(sizeof(struct runtime_services) == 136, "UEFI 2.10, 4.5.1");

#define RUNTIME_SERVICES_SIGNATURE 0x56524553544e5552ULL /* "RUNTSERV" */

#define STACK_SIZE 32768 /* 8.1 asks for 4 KiB, and Linux gives 16 */

/* Intel SDM vol. 3, 4.5 "4-Level Paging and 5-Level Paging" */
#define PAGE_P      BIT_ULL(0)
#define PAGE_RW     BIT_ULL(1)
#define PAGE_PS     BIT_ULL(7)
#define PAGE_BASE   GENMASK_ULL(51, 12)
#define LARGE_PAGE  (2ULL << 20)
#define FOUR_GIB    (4ULL << 30)
#define REGION_MAX  (1ULL << 30) /* a longer one is room for devices, and nothing to run in */
#define KERNEL_SLOT 511          /* of the root table: where the image is */

static const struct runtime_services *services;
static uint64_t *root;
static uint64_t stack_top;

uint64_t efi_call(uint64_t function, uint64_t page_tables, uint64_t stack,
                  const uint64_t arguments[5]);

/* The table that entry `index` of `table` refers to, made where there is none. */
static uint64_t *table_below(uint64_t *table, uint64_t index)
{
	if (!(table[index] & PAGE_P)) {
		uint64_t *below = memory_alloc_pages(1);

		if (!below)
			return NULL;
		table[index] = (uint64_t)below | PAGE_P | PAGE_RW;
	}
	return (uint64_t *)(table[index] & PAGE_BASE);
}

/* In large pages, outwards. How memory is cached is left to the MTRRs, as firmware set them. */
static bool map_at_itself(uint64_t first, uint64_t end)
{
	for (uint64_t at = first & -LARGE_PAGE; at < end; at += LARGE_PAGE) {
		uint64_t *table = table_below(root, at >> 39 & 511);

		table = table ? table_below(table, at >> 30 & 511) : NULL;
		if (!table)
			return false;
		table[at >> 21 & 511] = at | PAGE_P | PAGE_RW | PAGE_PS;
	}
	return true;
}

static bool map_all(const struct boot_info *boot)
{
	root = memory_alloc_pages(1);
	if (!root || !map_at_itself(0, FOUR_GIB))
		return false;
	for (uint64_t i = 0; i < boot->memory_count; i++) {
		const struct boot_memory *region = &boot->memory[i];

		if (region->type != BOOT_MEMORY_USABLE && region->base >= FOUR_GIB &&
		    region->length <= REGION_MAX &&
		    memory_addressable(region->base, region->length) &&
		    !map_at_itself(region->base, region->base + region->length))
			return false;
	}
	root[KERNEL_SLOT] = ((const uint64_t *)paging_root())[KERNEL_SLOT];
	return true;
}

int efi_runtime_init(const struct boot_info *boot)
{
	char *stack;

	if (!efi_present())
		return -ENODEV;
	services = memory_map_table(efi_runtime_services(), sizeof(*services));
	if (!services || services->signature != RUNTIME_SERVICES_SIGNATURE)
		return -EINVAL;
	stack = memory_alloc_pages(STACK_SIZE / PAGE_SIZE);
	if (!stack || !map_all(boot))
		return -ENOMEM;
	stack_top = (uint64_t)stack + STACK_SIZE;
	return 0;
}

/* 2.3.4 "x64 Platforms" asks for a floating-point unit that is ready. */
static uint64_t call(uint64_t function, const uint64_t arguments[5])
{
	uint64_t flags = interrupts_save();
	uint64_t status;

	sse_enable();
	status = efi_call(function, (uint64_t)root, stack_top, arguments);
	interrupts_restore(flags);
	return status;
}

uint64_t efi_set_variable(const uint16_t *name, const struct efi_guid *vendor, uint32_t attributes,
                          uint64_t size, const void *data)
{
	const uint64_t arguments[5] = {(uint64_t)name, (uint64_t)vendor, attributes, size,
	                               (uint64_t)data};

	return call(services->set_variable, arguments);
}

uint64_t efi_query_variable_room(uint32_t attributes, struct efi_variable_room *room)
{
	const uint64_t arguments[5] = {attributes, (uint64_t)&room->storage,
	                               (uint64_t)&room->remaining, (uint64_t)&room->largest};

	if (services->size < sizeof(*services))
		return EFI_NOT_FOUND;
	return call(services->query_variable_info, arguments);
}
