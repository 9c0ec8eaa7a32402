// SPDX-License-Identifier: MIT
// links: kernel/acpi/fadt.c
#include "kernel/acpi/fadt.h"
#include "tests/fuzz/fuzz.h"

static struct fadt fadt, again;

static void check_fadt(const struct acpi_header *table)
{
	fuzz_check(table->length >= 116);
	fuzz_check(!fadt.pm_timer.address || fadt.pm_timer.space <= ACPI_SPACE_IO);
	fuzz_check(!fadt.pm_timer.address || fadt.pm_timer_bits == 24 || fadt.pm_timer_bits == 32);
	fuzz_check(!fadt.reset.address || fadt.reset.space <= ACPI_SPACE_PCI);
	/* What ACPI 1.0 does not have is not there. */
	fuzz_check(table->length >= 129 || !fadt.reset.address);
}

static int parse(const struct acpi_header *table, void *out, const char **why)
{
	return fadt_parse(table, out, why);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct fuzz_parser parser = {parse, &fadt, &again, sizeof(fadt), check_fadt};

	fuzz_parser(&parser, bytes, size);
	return 0;
}
