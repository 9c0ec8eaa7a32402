/* SPDX-License-Identifier: MIT */
/*
 * Where the HPET's registers lie (IA-PC HPET 1.0a, 3.2.4 "The ACPI 2.0 HPET
 * Description Table"). Pure.
 */
#ifndef RETARGET_KERNEL_ACPI_HPET_H
#define RETARGET_KERNEL_ACPI_HPET_H

#include <stdint.h>

#include "kernel/acpi/acpi.h"

struct hpet {
	uint64_t base;  /* physical */
	uint8_t number; /* by which DMAR's device scopes name it */
};

/*
 * Returns 0, or -EINVAL with the reason in `why`: a clause that completes "HPET refused: ...".
 * `out` is undefined then.
 */
int hpet_parse(const struct acpi_header *table, struct hpet *out, const char **why);

#endif
