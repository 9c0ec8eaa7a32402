// SPDX-License-Identifier: MIT
/*
 * Changes an input of fuzz_acpi.c, then makes most checksums right again: without that hardly an
 * input would get past the first one.
 */
#include <string.h>

#include "kernel/acpi/check.h"
#include "tests/fuzz/fuzz.h"

#define BASE 0xe0000ULL

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t room);

static uint8_t *memory;
static size_t end;

static uint8_t sum_to_zero(const uint8_t *bytes, size_t size)
{
	uint8_t sum = 0;

	while (size--)
		sum -= *bytes++;
	return sum;
}

/* The table at `address` if it lies in the input. */
static struct acpi_header *repair_table(uint64_t address)
{
	struct acpi_header *table;

	if (address < BASE || address - BASE > end || end - (address - BASE) < sizeof(*table))
		return NULL;
	table = (struct acpi_header *)(memory + (address - BASE));
	if (table->length < sizeof(*table) || table->length > end - (address - BASE))
		return NULL;
	table->checksum = 0;
	table->checksum = sum_to_zero((uint8_t *)table, table->length);
	return table;
}

/* What it lists first: its own sum is over their addresses, not over them. */
static void repair_root(uint64_t address, size_t entry_size)
{
	struct acpi_header *root = repair_table(address);
	uint8_t *entry;

	if (!root)
		return;
	entry = (uint8_t *)(root + 1);
	for (size_t left = root->length - sizeof(*root); left >= entry_size; left -= entry_size) {
		uint64_t listed = 0;

		memcpy(&listed, entry, entry_size);
		repair_table(listed);
		entry += entry_size;
	}
	repair_table(address);
}

static void repair_rsdp(void)
{
	struct acpi_rsdp *rsdp = (struct acpi_rsdp *)memory;

	memcpy(rsdp->signature, "RSD PTR ", sizeof(rsdp->signature));
	rsdp->checksum = 0;
	rsdp->checksum = sum_to_zero(memory, ACPI_RSDP_LENGTH_0);
	if (rsdp->length < sizeof(*rsdp) || rsdp->length > end)
		return;
	rsdp->extended_checksum = 0;
	rsdp->extended_checksum = sum_to_zero(memory, rsdp->length);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned int seed)
{
	const struct acpi_rsdp *rsdp = (const struct acpi_rsdp *)bytes;

	size = LLVMFuzzerMutate(bytes, size, room);
	if (size < sizeof(*rsdp))
		return size;
	memory = bytes;
	end = size;
	if (seed % 16 > 0)
		repair_root(rsdp->rsdt, 4);
	if (seed % 16 > 1)
		repair_root(rsdp->xsdt, 8);
	if (seed % 16 > 2)
		repair_rsdp();
	return size;
}
