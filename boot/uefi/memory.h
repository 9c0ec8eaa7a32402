/* SPDX-License-Identifier: MIT */
/* The firmware's memory: taking pages from it, its map, and the end of its services. */
#ifndef RETARGET_BOOT_UEFI_MEMORY_H
#define RETARGET_BOOT_UEFI_MEMORY_H

#include <efi.h>
#include <stdint.h>

#include "boot/boot_info.h"

#define PAGE_SIZE 4096ULL

struct memory_map {
	EFI_MEMORY_DESCRIPTOR *descriptors; /* descriptor_size bytes apart, not sizeof */
	UINTN size;                         /* bytes in use */
	UINTN capacity;                     /* bytes allocated */
	UINTN key;                          /* of this state of the map */
	UINTN descriptor_size;
};

/* Zeroed pages below 4 GiB that the kernel finds reserved. NULL when there are none. */
void *memory_allocate_low(UINTN pages);

/* Gives all of them back: the kernel will not be started. */
void memory_release_low(void);

/* Fetches the map as it is now. `map` is all zero the first time, and to be freed in any case. */
EFI_STATUS memory_map_get(struct memory_map *map);
void memory_map_free(struct memory_map *map);

/* The descriptor at `index`, NULL behind the last. */
const EFI_MEMORY_DESCRIPTOR *memory_map_at(const struct memory_map *map, UINTN index);

/*
 * Ends the boot services and leaves the final map in `map`. After success the firmware's console,
 * files and memory services are gone.
 */
EFI_STATUS memory_exit_boot_services(EFI_HANDLE image, struct memory_map *map);

/* Translates the final map into the kernel's. */
void memory_map_convert(const struct memory_map *map, struct boot_info *boot);

#endif
