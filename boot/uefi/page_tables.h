/* SPDX-License-Identifier: MIT */
/*
 * The page tables the kernel starts on: all memory of the firmware's map, and the low 4 GiB, at its
 * physical address, and the kernel's image at the address it is linked at. All memory, because the
 * firmware may have put this very program above 4 GiB. Everything is writable and executable; the
 * kernel makes its own tables soon.
 */
#ifndef RETARGET_BOOT_UEFI_PAGE_TABLES_H
#define RETARGET_BOOT_UEFI_PAGE_TABLES_H

#include <efi.h>
#include <stdint.h>

#include "boot/uefi/elf_image.h"
#include "boot/uefi/memory.h"

/*
 * Builds them in pages of their own; `kernel` is where the image lies. Returns the root for CR3,
 * 0 when there is no memory left. Later allocations change the map, but not what memory there is.
 */
uint64_t page_tables_build(const struct memory_map *map, const struct elf_image *image,
                           uint64_t kernel);

#endif
