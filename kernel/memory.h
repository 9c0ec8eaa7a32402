/* SPDX-License-Identifier: MIT */
/*
 * Memory: one arena taken from the firmware's map below 4 GiB, and the page tables.
 *
 * Only what the kernel uses is mapped: its image (W^X, at -2 GiB), the arena, and what is asked for
 * here. Physical memory is mapped at its own address, never executable, so a pointer into the arena
 * is also the address that a device or a page-table entry needs. Nothing is ever given back: most
 * is allocated at the start, and what is needed anew in each test is kept for the next one
 * (kernel/irq/irq.c).
 */
#ifndef RETARGET_KERNEL_MEMORY_H
#define RETARGET_KERNEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot/boot_info.h"

#define PAGE_SIZE 4096ULL

/*
 * Chooses the arena and switches to the kernel's own page tables. Panics when there is no room. The
 * caller keeps `boot`.
 */
void memory_init(const struct boot_info *boot);

/*
 * Zeroed memory below 4 GiB, aligned to `align` (a power of two). NULL when the arena is used up.
 * Safe on one CPU at a time: only CPU 0 allocates.
 */
void *memory_alloc(size_t size, size_t align);

/* A zeroed page-aligned block, as memory_alloc(). */
void *memory_alloc_pages(size_t count);

/* Bytes of the arena in use, and of the image. */
size_t memory_used(void);
size_t memory_image_size(void);

/* The physical address of anything in the arena or the image. */
uint64_t memory_physical(const void *pointer);

/*
 * Maps `length` bytes of physical address space at their own address: a device's registers
 * (uncached, writable), or firmware's tables (cached, read-only). Any alignment. NULL for
 * addresses beyond what the CPU has, page 0, an overflow, a page that is mapped as the other of the
 * two, or a full arena; for tables also where the firmware's map has nothing. Mapping twice is
 * fine.
 */
volatile void *memory_map_device(uint64_t physical, uint64_t length);
const void *memory_map_table(uint64_t physical, uint64_t length);

/* The same for a framebuffer: writes may be put together where the CPU can do that. */
void *memory_map_framebuffer(uint64_t physical, uint64_t length);

/* Whether [a, a + a_length) and [b, b + b_length) have a byte in common; neither may wrap round. */
static inline bool ranges_meet(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
	return a < b + b_length && b < a + a_length;
}

/* Whether this CPU has these addresses. */
bool memory_addressable(uint64_t physical, uint64_t length);

/*
 * Whether any of it is memory, by the firmware's map. Whether the map has something at all of it,
 * memory or not; the BIOS area always counts, which the map may lack. Neither is to wrap round.
 */
bool memory_is_ram(uint64_t physical, uint64_t length);
bool memory_is_described(uint64_t physical, uint64_t length);

#endif
