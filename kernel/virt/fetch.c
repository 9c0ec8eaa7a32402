// SPDX-License-Identifier: MIT
#include <stdbool.h>

#include "kernel/bits.h"
#include "kernel/virt/fetch.h"

#define PAGE_BITS  12
#define TABLE_BITS 9
#define LEVELS     4
#define ENTRY_P    BIT_ULL(0)
#define ENTRY_PS   BIT_ULL(7) /* in levels 1 and 2: a page of 2 MiB or 1 GiB */
#define ADDRESS    GENMASK_ULL(51, 12)

/* Whether `length` bytes at guest-physical `address` are the guest's own memory. */
static bool is_own(const struct fetch_memory *memory, uint64_t address, uint64_t length)
{
	uint64_t offset = address - memory->start; /* from below it becomes very large */

	return offset < memory->size && length <= memory->size - offset;
}

static bool read_entry(const struct fetch_memory *memory, uint64_t address, uint64_t *entry)
{
	if (!is_own(memory, address, sizeof(*entry)))
		return false;
	*entry = *(const volatile uint64_t *)(memory->bytes + (address - memory->start));
	return *entry & ENTRY_P;
}

/* The guest-physical address of linear `address`; false when it has none. */
static bool translate(const struct fetch_memory *memory, uint64_t cr3, uint64_t address,
                      uint64_t *physical)
{
	uint64_t entry = cr3;

	for (int level = LEVELS - 1; level >= 0; level--) {
		unsigned int shift = PAGE_BITS + TABLE_BITS * (unsigned int)level;
		uint64_t index = address >> shift & (BIT_ULL(TABLE_BITS) - 1);

		if (!read_entry(memory, (entry & ADDRESS) + index * sizeof(entry), &entry))
			return false;
		if (level == 0 || (level < 3 && entry & ENTRY_PS)) {
			uint64_t offset = BIT_ULL(shift) - 1;

			*physical = (entry & ADDRESS & ~offset) | (address & offset);
			return true;
		}
	}
	return false;
}

unsigned int fetch(const struct fetch_memory *memory, uint64_t cr3, uint64_t address, uint8_t *out,
                   unsigned int room)
{
	const uint64_t in_page = BIT_ULL(PAGE_BITS) - 1;
	uint64_t physical = 0;
	unsigned int got = 0;

	for (; got < room; got++, address++, physical++) {
		if ((!got || !(address & in_page)) && !translate(memory, cr3, address, &physical))
			break;
		if (!is_own(memory, physical, 1))
			break;
		out[got] = memory->bytes[physical - memory->start];
	}
	return got;
}
