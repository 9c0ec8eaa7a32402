// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/fixture.h"
#include "tests/host/unit.h"

struct acpi_header *fixture_table(const char *name)
{
	struct acpi_header header, *table;
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), TABLES "/%s.aml", name);
	file = fopen(path, "rb");
	if (!file)
		fail_msg("cannot open %s", path);
	assert_int_equal(fread(&header, sizeof(header), 1, file), 1);
	rewind(file);
	table = malloc(header.length);
	assert_non_null(table);
	assert_int_equal(fread(table, header.length, 1, file), 1);
	assert_int_equal(fgetc(file), EOF);
	fclose(file);
	/* Compiled under a signature that means nothing to iasl: tests/host/tables/dmar.dsl. */
	if (!memcmp(table->signature, "OEM1", sizeof(table->signature))) {
		memcpy(table->signature, "DMAR", sizeof(table->signature));
		fixture_checksum(table);
	}
	return table;
}

uint8_t fixture_checksum_of(const void *bytes, size_t size)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += ((const uint8_t *)bytes)[i];
	return -sum;
}

void fixture_checksum(struct acpi_header *table)
{
	table->checksum = 0;
	table->checksum = fixture_checksum_of(table, table->length);
}

struct acpi_header *fixture_truncated(const struct acpi_header *table, uint32_t length)
{
	struct acpi_header *copy = malloc(length);

	assert_non_null(copy);
	memcpy(copy, table, length);
	copy->length = length;
	fixture_checksum(copy);
	return copy;
}

struct acpi_header *fixture_append(struct acpi_header *table, const void *bytes, uint32_t size)
{
	struct acpi_header *longer = malloc(table->length + size);

	assert_non_null(longer);
	memcpy(longer, table, table->length);
	memcpy((uint8_t *)longer + table->length, bytes, size);
	longer->length += size;
	fixture_checksum(longer);
	free(table);
	return longer;
}

static void break_byte(struct acpi_header *table, uint32_t offset, uint8_t value,
                       void (*parse)(const struct acpi_header *table))
{
	uint8_t *byte = (uint8_t *)table + offset, before = *byte;

	*byte = value;
	parse(table);
	*byte = before;
}

void fixture_break(const char *name, void (*parse)(const struct acpi_header *table))
{
	struct acpi_header *table = fixture_table(name);

	for (uint32_t length = sizeof(*table); length <= table->length; length++) {
		struct acpi_header *copy = fixture_truncated(table, length);

		parse(copy);
		free(copy);
	}
	for (uint32_t offset = sizeof(*table); offset < table->length; offset++) {
		break_byte(table, offset, ~((uint8_t *)table)[offset], parse);
		break_byte(table, offset, 0, parse);
		break_byte(table, offset, 1, parse);
		break_byte(table, offset, 0xff, parse);
	}
	free(table);
}
