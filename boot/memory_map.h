/* SPDX-License-Identifier: MIT */
/*
 * Builds the memory map of a struct boot_info, for every way of booting. Pure: touches nothing but
 * the struct.
 *
 * One rule stands above all: memory may be given up, it is never handed out wrongly. So a region
 * that does not fit into the full table is left out, because memory that is not named in the table
 * is not used by the kernel.
 */
#ifndef RETARGET_BOOT_MEMORY_MAP_H
#define RETARGET_BOOT_MEMORY_MAP_H

#include <stdint.h>

#include "boot/boot_info.h"

/*
 * Appends a region, or lengthens the last one when the new one follows it directly and has the
 * same type. A region of no length is dropped; one that would wrap around ends at the top of the
 * address space.
 */
void boot_memory_add(struct boot_info *boot, uint64_t base, uint64_t length, uint64_t type);

/*
 * Turns what is usable of [base, base + length), widened to whole pages, into reserved memory. What
 * is not usable there already, or not named at all, stays as it is.
 */
void boot_memory_reserve(struct boot_info *boot, uint64_t base, uint64_t length);

/*
 * Firmware's maps may overlap (BIOS ones do). To be called after the last boot_memory_add(): what
 * any other region claims is no longer usable.
 */
void boot_memory_resolve_overlaps(struct boot_info *boot);

#endif
