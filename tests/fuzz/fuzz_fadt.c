// SPDX-License-Identifier: MIT
// links: kernel/acpi/fadt.c
#include <stdlib.h>
#include <string.h>

#include "kernel/acpi/fadt.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct acpi_header *table = fuzz_table(bytes, size);
	struct fadt fadt, again;
	const char *why = NULL, *why_again = NULL;
	int error;

	if (!table)
		return 0;
	memset(&fadt, 0x00, sizeof(fadt));
	memset(&again, 0xff, sizeof(again));
	error = fadt_parse(table, &fadt, &why);
	fuzz_check_verdict(error, why);
	fuzz_check(fadt_parse(table, &again, &why_again) == error);
	if (!error) {
		fuzz_check(size >= 116);
		fuzz_check(!fadt.pm_timer.address || fadt.pm_timer.space <= ACPI_SPACE_IO);
		fuzz_check(!fadt.pm_timer.address || fadt.pm_timer_bits == 24 ||
		           fadt.pm_timer_bits == 32);
		fuzz_check(!fadt.reset.address || fadt.reset.space <= ACPI_SPACE_PCI);
		/* What ACPI 1.0 does not have is not there. */
		fuzz_check(size >= 129 || !fadt.reset.address);
		fuzz_check(fadt.pm_timer.address == again.pm_timer.address &&
		           fadt.reset.address == again.reset.address &&
		           fadt.boot_architecture == again.boot_architecture);
	}
	free(table);
	return 0;
}
