// SPDX-License-Identifier: MIT
// links: kernel/acpi/acpi.c kernel/acpi/check.c kernel/acpi/madt.c kernel/acpi/mcfg.c
// links: kernel/acpi/fadt.c kernel/acpi/hpet.c kernel/acpi/spcr.c drivers/vtd/dmar.c
/*
 * The walk from the RSDP on, and every parser with what it finds. The input is physical memory from
 * the BIOS area on, the RSDP first, and memory ends with it; but where its length is a multiple of
 * 16, zeros follow to the end of that area, so that the RSDP is also found by searching.
 *
 * Each mapping is a heap block of its own, of exactly the length asked for: what is read past what
 * was mapped is an error here, as it may be a page fault there.
 */
#include <asm-generic/errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/vtd/dmar.h"
#include "kernel/acpi/check.h"
#include "kernel/acpi/fadt.h"
#include "kernel/acpi/hpet.h"
#include "kernel/acpi/madt.h"
#include "kernel/acpi/mcfg.h"
#include "kernel/acpi/spcr.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "tests/fuzz/fuzz.h"

#define BASE         0xe0000ULL
#define AREA         0x20000ULL
#define MAPPINGS_MAX 4096
#define LINES_MAX    16 /* however many tables are broken */

static const uint8_t *memory;
static size_t memory_size, memory_end;
static void *mappings[MAPPINGS_MAX];
static unsigned int mapping_count, lines;

const void *memory_map_table(uint64_t physical, uint64_t length)
{
	uint64_t offset = physical - BASE;
	uint8_t *block;

	if (!length || physical < BASE || offset > memory_end || length > memory_end - offset)
		return NULL;
	fuzz_check(mapping_count < MAPPINGS_MAX);
	block = calloc(1, length);
	fuzz_check(block);
	if (offset < memory_size)
		memcpy(block, memory + offset,
		       length < memory_size - offset ? length : memory_size - offset);
	mappings[mapping_count++] = block;
	return block;
}

/* One line, marked as a comment, of characters that do a terminal no harm. */
void print(const char *text, ...)
{
	char line[256];
	va_list arguments;
	int length;

	va_start(arguments, text);
	length = vsnprintf(line, sizeof(line), text, arguments);
	va_end(arguments);
	fuzz_check(length > 2 && (size_t)length < sizeof(line));
	fuzz_check(line[0] == '#' && line[length - 1] == '\n');
	for (int i = 0; i < length - 1; i++)
		fuzz_check(line[i] >= ' ' && line[i] <= '~');
	fuzz_check(++lines <= LINES_MAX);
}

static void parse(const char *signature, const struct acpi_header *table)
{
	static struct dmar dmar;
	static struct madt madt;
	static struct mcfg mcfg;
	struct hpet hpet;
	struct fadt fadt;
	struct spcr spcr;
	const char *why = NULL;
	int error = 0;

	if (!memcmp(signature, "DMAR", 4))
		error = dmar_parse(table, &dmar, &why);
	else if (!memcmp(signature, "APIC", 4))
		error = madt_parse(table, &madt, &why);
	else if (!memcmp(signature, "MCFG", 4))
		error = mcfg_parse(table, &mcfg, &why);
	else if (!memcmp(signature, "HPET", 4))
		error = hpet_parse(table, &hpet, &why);
	else if (!memcmp(signature, "SPCR", 4))
		error = spcr_parse(table, &spcr, &why);
	else
		error = fadt_parse(table, &fadt, &why);
	fuzz_check_verdict(error, why);
}

static void check_tables(void)
{
	static const char *const signatures[] = {"DMAR", "APIC", "MCFG", "HPET", "FACP", "SPCR"};

	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		const struct acpi_header *table;

		for (unsigned int n = 0; (table = acpi_table(signatures[i], n)); n++) {
			fuzz_check(!memcmp(table->signature, signatures[i], 4));
			fuzz_check(table->length >= sizeof(*table));
			fuzz_check(acpi_checksum_holds(table, table->length));
			parse(signatures[i], table);
		}
		(void)acpi_table_broken(signatures[i]);
	}
}

static void walk(uint64_t rsdp)
{
	int error;

	lines = 0;
	error = acpi_init(rsdp);
	fuzz_check(error == 0 || error == -ENOENT || error == -EINVAL);
	fuzz_check(error == 0 || lines); /* no error without a word */
	check_tables();
	while (mapping_count)
		free(mappings[--mapping_count]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size > AREA)
		return 0;
	memory = bytes;
	memory_size = size;
	memory_end = size % 16 ? size : AREA;
	walk(BASE);
	walk(0);
	return 0;
}
