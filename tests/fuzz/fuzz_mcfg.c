// SPDX-License-Identifier: MIT
// links: kernel/acpi/mcfg.c
#include <stdbool.h>

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

static int parse(const struct acpi_header *table, void *out, const char **why)
{
	return mcfg_parse(table, out, why);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct fuzz_parser parser = {parse, &mcfg, &again, sizeof(mcfg), check_mcfg};

	fuzz_parser(&parser, bytes, size);
	return 0;
}
