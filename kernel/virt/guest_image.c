// SPDX-License-Identifier: MIT
#include "kernel/virt/guest_image.h"

#include "kernel/bits.h"
#include "kernel/image.h"
#include "kernel/memory.h"
#include "kernel/string.h"

/* Intel SDM vol. 3, 4.5.4 "Linear-Address Translation with 4-Level Paging and 5-Level Paging". */
#define PRESENT_RW   (BIT_ULL(1) | BIT_ULL(0))
#define PAGE_LARGE   BIT_ULL(7)
#define LARGE_PAGE   (2ULL << 20)
#define GIBS         4
#define IMAGE_TABLES 4 /* of 2 MiB each */

struct tables {
	uint64_t pml4[512], pdpt_low[512], pdpt_high[512];
	uint64_t directory_low[GIBS][512], directory_high[512];
	uint64_t image[IMAGE_TABLES][512];
};
_Static_assert(sizeof(struct tables) % PAGE_SIZE == 0, "whole pages");

static unsigned int table_index(uint64_t address, int level)
{
	return (address >> (12 + 9 * level)) & 511;
}

static uint64_t image_size(void)
{
	return (memory_image_size() + PAGE_SIZE - 1) & -PAGE_SIZE;
}

uint64_t guest_image_size(void)
{
	return image_size() + sizeof(struct tables);
}

static void map_low(struct tables *tables)
{
	uint64_t *directory = tables->directory_low[0];

	tables->pml4[0] = (uint64_t)tables->pdpt_low | PRESENT_RW;
	for (int i = 0; i < GIBS; i++)
		tables->pdpt_low[i] = (uint64_t)tables->directory_low[i] | PRESENT_RW;
	for (uint64_t i = 0; i < GIBS * 512; i++)
		directory[i] = i * LARGE_PAGE | PRESENT_RW | PAGE_LARGE;
}

static void map_image(struct tables *tables, uint64_t block)
{
	uint64_t start = (uint64_t)_image_start;
	unsigned int first = table_index(start, 1);
	uint64_t *entries = tables->image[0];

	tables->pml4[table_index(start, 3)] = (uint64_t)tables->pdpt_high | PRESENT_RW;
	tables->pdpt_high[table_index(start, 2)] = (uint64_t)tables->directory_high | PRESENT_RW;
	for (unsigned int i = 0; i < IMAGE_TABLES; i++)
		tables->directory_high[first + i] = (uint64_t)tables->image[i] | PRESENT_RW;
	for (uint64_t offset = 0; offset < image_size(); offset += PAGE_SIZE)
		entries[table_index(start, 0) + offset / PAGE_SIZE] = (block + offset) | PRESENT_RW;
}

uint64_t guest_image_load(uint64_t block)
{
	struct tables *tables = (struct tables *)(block + image_size());

	image_copy((void *)block);
	memset(tables, 0, sizeof(*tables));
	map_low(tables);
	map_image(tables, block);
	return (uint64_t)tables->pml4;
}
