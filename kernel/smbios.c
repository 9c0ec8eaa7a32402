// SPDX-License-Identifier: MIT
#include "kernel/smbios.h"

#include <asm-generic/errno.h>

#include "kernel/acpi/check.h"
#include "kernel/string.h"

/* DSP0134 3.6, 5.2.1 "SMBIOS 2.1 (32-bit) Entry Point" and 5.2.2 "SMBIOS 3.0 (64-bit) Entry Point"
 */
struct entry_32 {
	char anchor[4]; /* "_SM_" */
	uint8_t checksum;
	uint8_t length;
	uint8_t version[2];
	uint16_t largest;
	uint8_t revision;
	uint8_t formatted[5];
	char intermediate_anchor[5]; /* "_DMI_" */
	uint8_t intermediate_checksum;
	uint16_t table_length;
	uint32_t table;
	uint16_t count;
	uint8_t bcd;
} __attribute__((packed));
_Static_assert(sizeof(struct entry_32) == 31, "DSP0134 3.6, 5.2.1");

struct entry_64 {
	char anchor[5]; /* "_SM3_" */
	uint8_t checksum;
	uint8_t length;
	uint8_t version[3];
	uint8_t revision;
	uint8_t reserved;
	uint32_t table_size;
	uint64_t table;
} __attribute__((packed));
_Static_assert(sizeof(struct entry_64) == 24, "DSP0134 3.6, 5.2.2");

/* 6.1.2 "Structure header format" */
struct header {
	uint8_t type;
	uint8_t length; /* of the formatted part; the strings follow */
	uint16_t handle;
} __attribute__((packed));
_Static_assert(sizeof(struct header) == 4, "DSP0134 3.6, 6.1.2");

#define TYPE_FIRMWARE 0
#define TYPE_SYSTEM   1
#define TYPE_END      127

#define SHORTEST_32 0x1e /* the specification's version 2.1 gives it so, for 1fh */

int smbios_entry_parse(const uint8_t *at, struct smbios_entry *out)
{
	struct entry_32 small;
	struct entry_64 large;

	memcpy(&small, at, sizeof(small));
	memcpy(&large, at, sizeof(large));
	if (!memcmp(large.anchor, "_SM3_", 5) && large.length >= sizeof(large) &&
	    large.length <= SMBIOS_ENTRY_SIZE && acpi_checksum_holds(at, large.length))
		*out = (struct smbios_entry){large.table, large.table_size};
	else if (!memcmp(small.anchor, "_SM_", 4) && small.length >= SHORTEST_32 &&
	         small.length <= SMBIOS_ENTRY_SIZE &&
	         !memcmp(small.intermediate_anchor, "_DMI_", 5) &&
	         acpi_checksum_holds(at, small.length))
		*out = (struct smbios_entry){small.table, small.table_length};
	else
		return -EINVAL;
	if (!out->address || !out->size)
		return -EINVAL;
	if (out->size > SMBIOS_TABLE_MAX)
		out->size = SMBIOS_TABLE_MAX;
	return 0;
}

/* The end of the strings behind the formatted part, which two NULs close; NULL when cut off. */
static const uint8_t *end_of_strings(const uint8_t *from, const uint8_t *end)
{
	for (; end - from >= 2; from++)
		if (!from[0] && !from[1])
			return from + 2;
	return NULL;
}

/* 6.1.3 "Text strings": they are numbered from 1, 0 is none. Without blanks at either end. */
static void copy_string(const uint8_t *strings, const uint8_t *end, uint8_t number, char *to)
{
	size_t length = 0;

	to[0] = 0;
	for (; number > 1 && strings < end; number--) {
		strings += strlen((const char *)strings) + 1;
		if (!*strings)
			return;
	}
	if (!number || strings >= end)
		return;
	while (*strings == ' ')
		strings++;
	for (; length < SMBIOS_TEXT_SIZE - 1 && strings[length]; length++) {
		uint8_t c = strings[length];

		to[length] = (char)(c < ' ' || c > '~' || c == '"' ? '?' : c);
	}
	while (length && to[length - 1] == ' ')
		length--;
	to[length] = 0;
}

struct field {
	uint8_t type;
	uint8_t offset;
	char *to;
};

static void read_structure(const uint8_t *at, const uint8_t *end, const struct field *fields,
                           size_t count)
{
	const struct header *header = (const void *)at;
	const uint8_t *strings = at + header->length;

	for (size_t i = 0; i < count; i++)
		if (fields[i].type == header->type && fields[i].offset < header->length &&
		    !fields[i].to[0])
			copy_string(strings, end - 1, at[fields[i].offset], fields[i].to);
}

void smbios_parse(const uint8_t *table, size_t size, struct smbios *out)
{
	/* 7.1 "Platform Firmware Information (Type 0)", 7.2 "System Information (Type 1)" */
	const struct field fields[] = {
	        {TYPE_FIRMWARE, 0x04, out->firmware_vendor},
	        {TYPE_FIRMWARE, 0x05, out->firmware_version},
	        {TYPE_FIRMWARE, 0x08, out->firmware_date},
	        {TYPE_SYSTEM, 0x04, out->machine_vendor},
	        {TYPE_SYSTEM, 0x05, out->machine_name},
	};
	const uint8_t *end = table + size;
	const uint8_t *next;

	memset(out, 0, sizeof(*out));
	for (const uint8_t *at = table; (size_t)(end - at) >= sizeof(struct header); at = next) {
		const struct header *header = (const void *)at;

		if (header->type == TYPE_END || header->length < sizeof(*header) ||
		    header->length > end - at)
			return;
		next = end_of_strings(at + header->length, end);
		if (!next)
			return;
		read_structure(at, next, fields, sizeof(fields) / sizeof(fields[0]));
	}
}
