/* SPDX-License-Identifier: MIT */
/*
 * Where PCI Express configuration space lies in memory (PCI Firmware 3.3, 4.1.2 "MCFG Table
 * Description").
 *
 * Pure. The first allocations that fit are kept and the rest is counted in `left_out`.
 */
#ifndef RETARGET_KERNEL_ACPI_MCFG_H
#define RETARGET_KERNEL_ACPI_MCFG_H

#include <stdint.h>

#include "kernel/acpi/acpi.h"

#define MCFG_ALLOCATIONS_MAX 32

struct mcfg_allocation {
	uint64_t base; /* physical, of bus 0 of the segment, even where the first bus is another */
	uint16_t segment;
	uint8_t first_bus;
	uint8_t last_bus;
};

struct mcfg {
	uint32_t count;
	uint32_t left_out;
	struct mcfg_allocation allocations[MCFG_ALLOCATIONS_MAX];
};

/*
 * Returns 0, or -EINVAL with the reason in `why`: a clause that completes "MCFG refused: ...".
 * `out` is undefined then.
 */
int mcfg_parse(const struct acpi_header *table, struct mcfg *out, const char **why);

#endif
