// SPDX-License-Identifier: MIT
// links: kernel/acpi/spcr.c
#include <stdlib.h>
#include <string.h>

#include "kernel/acpi/spcr.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct acpi_header *table = fuzz_table(bytes, size);
	struct spcr spcr = {0};
	const char *why = NULL;
	int error;

	if (!table)
		return 0;
	error = spcr_parse(table, &spcr, &why);
	fuzz_check_verdict(error, why);
	if (!error) {
		fuzz_check(size >= 80);
		fuzz_check(spcr.space == ACPI_SPACE_MEMORY || spcr.space == ACPI_SPACE_IO);
		fuzz_check(spcr.address && !memcmp(&spcr.address, bytes + 44, 8));
		fuzz_check(spcr.width == 1 || spcr.width == 2 || spcr.width == 4);
		fuzz_check(spcr.stride >= spcr.width && spcr.stride <= 4);
		fuzz_check(spcr.address % spcr.width == 0);
		fuzz_check(spcr.space == ACPI_SPACE_MEMORY || spcr.address <= 0xfff8);
	}
	free(table);
	return 0;
}
