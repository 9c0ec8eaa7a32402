// SPDX-License-Identifier: MIT
// links: kernel/acpi/mcfg.c
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/acpi/mcfg.h"
#include "tests/fuzz/fuzz.h"

static struct mcfg mcfg, again;

#define MIB (1ULL << 20)

/* Compared in MiB, where no sum can wrap round: another way than the parser's. */
static bool meet(const struct mcfg_allocation *a, const struct mcfg_allocation *b)
{
	uint64_t a_first = a->base / MIB + a->first_bus, a_last = a->base / MIB + a->last_bus;
	uint64_t b_first = b->base / MIB + b->first_bus, b_last = b->base / MIB + b->last_bus;

	return a_first <= b_last && b_first <= a_last;
}

static void check_mcfg(const struct acpi_header *table)
{
	bool segment_zero = false;

	fuzz_check(mcfg.count >= 1 && mcfg.count <= MCFG_ALLOCATIONS_MAX);
	fuzz_check(mcfg.count + mcfg.left_out == (table->length - 44) / 16);
	for (uint32_t i = 0; i < mcfg.count; i++) {
		const struct mcfg_allocation *a = &mcfg.allocations[i];

		fuzz_check(a->base && a->base % MIB == 0);
		fuzz_check(a->first_bus <= a->last_bus);
		fuzz_check(a->base / MIB + a->last_bus < 1ULL << 44);
		segment_zero |= !a->segment;
		for (uint32_t j = 0; j < i; j++)
			fuzz_check(!meet(a, &mcfg.allocations[j]));
	}
	fuzz_check(segment_zero);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct acpi_header *table = fuzz_table(bytes, size);
	const char *why = NULL, *why_again = NULL;
	int error;

	if (!table)
		return 0;
	memset(&mcfg, 0x00, sizeof(mcfg));
	memset(&again, 0xff, sizeof(again));
	error = mcfg_parse(table, &mcfg, &why);
	fuzz_check_verdict(error, why);
	fuzz_check(mcfg_parse(table, &again, &why_again) == error);
	if (!error) {
		fuzz_check(mcfg.count == again.count && mcfg.left_out == again.left_out);
		check_mcfg(table);
	}
	free(table);
	return 0;
}
