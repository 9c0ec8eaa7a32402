/* SPDX-License-Identifier: MIT */
/*
 * The page tables behind kernel/memory.h. Intel SDM vol. 3, 4.5 "4-Level Paging
 * and 5-Level Paging".
 */
#ifndef RETARGET_KERNEL_PAGING_H
#define RETARGET_KERNEL_PAGING_H

#include <stdint.h>

/*
 * Builds tables with the image (W^X) and the arena, out of the arena itself, and loads them.
 * memory_alloc() must work by now, through the boot loader's mapping. Panics when it does not.
 */
void paging_init(uint64_t image_physical, uint64_t arena_start, uint64_t arena_end);

/*
 * Maps one page of low memory at its own address, writable and executable, for the start of the
 * other CPUs; paging_hide_low_page() takes it away again on the CPU that calls.
 */
void paging_show_low_page(uint64_t physical);
void paging_hide_low_page(uint64_t physical);

/* CR3 for the other CPUs. Below 4 GiB. */
uint64_t paging_root(void);

/*
 * Switches on what the tables rely on, on the CPU that calls: no-execute, write protection, a
 * memory type for framebuffers.
 */
void paging_enable_protection(void);

#endif
