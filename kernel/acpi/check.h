/* SPDX-License-Identifier: MIT */
/*
 * Whether what the firmware left in memory is an ACPI structure at all. Pure: the caller has mapped
 * what is looked at. A reason is a clause that completes "table refused: ...", NULL means sound.
 */
#ifndef RETARGET_KERNEL_ACPI_CHECK_H
#define RETARGET_KERNEL_ACPI_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/acpi/acpi.h"

#define ACPI_LENGTH_MAX (1U << 20) /* no table in use comes near; a longer one is garbage */

/* ACPI 6.5, 5.2.5.3 "Root System Description Pointer (RSDP) Structure". */
struct acpi_rsdp {
	char signature[8]; /* "RSD PTR " */
	uint8_t checksum;  /* of the first 20 bytes, all that revision 0 has */
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length; /* from here on: revision 2 */
	uint64_t xsdt;
	uint8_t extended_checksum; /* of `length` bytes */
	uint8_t reserved[3];
} __attribute__((packed));
_Static_assert(sizeof(struct acpi_rsdp) == 36, "ACPI 6.5, 5.2.5.3");

#define ACPI_RSDP_LENGTH_0   20 /* of revision 0 */
#define ACPI_RSDP_LENGTH_MAX 4096

/* All bytes add up to 0. */
bool acpi_checksum_holds(const void *bytes, size_t length);

/* Reads ACPI_RSDP_LENGTH_0 bytes: signature and first checksum. */
const char *acpi_rsdp_fault(const struct acpi_rsdp *rsdp);

/* Reads the 36 bytes of revision 2: whether `length` is believable. */
const char *acpi_rsdp_length_fault(const struct acpi_rsdp *rsdp);

/* Reads the 36 bytes of a header: whether its length is believable. */
const char *acpi_header_fault(const struct acpi_header *header);

/* Reads the whole of a table whose header is sound. */
const char *acpi_table_fault(const struct acpi_header *table);

/* `signature` with what cannot be printed as '?', NUL-terminated. */
void acpi_signature_text(const char *signature, char text[5]);

#endif
