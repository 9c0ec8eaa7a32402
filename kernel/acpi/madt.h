/* SPDX-License-Identifier: MIT */
/*
 * The machine's CPUs and IO-APICs (ACPI 6.5, 5.2.12 "Multiple APIC Description Table (MADT)").
 *
 * Pure. Of each kind the first ones that fit are kept and the rest is counted in `left_out`, so
 * that a machine that is too large can still be used in part, and told so.
 */
#ifndef RETARGET_KERNEL_ACPI_MADT_H
#define RETARGET_KERNEL_ACPI_MADT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/acpi/acpi.h"

#define MADT_CPUS_MAX      512
#define MADT_IO_APICS_MAX  16
#define MADT_OVERRIDES_MAX 32

/* A CPU that is there (enabled) or can be added while the system runs (only online capable). */
struct madt_cpu {
	uint32_t apic_id;
	bool enabled;
	bool online_capable;
};

struct madt_io_apic {
	uint32_t address; /* physical */
	uint32_t gsi_base;
	uint8_t id;
};

/* Legacy interrupt `source` (0..15) comes in at `gsi`. */
struct madt_override {
	uint32_t gsi;
	uint16_t flags; /* MADT_POLARITY, MADT_TRIGGER */
	uint8_t source;
};

/* ACPI 6.5, table 5.26 "MPS INTI Flags"; 0 in either field: as the bus has it (ISA: high, edge). */
#define MADT_POLARITY      0x3
#define MADT_POLARITY_HIGH 0x1
#define MADT_POLARITY_LOW  0x3
#define MADT_TRIGGER       0xc
#define MADT_TRIGGER_EDGE  0x4
#define MADT_TRIGGER_LEVEL 0xc

struct madt {
	uint64_t local_apic; /* physical address of every CPU's local APIC */
	bool has_8259;       /* PCAT_COMPAT: two 8259s exist and must be masked */
	uint32_t cpu_count;
	uint32_t io_apic_count;
	uint32_t override_count;
	uint32_t left_out;  /* entries beyond the maxima */
	uint32_t senseless; /* CPUs with the broadcast id, overrides of what is no ISA interrupt */
	struct madt_cpu cpus[MADT_CPUS_MAX]; /* each APIC id once, in the table's order */
	struct madt_io_apic io_apics[MADT_IO_APICS_MAX];
	struct madt_override overrides[MADT_OVERRIDES_MAX];
};

/*
 * Returns 0, or -EINVAL with the reason in `why`: a clause that completes "MADT refused: ...".
 * `out` is undefined then.
 */
int madt_parse(const struct acpi_header *table, struct madt *out, const char **why);

#endif
