// SPDX-License-Identifier: MIT
// links: kernel/smbios.c kernel/acpi/check.c
// The first SMBIOS_ENTRY_SIZE bytes are an entry point, the rest a table.
#include <stdlib.h>
#include <string.h>

#include "kernel/smbios.h"
#include "tests/fuzz/fuzz.h"

static void check_text(const char *text)
{
	fuzz_check(memchr(text, 0, SMBIOS_TEXT_SIZE));
	for (; *text; text++)
		fuzz_check(*text >= ' ' && *text <= '~' && *text != '"');
}

/* In a heap block of its size: AddressSanitizer sees the first byte read past the end. */
static void check_table(const uint8_t *bytes, size_t size)
{
	uint8_t *table = malloc(size + 1);
	struct smbios smbios, again;

	fuzz_check(table);
	memcpy(table + 1, bytes, size);
	memset(&smbios, 0x00, sizeof(smbios));
	memset(&again, 0xff, sizeof(again));
	smbios_parse(table + 1, size, &smbios);
	smbios_parse(table + 1, size, &again);
	check_text(smbios.firmware_vendor);
	check_text(smbios.firmware_version);
	check_text(smbios.firmware_date);
	check_text(smbios.machine_vendor);
	check_text(smbios.machine_name);
	fuzz_check(!strcmp(smbios.firmware_vendor, again.firmware_vendor));
	fuzz_check(!strcmp(smbios.machine_name, again.machine_name));
	free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct smbios_entry entry = {0};
	uint8_t *at;

	if (size < SMBIOS_ENTRY_SIZE)
		return 0;
	at = malloc(SMBIOS_ENTRY_SIZE);
	fuzz_check(at);
	memcpy(at, bytes, SMBIOS_ENTRY_SIZE);
	if (!smbios_entry_parse(at, &entry))
		fuzz_check(entry.address && entry.size && entry.size <= SMBIOS_TABLE_MAX);
	free(at);
	check_table(bytes + SMBIOS_ENTRY_SIZE, size - SMBIOS_ENTRY_SIZE);
	return 0;
}
