// SPDX-License-Identifier: MIT
#include "kernel/virt/npt.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/bits.h"
#include "kernel/memory.h"

/*
 * The format of the host's own page tables; each access of a guest counts as a user's (15.25.5
 * "Nested Table Walk").
 */
#define NPT_P       BIT_ULL(0)
#define NPT_RW      BIT_ULL(1)
#define NPT_US      BIT_ULL(2)
#define NPT_ADDRESS GENMASK_ULL(51, 12)
#define TABLE       (NPT_P | NPT_RW | NPT_US)
#define ENTRIES     512
#define LEVELS      4

static uint64_t *next_table(uint64_t *entry, bool make)
{
	uint64_t *below;

	if (*entry & NPT_P)
		return (uint64_t *)(*entry & NPT_ADDRESS);
	below = make ? memory_alloc_pages(1) : NULL;
	if (below)
		*entry = (uint64_t)below | TABLE;
	return below;
}

/* The entry of one page; NULL when there is no table for it, or no memory for one. */
static uint64_t *entry_of(struct npt *npt, uint64_t physical, bool make)
{
	uint64_t *table = npt->root;

	for (int level = LEVELS - 1; level > 0 && table; level--)
		table = next_table(&table[physical >> (12 + 9 * level) & (ENTRIES - 1)], make);
	return table ? &table[physical >> 12 & (ENTRIES - 1)] : NULL;
}

int npt_map(struct npt *npt, uint64_t physical, uint64_t length, bool writable)
{
	if ((physical | length) & (PAGE_SIZE - 1) || !memory_addressable(physical, length))
		return -EINVAL;
	if (!npt->root)
		npt->root = memory_alloc_pages(1);
	if (!npt->root)
		return -ENOMEM;
	for (uint64_t page = physical; page < physical + length; page += PAGE_SIZE) {
		uint64_t *entry = entry_of(npt, page, true);

		if (!entry)
			return -ENOMEM;
		__atomic_store_n(entry, page | NPT_P | NPT_US | (writable ? NPT_RW : 0),
		                 __ATOMIC_RELEASE);
	}
	__atomic_add_fetch(&npt->generation, 1, __ATOMIC_SEQ_CST);
	return 0;
}

void npt_unmap(struct npt *npt, uint64_t physical, uint64_t length)
{
	for (uint64_t page = physical; page < physical + length; page += PAGE_SIZE) {
		uint64_t *entry = entry_of(npt, page, false);

		if (entry)
			__atomic_store_n(entry, 0, __ATOMIC_RELEASE);
	}
	__atomic_add_fetch(&npt->generation, 1, __ATOMIC_SEQ_CST);
}

static void clear(uint64_t *table, int level)
{
	for (int i = 0; i < ENTRIES; i++)
		if (level == 0)
			table[i] = 0;
		else if (table[i] & NPT_P)
			clear((uint64_t *)(table[i] & NPT_ADDRESS), level - 1);
}

void npt_clear(struct npt *npt)
{
	if (npt->root)
		clear(npt->root, LEVELS - 1);
	__atomic_add_fetch(&npt->generation, 1, __ATOMIC_SEQ_CST);
}
