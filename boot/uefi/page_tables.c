// SPDX-License-Identifier: MIT
#include "boot/uefi/page_tables.h"

#include <stdbool.h>

/* Intel SDM vol. 3, 4.5 "4-Level Paging and 5-Level Paging". */
#define ENTRY_PRESENT (1ULL << 0)
#define ENTRY_WRITE   (1ULL << 1)
#define ENTRY_LARGE   (1ULL << 7) /* in a page directory: a page of 2 MiB */
#define ENTRY_ADDRESS 0x000ffffffffff000ULL
#define LEVEL_BITS    9
#define LARGE_SHIFT   21
#define SMALL_SHIFT   12
#define ROOT_SHIFT    39 /* of the highest of the four levels */

#define LARGE_SIZE   (1ULL << LARGE_SHIFT)
#define LOW_4G       (1ULL << 32)
#define IDENTITY_MAX (1ULL << 47) /* behind it, addresses are not canonical */

/* Maps one page of 1 << `shift` bytes, making the tables on the way to it. */
static bool map_page(uint64_t *root, uint64_t virtual, uint64_t physical, unsigned int shift)
{
	uint64_t *table = root;
	uint64_t flags = ENTRY_PRESENT | ENTRY_WRITE;

	for (unsigned int level = ROOT_SHIFT; level > shift; level -= LEVEL_BITS) {
		uint64_t *entry = &table[virtual >> level & 511];

		if (!(*entry & ENTRY_PRESENT)) {
			void *next = memory_allocate_low(1);

			if (!next)
				return false;
			*entry = (uint64_t)next | flags;
		}
		table = (uint64_t *)(*entry & ENTRY_ADDRESS);
	}
	if (shift == LARGE_SHIFT)
		flags |= ENTRY_LARGE;
	table[virtual >> shift & 511] = physical | flags;
	return true;
}

/* To whole large pages, outwards: neighbours share one, and mapping it twice is the same. */
static bool map_identity(uint64_t *root, uint64_t first, uint64_t end)
{
	if (end > IDENTITY_MAX)
		end = IDENTITY_MAX;
	for (uint64_t at = first & ~(LARGE_SIZE - 1); at < end; at += LARGE_SIZE)
		if (!map_page(root, at, at, LARGE_SHIFT))
			return false;
	return true;
}

static bool map_all(uint64_t *root, const struct memory_map *map, const struct elf_image *image,
                    uint64_t kernel)
{
	const EFI_MEMORY_DESCRIPTOR *d;

	if (!map_identity(root, 0, LOW_4G))
		return false;
	for (UINTN i = 0; (d = memory_map_at(map, i)); i++)
		if (d->PhysicalStart >= LOW_4G &&
		    !map_identity(root, d->PhysicalStart,
		                  d->PhysicalStart + d->NumberOfPages * PAGE_SIZE))
			return false;
	/* In small pages: the image lies anywhere, not as 2 MiB pages need it. */
	for (uint64_t i = 0; i < image->pages; i++)
		if (!map_page(root, image->virtual + i * PAGE_SIZE, kernel + i * PAGE_SIZE,
		              SMALL_SHIFT))
			return false;
	return true;
}

uint64_t page_tables_build(const struct memory_map *map, const struct elf_image *image,
                           uint64_t kernel)
{
	uint64_t *root = memory_allocate_low(1);

	if (!root || !map_all(root, map, image, kernel))
		return 0;
	return (uint64_t)root;
}
