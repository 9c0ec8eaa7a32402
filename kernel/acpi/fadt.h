/* SPDX-License-Identifier: MIT */
/*
 * The fixed hardware that ACPI describes, as far as it is of use here: the PM timer, the reset
 * register, and which legacy devices exist (ACPI 6.5, 5.2.9 "Fixed ACPI Description Table (FADT)").
 * Pure.
 */
#ifndef RETARGET_KERNEL_ACPI_FADT_H
#define RETARGET_KERNEL_ACPI_FADT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/acpi/acpi.h"

struct fadt {
	/* A counter of 3.579545 MHz, read as 32 bits. */
	struct acpi_generic_address pm_timer; /* address 0: there is none */
	uint8_t pm_timer_bits;                /* 24 or 32 of them count */

	/* Writing `reset_value`, 8 bits wide, here resets the machine. */
	struct acpi_generic_address reset; /* address 0: there is none */
	uint8_t reset_value;

	uint16_t boot_architecture; /* FADT_BOOT_* */
};

/* ACPI 6.5, 5.2.9.3 "IA-PC Boot Architecture Flags". */
#define FADT_BOOT_LEGACY_DEVICES 0x01
#define FADT_BOOT_8042           0x02
#define FADT_BOOT_NO_VGA         0x04
#define FADT_BOOT_NO_MSI         0x08
#define FADT_BOOT_NO_RTC         0x20

/*
 * Returns 0, or -EINVAL with the reason in `why`: a clause that completes "FADT refused: ...".
 * `out` is undefined then.
 */
int fadt_parse(const struct acpi_header *table, struct fadt *out, const char **why);

#endif
