/* SPDX-License-Identifier: MIT */
/*
 * The kernel's ELF file: which part of it is the image that runs at KERNEL_OFFSET, and how that is
 * laid out in memory. Pure code on buffers; nothing of the file is trusted.
 *
 * Segments below KERNEL_OFFSET hold the 32-bit entry for other loaders and are left out.
 */
#ifndef RETARGET_BOOT_UEFI_ELF_IMAGE_H
#define RETARGET_BOOT_UEFI_ELF_IMAGE_H

#include <stdint.h>

struct elf_image {
	uint64_t virtual; /* of the first byte; page-aligned */
	uint64_t pages;   /* of 4 KiB, the zeroed end included */
	uint64_t entry;   /* virtual */
};

/* Checks all that elf_image_load() relies on. Returns NULL, or what is wrong with the file. */
const char *elf_image_check(const void *file, uint64_t size, struct elf_image *image);

/* Copies the segments of a checked file to `memory`: image->pages pages, all zero before. */
void elf_image_load(const void *file, const struct elf_image *image, void *memory);

#endif
