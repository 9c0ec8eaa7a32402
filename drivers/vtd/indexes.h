/* SPDX-License-Identifier: MIT */
/*
 * Which entries of a remapping table are taken: singly, or in blocks for devices that put a number
 * into the low bits of their data (VT-d r5.10, 5.1.5.2, MSI and MSI-X Register Programming).
 *
 * Pure: one bit for each entry, no lock; the unit that has the table holds one.
 */
#ifndef RETARGET_DRIVERS_VTD_INDEXES_H
#define RETARGET_DRIVERS_VTD_INDEXES_H

#include <stddef.h>
#include <stdint.h>

#define VTD_INDEXES_BLOCK_MAX 64 /* MSI asks for 32 at most */

struct vtd_indexes {
	uint64_t *taken; /* bit n % 64 of word n / 64: entry n */
	uint32_t size;   /* entries of the table, a power of two from 2 to 65536 */
	uint32_t count;  /* of those that are taken */
};

/* Bytes of `taken` for a table of `size` entries. */
size_t vtd_indexes_bytes(uint32_t size);

/* `taken` has vtd_indexes_bytes(size) bytes and stays the caller's; every entry is free then. */
void vtd_indexes_init(struct vtd_indexes *indexes, uint64_t *taken, uint32_t size);

/*
 * Takes the lowest `count` free entries in a row that start at a multiple of `count`. The first
 * one's index; -ENOSPC when there is no such row; -EINVAL for a count that is no power of two or
 * above VTD_INDEXES_BLOCK_MAX.
 */
int vtd_indexes_take(struct vtd_indexes *indexes, unsigned int count);

/* Gives back what one vtd_indexes_take() took. */
void vtd_indexes_give_back(struct vtd_indexes *indexes, uint16_t index, unsigned int count);

#endif
