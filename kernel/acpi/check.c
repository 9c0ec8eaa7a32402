// SPDX-License-Identifier: MIT
#include "kernel/acpi/check.h"

#include "kernel/string.h"

bool acpi_checksum_holds(const void *bytes, size_t length)
{
	const uint8_t *byte = bytes;
	uint8_t sum = 0;

	while (length--)
		sum += *byte++;
	return sum == 0;
}

const char *acpi_rsdp_fault(const struct acpi_rsdp *rsdp)
{
	if (memcmp(rsdp->signature, "RSD PTR ", 8))
		return "its signature is not \"RSD PTR \"";
	if (!acpi_checksum_holds(rsdp, ACPI_RSDP_LENGTH_0))
		return "its checksum is wrong";
	return NULL;
}

const char *acpi_rsdp_length_fault(const struct acpi_rsdp *rsdp)
{
	if (rsdp->length < sizeof(*rsdp) || rsdp->length > ACPI_RSDP_LENGTH_MAX)
		return "its length is not between 36 and 4096 bytes";
	return NULL;
}

const char *acpi_header_fault(const struct acpi_header *header)
{
	if (header->length < sizeof(*header))
		return "its length is less than the 36 bytes of a header";
	if (header->length > ACPI_LENGTH_MAX)
		return "its length is more than 1 MiB";
	return NULL;
}

const char *acpi_table_fault(const struct acpi_header *table)
{
	return acpi_checksum_holds(table, table->length) ? NULL : "its checksum is wrong";
}

void acpi_signature_text(const char *signature, char text[5])
{
	for (int i = 0; i < 4; i++)
		text[i] = signature[i] >= ' ' && signature[i] <= '~' ? signature[i] : '?';
	text[4] = 0;
}
