// SPDX-License-Identifier: MIT
// links: kernel/smbios.c kernel/acpi/check.c
#include <asm-generic/errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/smbios.h"
#include "tests/host/unit.h"

/* Types 0 and 1 as firmware has them, and the end. */
static const uint8_t sound[] = "\x00\x18\x00\x00\x01\x02\x00\xe8\x03"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" /* to 18h bytes */
                               "A Vendor\0 1.2 \0"
                               "04/01/2014\0\0"
                               "\x01\x08\x01\x00\x02\x01\x00\x00"
                               "Board \"X\"\0Maker\x80\0\0"
                               "\x7f\x04\x02\x00\0";

static struct smbios parsed;

static void reads_the_texts(void **state)
{
	(void)state;
	smbios_parse(sound, sizeof(sound), &parsed);
	assert_string_equal(parsed.firmware_vendor, "A Vendor");
	assert_string_equal(parsed.firmware_version, "1.2");
	assert_string_equal(parsed.firmware_date, "04/01/2014");
	assert_string_equal(parsed.machine_vendor, "Maker?");
	assert_string_equal(parsed.machine_name, "Board ?X?");
}

/* In a block of just that size: AddressSanitizer sees a byte too far. */
static void reads_every_truncation(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof(sound); size++) {
		uint8_t *cut = malloc(size + 1);

		memcpy(cut + 1, sound, size);
		smbios_parse(cut + 1, size, &parsed);
		assert_true(!parsed.machine_name[0] || !strcmp(parsed.machine_name, "Board ?X?"));
		free(cut);
	}
}

static void a_text_of_no_structure_is_none(void **state)
{
	uint8_t table[sizeof(sound)];

	(void)state;
	memcpy(table, sound, sizeof(table));
	table[4] = 4; /* there are three */
	table[5] = 0;
	smbios_parse(table, sizeof(table), &parsed);
	assert_string_equal(parsed.firmware_vendor, "");
	assert_string_equal(parsed.firmware_version, "");
	assert_string_equal(parsed.firmware_date, "04/01/2014");
}

static void a_structure_shorter_than_its_header_ends_it(void **state)
{
	uint8_t table[sizeof(sound)];

	(void)state;
	memcpy(table, sound, sizeof(table));
	table[1] = 3;
	smbios_parse(table, sizeof(table), &parsed);
	assert_string_equal(parsed.firmware_vendor, "");
	assert_string_equal(parsed.machine_vendor, "");
}

/* Its first string begins where a longer structure has the version's number. */
static void a_short_structure_has_no_later_fields(void **state)
{
	const uint8_t table[] = "\x00\x05\x00\x00\x01\x01 x\0";

	(void)state;
	smbios_parse(table, sizeof(table), &parsed);
	assert_string_equal(parsed.firmware_vendor, "? x");
	assert_string_equal(parsed.firmware_version, "");
}

static void long_texts_are_cut(void **state)
{
	uint8_t table[256] = {0, 9, 0, 0, 1, 0, 0, 0, 0};

	(void)state;
	memset(table + 9, 'x', 200);
	smbios_parse(table, sizeof(table), &parsed);
	assert_int_equal(strlen(parsed.firmware_vendor), SMBIOS_TEXT_SIZE - 1);
}

static void seal(uint8_t *entry, size_t length)
{
	uint8_t sum = 0;

	entry[4 + (entry[3] == '3')] = 0;
	for (size_t i = 0; i < length; i++)
		sum += entry[i];
	entry[4 + (entry[3] == '3')] = -sum;
}

static void reads_both_entry_points(void **state)
{
	uint8_t small[SMBIOS_ENTRY_SIZE] = "_SM_\0\x1f";
	uint8_t large[SMBIOS_ENTRY_SIZE] = "_SM3_\0\x18";
	struct smbios_entry entry;

	(void)state;
	memcpy(small + 16, "_DMI_", 5);
	small[0x16] = 0x34;
	small[0x17] = 0x12;
	small[0x1a] = 0x0f;
	seal(small, 31);
	assert_int_equal(smbios_entry_parse(small, &entry), 0);
	assert_int_equal(entry.address, 0xf0000);
	assert_int_equal(entry.size, 0x1234);
	small[0x18]++;
	assert_int_equal(smbios_entry_parse(small, &entry), -EINVAL);

	memset(large + 12, 0xff, 4);
	large[16 + 4] = 1;
	seal(large, 24);
	assert_int_equal(smbios_entry_parse(large, &entry), 0);
	assert_int_equal(entry.address, 1ULL << 32);
	assert_int_equal(entry.size, SMBIOS_TABLE_MAX);
	large[6] = 33;
	seal(large, 24);
	assert_int_equal(smbios_entry_parse(large, &entry), -EINVAL);
}

static void refuses_what_leads_nowhere(void **state)
{
	uint8_t large[SMBIOS_ENTRY_SIZE] = "_SM3_\0\x18";
	struct smbios_entry entry;

	(void)state;
	large[12] = 1;
	seal(large, 24);
	assert_int_equal(smbios_entry_parse(large, &entry), -EINVAL);
	large[12] = 0;
	large[20] = 1;
	seal(large, 24);
	assert_int_equal(smbios_entry_parse(large, &entry), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_the_texts),
	        cmocka_unit_test(reads_every_truncation),
	        cmocka_unit_test(a_text_of_no_structure_is_none),
	        cmocka_unit_test(a_structure_shorter_than_its_header_ends_it),
	        cmocka_unit_test(a_short_structure_has_no_later_fields),
	        cmocka_unit_test(long_texts_are_cut),
	        cmocka_unit_test(reads_both_entry_points),
	        cmocka_unit_test(refuses_what_leads_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
