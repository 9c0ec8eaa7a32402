// SPDX-License-Identifier: MIT
// links: kernel/acpi/hpet.c
#include <stdlib.h>
#include <string.h>

#include "kernel/acpi/hpet.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct acpi_header *table = fuzz_table(bytes, size);
	struct hpet hpet = {0};
	const char *why = NULL;
	int error;

	if (!table)
		return 0;
	error = hpet_parse(table, &hpet, &why);
	fuzz_check_verdict(error, why);
	if (!error) {
		fuzz_check(size >= 56);
		fuzz_check(hpet.base && !memcmp(&hpet.base, bytes + 44, 8));
		fuzz_check(hpet.number == bytes[52]);
	}
	free(table);
	return 0;
}
