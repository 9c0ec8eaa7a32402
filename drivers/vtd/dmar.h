/* SPDX-License-Identifier: MIT */
/*
 * The remapping hardware units and what each one covers (VT-d r4.1, 8.1 "DMA Remapping Reporting
 * Structure").
 *
 * Pure. A table that does not fit is refused as a whole (-ENOSPC): with a unit or a scope left out,
 * a device would be looked up under the wrong unit, and its messages programmed into a table that
 * nobody reads.
 */
#ifndef RETARGET_DRIVERS_VTD_DMAR_H
#define RETARGET_DRIVERS_VTD_DMAR_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/acpi/acpi.h"

#define DMAR_DRHDS_MAX  64
#define DMAR_SCOPES_MAX 256
#define DMAR_HOPS_MAX   8

/* VT-d r4.1, 8.3.1 "Device Scope Structure". */
enum dmar_scope_type {
	DMAR_SCOPE_ENDPOINT = 1,
	DMAR_SCOPE_SUB_HIERARCHY = 2, /* a bridge and all behind it */
	DMAR_SCOPE_IO_APIC = 3,
	DMAR_SCOPE_HPET = 4,
	DMAR_SCOPE_NAMESPACE = 5,
};

struct dmar_scope {
	uint8_t type;           /* enum dmar_scope_type */
	uint8_t enumeration_id; /* IO-APIC's id, HPET's number */
	uint8_t start_bus;
	uint8_t hop_count;           /* 1 .. DMAR_HOPS_MAX */
	uint8_t hops[DMAR_HOPS_MAX]; /* device 7:3, function 2:0; the first one is on start_bus */
};

/* VT-d r4.1, 8.3 "DMA Remapping Hardware Unit Definition Structure". */
struct dmar_drhd {
	uint64_t base; /* physical, of the unit's registers */
	uint32_t size; /* bytes of them */
	uint16_t segment;
	bool include_pci_all; /* covers what no other unit of the segment names */
	uint16_t first_scope; /* its scopes are dmar.scopes[first_scope] and following */
	uint16_t scope_count;
};

struct dmar {
	uint8_t host_address_width; /* bits */
	uint8_t flags;
	bool interrupt_remapping; /* INTR_REMAP: the platform has it */
	bool x2apic_opt_out;      /* X2APIC_OPT_OUT: the firmware asks not to enter x2APIC mode */
	uint16_t drhd_count;
	uint16_t scope_count;
	struct dmar_drhd drhds[DMAR_DRHDS_MAX];
	struct dmar_scope scopes[DMAR_SCOPES_MAX];
};

/*
 * Returns 0, -EINVAL for a broken table, or -ENOSPC for one that does not fit, with the reason in
 * `why`: a clause that completes "DMAR refused: ...". `out` is undefined then.
 */
int dmar_parse(const struct acpi_header *table, struct dmar *out, const char **why);

/* A unit, and the source id under which it sees the one that was looked up. */
struct dmar_source {
	const struct dmar_drhd *drhd;
	uint16_t id; /* bus 15:8, device 7:3, function 2:0 */
};

/*
 * The unit that covers the IO-APIC with `id` (as in MADT), or the HPET with `number` (as in HPET).
 * Returns 0, -ENOENT when no unit names it (INCLUDE_PCI_ALL does not count: VT-d r4.1, 8.3.1.1
 * "Reporting Scope for I/OxAPICs" has each one named), or -EOPNOTSUPP when it sits behind a bridge,
 * whose bus no table tells.
 */
int dmar_io_apic(const struct dmar *dmar, uint8_t id, struct dmar_source *out);
int dmar_hpet(const struct dmar *dmar, uint8_t number, struct dmar_source *out);

/* A function on the way from the root bus down. */
struct dmar_hop {
	uint8_t bus;
	uint8_t devfn;
};

/*
 * The unit that covers a PCI function. `chain` names the bridges above it, from the root bus down,
 * and itself last; `length` is 1 for a function on a root bus. NULL when no unit covers it.
 */
const struct dmar_drhd *dmar_drhd_for_pci(const struct dmar *dmar, uint16_t segment,
                                          const struct dmar_hop *chain, unsigned int length);

#endif
