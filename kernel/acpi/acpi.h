/* SPDX-License-Identifier: MIT */
/*
 * ACPI tables as the firmware left them (ACPI 6.5, chapter 5 "ACPI Software Programming Model").
 *
 * acpi_init() walks RSDP and XSDT (or RSDT) and maps every table whose header and checksum hold.
 * Tables are then parsed by pure functions (madt.h, mcfg.h, fadt.h, hpet.h, drivers/vtd/dmar.h).
 * They take the table, read nothing outside of the length in its header, trust no other field, and
 * are tested on the build machine.
 */
#ifndef RETARGET_KERNEL_ACPI_ACPI_H
#define RETARGET_KERNEL_ACPI_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ACPI 6.5, 5.2.6 "System Description Table Header". */
struct acpi_header {
	char signature[4];
	uint32_t length; /* of the whole table, this header included */
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __attribute__((packed));
_Static_assert(sizeof(struct acpi_header) == 36, "ACPI 6.5, 5.2.6");

/* ACPI 6.5, 5.2.3.2 "Generic Address Structure". */
struct acpi_generic_address {
	uint8_t space; /* ACPI_SPACE_* */
	uint8_t bit_width;
	uint8_t bit_offset;
	uint8_t access_size;
	uint64_t address;
} __attribute__((packed));
_Static_assert(sizeof(struct acpi_generic_address) == 12, "ACPI 6.5, 5.2.3.2");

#define ACPI_SPACE_MEMORY 0
#define ACPI_SPACE_IO     1
#define ACPI_SPACE_PCI    2 /* configuration space of bus 0 */

/*
 * Finds the root tables. `rsdp` is physical; 0 means search the BIOS area (ACPI 6.5, 5.2.5.1).
 * Returns 0, -ENOENT when there is no RSDP, -EINVAL when it or the root table is broken. A broken
 * single table costs one printed line that names it, and only that table.
 */
int acpi_init(uint64_t rsdp);

/*
 * The n-th table with `signature` (4 characters), checksum already verified; NULL when there is
 * none. Its length is in its header and fully mapped.
 */
const struct acpi_header *acpi_table(const char *signature, unsigned int n);

/*
 * The first table with `signature`, of which there should be one: that there are more is printed.
 */
const struct acpi_header *acpi_only_table(const char *signature);

/* Whether a table with `signature` was listed but refused because it is broken. */
bool acpi_table_broken(const char *signature);

#endif
