// SPDX-License-Identifier: MIT
#include "kernel/acpi/fadt.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/bits.h"
#include "kernel/string.h"

/* ACPI 6.5, table 5.9 "FADT Format". What is not read here has no name. */
struct fadt_table {
	struct acpi_header header;
	uint8_t skipped_36[40];
	uint32_t pm_tmr_blk;
	uint8_t skipped_80[11];
	uint8_t pm_tmr_len;
	uint8_t skipped_92[17];
	uint16_t iapc_boot_arch;
	uint8_t skipped_111[1];
	uint32_t flags;
	struct acpi_generic_address reset_reg; /* ACPI 1.0 ends before this */
	uint8_t reset_value;
	uint8_t skipped_129[79];
	struct acpi_generic_address x_pm_tmr_blk;
} __attribute__((packed));
_Static_assert(offsetof(struct fadt_table, pm_tmr_blk) == 76, "ACPI 6.5, table 5.9");
_Static_assert(offsetof(struct fadt_table, pm_tmr_len) == 91, "ACPI 6.5, table 5.9");
_Static_assert(offsetof(struct fadt_table, iapc_boot_arch) == 109, "ACPI 6.5, table 5.9");
_Static_assert(offsetof(struct fadt_table, flags) == 112, "ACPI 6.5, table 5.9");
_Static_assert(offsetof(struct fadt_table, reset_reg) == 116, "ACPI 6.5, table 5.9");
_Static_assert(offsetof(struct fadt_table, reset_value) == 128, "ACPI 6.5, table 5.9");
_Static_assert(offsetof(struct fadt_table, x_pm_tmr_blk) == 208, "ACPI 6.5, table 5.9");

#define LENGTH_ACPI_1 offsetof(struct fadt_table, reset_reg)
#define LENGTH_RESET  offsetof(struct fadt_table, skipped_129)

/* ACPI 6.5, table 5.10 "Fixed ACPI Description Table Fixed Feature Flags". */
#define FLAG_TMR_VAL_EXT     BIT_ULL(8)
#define FLAG_RESET_REG_SUP   BIT_ULL(10)
#define FLAG_HW_REDUCED_ACPI BIT_ULL(20)

/*
 * How much of a table of `length` bytes to believe. The FADT has grown with each version of ACPI;
 * an old one lacks the later fields, and one that is cut off within a field lacks that one.
 */
static size_t usable_length(uint32_t length)
{
	if (length >= sizeof(struct fadt_table))
		return sizeof(struct fadt_table);
	return length >= LENGTH_RESET ? LENGTH_RESET : LENGTH_ACPI_1;
}

/* X_PM_TMR_BLK wins over PM_TMR_BLK, which can only be a port. */
static void find_pm_timer(const struct fadt_table *fadt, struct fadt *out)
{
	if (fadt->flags & FLAG_HW_REDUCED_ACPI)
		return;
	if (fadt->x_pm_tmr_blk.address && fadt->x_pm_tmr_blk.space <= ACPI_SPACE_IO)
		out->pm_timer = fadt->x_pm_tmr_blk;
	else if (fadt->pm_tmr_len == 4)
		out->pm_timer = (struct acpi_generic_address){
		        .space = ACPI_SPACE_IO, .bit_width = 32, .address = fadt->pm_tmr_blk};
	out->pm_timer_bits = fadt->flags & FLAG_TMR_VAL_EXT ? 32 : 24;
}

int fadt_parse(const struct acpi_header *table, struct fadt *out, const char **why)
{
	struct fadt_table fadt = {0};

	if (table->length < LENGTH_ACPI_1) {
		*why = "it is shorter than the 116 bytes of ACPI 1.0";
		return -EINVAL;
	}
	memcpy(&fadt, table, usable_length(table->length));
	memset(out, 0, sizeof(*out));
	find_pm_timer(&fadt, out);
	if (fadt.flags & FLAG_RESET_REG_SUP && fadt.reset_reg.space <= ACPI_SPACE_PCI) {
		out->reset = fadt.reset_reg;
		out->reset_value = fadt.reset_value;
	}
	out->boot_architecture = fadt.iapc_boot_arch;
	return 0;
}
