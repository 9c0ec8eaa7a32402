/* SPDX-License-Identifier: MIT */
/*
 * The Multiboot2 boot information, as far as it is read here (Multiboot2 specification 2.0, 3.6,
 * Boot information). Pure code: boot_multiboot2() in boot/boot.h calls it on the loader's memory,
 * the unit tests on buffers of their own.
 *
 * The information is a header and a row of tags, each padded to a multiple of 8 bytes, up to the
 * end tag. The structures are little endian, as the machine.
 */
#ifndef RETARGET_BOOT_MULTIBOOT2_H
#define RETARGET_BOOT_MULTIBOOT2_H

#include <stdint.h>

#include "boot/boot_info.h"

enum multiboot2_tag_type {
	MULTIBOOT2_TAG_END = 0,
	MULTIBOOT2_TAG_COMMAND_LINE = 1,
	MULTIBOOT2_TAG_MEMORY_MAP = 6,
	MULTIBOOT2_TAG_FRAMEBUFFER = 8,
	MULTIBOOT2_TAG_EFI_64 = 12,
	MULTIBOOT2_TAG_RSDP_ACPI_1 = 14,
	MULTIBOOT2_TAG_RSDP_ACPI_2 = 15,
};

/* 3.6.1, Boot information format */
struct multiboot2_info {
	uint32_t total_size; /* bytes, this header and the end tag included */
	uint32_t reserved;
};
_Static_assert(sizeof(struct multiboot2_info) == 8, "Multiboot2 3.6.1");

/* 3.6.2, Basic tags structure */
struct multiboot2_tag {
	uint32_t type;
	uint32_t size; /* bytes, this header included, the padding not */
};
_Static_assert(sizeof(struct multiboot2_tag) == 8, "Multiboot2 3.6.2");

/* 3.6.8, Memory map: the header, followed by entries of entry_size bytes each */
struct multiboot2_memory_map {
	struct multiboot2_tag tag;
	uint32_t entry_size; /* a multiple of 8; later versions may have longer entries */
	uint32_t entry_version;
};
_Static_assert(sizeof(struct multiboot2_memory_map) == 16, "Multiboot2 3.6.8");

struct multiboot2_memory {
	uint64_t base;
	uint64_t length;
	uint32_t type;
	uint32_t reserved;
};
_Static_assert(sizeof(struct multiboot2_memory) == 24, "Multiboot2 3.6.8");

/* 3.6.15, EFI 64-bit system table pointer */
struct multiboot2_efi_64 {
	struct multiboot2_tag tag;
	uint64_t system_table; /* physical */
};
_Static_assert(sizeof(struct multiboot2_efi_64) == 16, "Multiboot2 3.6.15");

#define MULTIBOOT2_FRAMEBUFFER_RGB  1
#define MULTIBOOT2_FRAMEBUFFER_TEXT 2 /* VGA's: width and height in characters */

/*
 * 3.6.12, Framebuffer info, with the colours of framebuffer_type 1. Before these the table there
 * shows one reserved byte; loaders write two, as the example header, multiboot2.h, of the same
 * specification has it.
 */
struct multiboot2_framebuffer {
	struct multiboot2_tag tag;
	uint64_t address;
	uint32_t pitch;
	uint32_t width;
	uint32_t height;
	uint8_t bits_per_pixel;
	uint8_t type;
	uint16_t reserved;
	uint8_t red_position;
	uint8_t red_size;
	uint8_t green_position;
	uint8_t green_size;
	uint8_t blue_position;
	uint8_t blue_size;
	uint8_t padding[2];
};
_Static_assert(sizeof(struct multiboot2_framebuffer) == 40, "Multiboot2 3.6.12");

/* What the tag itself counts: without the padding. */
#define MULTIBOOT2_FRAMEBUFFER_SIZE 38

/*
 * Fills magic, path, options, rsdp, efi_system_table, framebuffer and memory of `boot`, which is
 * all zero before.
 * `info` is the information, 8-byte aligned, `size` bytes of it readable; `physical` its physical
 * address: the RSDP is a copy inside the information, so all of that becomes reserved memory.
 * Returns 0, -EINVAL (a size or a tag is wrong, or there is no memory map) or -E2BIG (options).
 */
int multiboot2_parse(const void *info, uint64_t size, uint64_t physical, struct boot_info *boot);

#endif
