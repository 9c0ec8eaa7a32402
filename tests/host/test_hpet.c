// SPDX-License-Identifier: MIT
// links: kernel/acpi/hpet.c
#include <asm-generic/errno.h>
#include <stdlib.h>

#include "kernel/acpi/hpet.h"
#include "tests/host/fixture.h"
#include "tests/host/unit.h"

#define BASE_SPACE   40 /* offsets in the table */
#define BASE_ADDRESS 44

static struct hpet hpet;

static void reads_base_and_number(void **state)
{
	struct acpi_header *table = fixture_table("hpet");
	const char *why = NULL;

	(void)state;
	assert_int_equal(hpet_parse(table, &hpet, &why), 0);
	assert_int_equal(hpet.base, 0xfed00000);
	assert_int_equal(hpet.number, 3);
	free(table);
}

static void refuses_a_base_that_is_not_in_memory(void **state)
{
	struct acpi_header *table = fixture_table("hpet");
	const char *why = NULL;

	(void)state;
	((uint8_t *)table)[BASE_SPACE] = ACPI_SPACE_IO;
	assert_int_equal(hpet_parse(table, &hpet, &why), -EINVAL);
	assert_string_equal(why, "its base is not an address in memory");
	((uint8_t *)table)[BASE_SPACE] = ACPI_SPACE_MEMORY;
	for (int i = 0; i < 8; i++)
		((uint8_t *)table)[BASE_ADDRESS + i] = 0;
	assert_int_equal(hpet_parse(table, &hpet, &why), -EINVAL);
	assert_string_equal(why, "its base is not an address in memory");
	free(table);
}

static void refuses_every_truncation(void **state)
{
	struct acpi_header *whole = fixture_table("hpet");

	(void)state;
	for (uint32_t length = sizeof(*whole); length < whole->length; length++) {
		struct acpi_header *table = fixture_truncated(whole, length);
		const char *why = NULL;

		assert_int_equal(hpet_parse(table, &hpet, &why), -EINVAL);
		assert_string_equal(why, "it is shorter than 56 bytes");
		free(table);
	}
	free(whole);
}

static void parse_broken(const struct acpi_header *table)
{
	const char *why = NULL;
	int result = hpet_parse(table, &hpet, &why);

	assert_true(result == 0 || (result == -EINVAL && why));
}

static void survives_every_break(void **state)
{
	(void)state;
	fixture_break("hpet", parse_broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_base_and_number),
	        cmocka_unit_test(refuses_a_base_that_is_not_in_memory),
	        cmocka_unit_test(refuses_every_truncation),
	        cmocka_unit_test(survives_every_break),
	};

	return cmocka_run_group_tests_name("hpet", tests, NULL, NULL);
}
