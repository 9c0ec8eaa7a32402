// SPDX-License-Identifier: MIT
#include "kernel/efi.h"

#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/string.h"

/* UEFI 2.10, 4.2.1 "EFI_TABLE_HEADER" */
struct table_header {
	uint64_t signature;
	uint32_t revision;
	uint32_t size;
	uint32_t crc32;
	uint32_t reserved;
};
_Static_assert(sizeof(struct table_header) == 24, "UEFI 2.10, 4.2.1");

#define SYSTEM_TABLE_SIGNATURE 0x5453595320494249ULL /* "IBI SYST" */

/* 4.3.1 "EFI_SYSTEM_TABLE" */
struct system_table {
	struct table_header header;
	uint64_t vendor; /* 16-bit characters */
	uint32_t firmware_revision;
	uint32_t padding;
	uint64_t consoles[6]; /* of the boot services, which are gone */
	uint64_t runtime_services;
	uint64_t boot_services; /* gone */
	uint64_t table_count;
	uint64_t tables;
};
_Static_assert(sizeof(struct system_table) == 120, "UEFI 2.10, 4.3.1");

/* 4.6 "EFI Configuration Table & Properties Table" */
struct configuration_table {
	struct efi_guid name;
	uint64_t table;
};
_Static_assert(sizeof(struct configuration_table) == 24, "UEFI 2.10, 4.6");

#define TABLES_MAX 1024 /* a longer list is garbage */

static const struct system_table *system;

void efi_init(uint64_t system_table)
{
	const struct system_table *found;

	if (!system_table)
		return;
	found = memory_map_table(system_table, sizeof(*found));
	if (!found || found->header.signature != SYSTEM_TABLE_SIGNATURE ||
	    found->table_count > TABLES_MAX)
		print("# efi: the system table at %lx is none: not used\n", system_table);
	else
		system = found;
}

bool efi_present(void)
{
	return system;
}

uint64_t efi_table(const struct efi_guid *name)
{
	const struct configuration_table *tables;

	if (!system)
		return 0;
	tables = memory_map_table(system->tables, system->table_count * sizeof(*tables));
	for (uint64_t i = 0; tables && i < system->table_count; i++)
		if (!memcmp(&tables[i].name, name, sizeof(*name)))
			return tables[i].table;
	return 0;
}

void efi_vendor(char *text, size_t size)
{
	size_t length = 0;

	for (; system && length < size - 1; length++) {
		const uint16_t *c = memory_map_table(system->vendor + 2 * length, sizeof(*c));

		if (!c || !*c)
			break;
		text[length] = (char)(*c < ' ' || *c > '~' || *c == '"' ? '?' : *c);
	}
	text[length] = 0;
}

uint32_t efi_firmware_revision(void)
{
	return system ? system->firmware_revision : 0;
}

uint32_t efi_revision(void)
{
	return system ? system->header.revision : 0;
}

uint64_t efi_runtime_services(void)
{
	return system ? system->runtime_services : 0;
}
