/* SPDX-License-Identifier: MIT */
/*
 * Reads what a guest executes, through the guest's own page tables: AMD APM vol. 2, 5.3 "Long-Mode
 * Page Translation", and Intel SDM vol. 3, 4.5 "4-Level Paging and 5-Level Paging", with 4 levels.
 *
 * The guest owns the tables and may have written anything into them, and other vCPUs may write on
 * while they are read. So each entry is read once, and nothing is read outside of the guest's own
 * memory, wherever an entry leads to. A guest that has led the CPU another way than these tables
 * say (5 levels, no paging) gets bytes that it did not execute, or none, and harms itself alone.
 */
#ifndef RETARGET_KERNEL_VIRT_FETCH_H
#define RETARGET_KERNEL_VIRT_FETCH_H

#include <stdint.h>

/* Guest-physical addresses `start` .. `start + size` - 1, aligned to pages, lie at `bytes`. */
struct fetch_memory {
	uint64_t start, size;
	const volatile uint8_t *bytes;
};

/*
 * Copies up to `room` bytes at linear address `address`, with the tables that `cr3` names, into
 * `out`. Returns how many it got, fewer where a page is not there or not the guest's own memory.
 */
unsigned int fetch(const struct fetch_memory *memory, uint64_t cr3, uint64_t address, uint8_t *out,
                   unsigned int room);

#endif
