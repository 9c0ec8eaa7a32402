/* SPDX-License-Identifier: MIT */
/*
 * What every way of booting hands to the kernel: one struct, filled by the UEFI application
 * (boot/uefi/), the Multiboot2 reader (boot/multiboot2.c) or the PVH reader (boot/pvh.c).
 *
 * State of the machine at kernel_entry(), the ELF entry point:
 *   - 64-bit mode, interrupts off, one CPU running, firmware's boot services ended;
 *   - the kernel's segments mapped at the addresses they are linked at, readable and writable;
 *   - the low 4 GiB mapped at their physical addresses;
 *   - RDI = physical address of a struct boot_info. The kernel copies it at once and then owns all
 *     memory of type BOOT_MEMORY_USABLE; the image itself and the copy's origin lie in none of it.
 */
#ifndef RETARGET_BOOT_BOOT_INFO_H
#define RETARGET_BOOT_BOOT_INFO_H

#include <stdint.h>

#define BOOT_INFO_MAGIC   0x5445475241544552ULL /* "RETARGET" */
#define BOOT_MEMORY_MAX   256
#define BOOT_OPTIONS_SIZE 512
#define BOOT_PATH_SIZE    16

/* The numbers are those of ACPI 6.5, table 15.2 "Address Range Types" (E820). */
enum boot_memory_type {
	BOOT_MEMORY_USABLE = 1,
	BOOT_MEMORY_RESERVED = 2,
	BOOT_MEMORY_ACPI = 3,
	BOOT_MEMORY_ACPI_NVS = 4,
};

struct boot_memory {
	uint64_t base;   /* bytes */
	uint64_t length; /* bytes */
	uint64_t type;   /* enum boot_memory_type; unknown types count as reserved */
};
_Static_assert(sizeof(struct boot_memory) == 24, "loader and kernel agree on struct boot_memory");

struct boot_framebuffer {
	uint64_t address;       /* physical; 0: there is none */
	uint32_t width;         /* pixels, or characters */
	uint32_t height;        /* pixels, or characters */
	uint32_t pitch;         /* bytes from one line to the next */
	uint8_t bits_per_pixel; /* 0: VGA's text mode, two bytes for each character */
	uint8_t red_position;   /* lowest bit of each colour in a pixel */
	uint8_t green_position;
	uint8_t blue_position;
};
_Static_assert(sizeof(struct boot_framebuffer) == 24, "loader and kernel agree on the framebuffer");

struct boot_info {
	uint64_t magic;            /* BOOT_INFO_MAGIC */
	char path[BOOT_PATH_SIZE]; /* "uefi", "multiboot2" or "pvh" */
	uint64_t rsdp;             /* physical; 0: not given, search the BIOS area */
	uint64_t efi_system_table; /* physical; 0: not booted by UEFI, or not told */
	uint64_t kernel_physical;  /* where the image's first byte (_image_start) lies */
	struct boot_framebuffer framebuffer;
	uint64_t memory_count;
	struct boot_memory memory[BOOT_MEMORY_MAX]; /* ascending by base where the firmware's is */
	char options[BOOT_OPTIONS_SIZE];            /* NUL-terminated; "" when there are none */
};
_Static_assert(sizeof(struct boot_info) == 8 + 16 + 8 + 8 + 8 + 24 + 8 + 24 * 256 + 512,
               "loader and kernel agree on struct boot_info");

#endif
