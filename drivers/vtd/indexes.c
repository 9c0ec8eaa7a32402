// SPDX-License-Identifier: MIT
#include "drivers/vtd/indexes.h"

#include <asm-generic/errno.h>

#include "kernel/bits.h"
#include "kernel/string.h"

#define PER_WORD 64

static uint32_t words(uint32_t size)
{
	return (size + PER_WORD - 1) / PER_WORD;
}

size_t vtd_indexes_bytes(uint32_t size)
{
	return words(size) * sizeof(uint64_t);
}

void vtd_indexes_init(struct vtd_indexes *indexes, uint64_t *taken, uint32_t size)
{
	memset(taken, 0, vtd_indexes_bytes(size));
	*indexes = (struct vtd_indexes){.taken = taken, .size = size};
}

/* A block that is aligned to its size never spans two words. */
static uint64_t block_bits(uint32_t index, unsigned int count)
{
	return GENMASK_ULL(count - 1, 0) << index % PER_WORD;
}

int vtd_indexes_take(struct vtd_indexes *indexes, unsigned int count)
{
	if (!count || count & (count - 1) || count > VTD_INDEXES_BLOCK_MAX)
		return -EINVAL;
	for (uint32_t index = 0; index + count <= indexes->size; index += count) {
		uint64_t *word = &indexes->taken[index / PER_WORD];

		if (*word & block_bits(index, count))
			continue;
		*word |= block_bits(index, count);
		indexes->count += count;
		return index;
	}
	return -ENOSPC;
}

void vtd_indexes_give_back(struct vtd_indexes *indexes, uint16_t index, unsigned int count)
{
	indexes->taken[index / PER_WORD] &= ~block_bits(index, count);
	indexes->count -= count;
}
