/* SPDX-License-Identifier: MIT */
/*
 * Which serial port the firmware uses for its console (Microsoft, Serial Port Console Redirection
 * Table, "Table format"). Pure.
 */
#ifndef RETARGET_KERNEL_ACPI_SPCR_H
#define RETARGET_KERNEL_ACPI_SPCR_H

#include <stdint.h>

#include "kernel/acpi/acpi.h"

struct spcr {
	uint8_t space;  /* ACPI_SPACE_MEMORY or ACPI_SPACE_IO */
	uint8_t width;  /* of an access to a register: 1, 2 or 4 bytes; 1 in ports */
	uint8_t stride; /* bytes from one register to the next */
	uint64_t address;
	uint32_t baud;  /* 0: as the firmware left it */
	uint32_t clock; /* Hz, of the divisor; 0: the table does not say */
};

/*
 * Returns 0, or -EINVAL with the reason in `why`: a clause that completes "SPCR refused: ...".
 * `out` is undefined then. All eight registers of a port lie below 10000h.
 */
int spcr_parse(const struct acpi_header *table, struct spcr *out, const char **why);

#endif
