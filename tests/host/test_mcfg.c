// SPDX-License-Identifier: MIT
// links: kernel/acpi/mcfg.c
#include <asm-generic/errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/acpi/mcfg.h"
#include "tests/host/fixture.h"
#include "tests/host/unit.h"

#define FIRST_ALLOCATION 44

static struct mcfg mcfg;

static void reads_allocations(void **state)
{
	struct acpi_header *table = fixture_table("mcfg");
	const char *why = NULL;

	(void)state;
	assert_int_equal(mcfg_parse(table, &mcfg, &why), 0);
	assert_int_equal(mcfg.count, 2);
	assert_int_equal(mcfg.left_out, 0);
	assert_int_equal(mcfg.allocations[0].base, 0xe0000000);
	assert_int_equal(mcfg.allocations[0].segment, 0);
	assert_int_equal(mcfg.allocations[0].first_bus, 0);
	assert_int_equal(mcfg.allocations[0].last_bus, 255);
	assert_int_equal(mcfg.allocations[1].base, 0xc000000000);
	assert_int_equal(mcfg.allocations[1].segment, 1);
	assert_int_equal(mcfg.allocations[1].first_bus, 0x80);
	assert_int_equal(mcfg.allocations[1].last_bus, 0x8f);
	free(table);
}

static void counts_what_does_not_fit(void **state)
{
	struct acpi_header *table = fixture_table("mcfg");
	uint8_t allocation[16];
	const char *why = NULL;

	(void)state;
	memcpy(allocation, (uint8_t *)table + FIRST_ALLOCATION, sizeof(allocation));
	for (unsigned int i = 2; i < MCFG_ALLOCATIONS_MAX + 5; i++) {
		allocation[4] = i; /* the base's byte 4, the segment's byte 0 */
		allocation[8] = i;
		table = fixture_append(table, allocation, sizeof(allocation));
	}
	assert_int_equal(mcfg_parse(table, &mcfg, &why), 0);
	assert_int_equal(mcfg.count, MCFG_ALLOCATIONS_MAX);
	assert_int_equal(mcfg.left_out, 5);
	free(table);
}

/* Refused once byte `offset` behind the start of the first allocation is `value`. */
static void assert_refused(unsigned int offset, uint8_t value, const char *reason)
{
	struct acpi_header *table = fixture_table("mcfg");
	const char *why = NULL;

	((uint8_t *)table)[FIRST_ALLOCATION + offset] = value;
	assert_int_equal(mcfg_parse(table, &mcfg, &why), -EINVAL);
	assert_string_equal(why, reason);
	free(table);
}

static void refuses_senseless_allocations(void **state)
{
	static const char base[] = "an allocation's base is 0 or not a multiple of 1 MiB";

	(void)state;
	assert_refused(0, 1, base);
	assert_refused(2, 8, base);
	assert_refused(3, 0, base); /* e0000000h was all there is of the address */
	assert_refused(16 + 11, 0x7f, "an allocation's first bus comes after its last");
}

/* Refused once `size` bytes of the second allocation, from `offset` on, are those of `value`. */
static void assert_second_refused(unsigned int offset, uint64_t value, unsigned int size,
                                  const char *reason)
{
	struct acpi_header *table = fixture_table("mcfg");
	const char *why = NULL;

	memcpy((uint8_t *)table + FIRST_ALLOCATION + 16 + offset, &value, size);
	assert_int_equal(mcfg_parse(table, &mcfg, &why), -EINVAL);
	assert_string_equal(why, reason);
	free(table);
}

static void refuses_what_would_be_found_twice(void **state)
{
	(void)state;
	assert_second_refused(8, 0, 2, "two allocations have the same buses");
	/* bus 80h of segment 1 at the address of bus 90h of segment 0 */
	assert_second_refused(0, 0xe1000000, 8, "two allocations have the same addresses");
	assert_second_refused(0, 0xfffffffff8000000, 8,
	                      "an allocation reaches past the end of all addresses");
}

static void refuses_a_machine_without_segment_0(void **state)
{
	(void)state;
	assert_refused(8, 5, "it leaves out segment 0, which every machine has");
}

static void refuses_every_truncation(void **state)
{
	struct acpi_header *whole = fixture_table("mcfg");

	(void)state;
	for (uint32_t length = sizeof(*whole); length < whole->length; length++) {
		struct acpi_header *table = fixture_truncated(whole, length);
		bool between = length > FIRST_ALLOCATION && (length - FIRST_ALLOCATION) % 16 == 0;
		const char *why = NULL;

		assert_int_equal(mcfg_parse(table, &mcfg, &why), between ? 0 : -EINVAL);
		assert_true(between || why);
		free(table);
	}
	free(whole);
}

static void parse_broken(const struct acpi_header *table)
{
	const char *why = NULL;
	int result = mcfg_parse(table, &mcfg, &why);

	assert_true(result == 0 || (result == -EINVAL && why));
}

static void survives_every_break(void **state)
{
	(void)state;
	fixture_break("mcfg", parse_broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_allocations),
	        cmocka_unit_test(counts_what_does_not_fit),
	        cmocka_unit_test(refuses_senseless_allocations),
	        cmocka_unit_test(refuses_what_would_be_found_twice),
	        cmocka_unit_test(refuses_a_machine_without_segment_0),
	        cmocka_unit_test(refuses_every_truncation),
	        cmocka_unit_test(survives_every_break),
	};

	return cmocka_run_group_tests_name("mcfg", tests, NULL, NULL);
}
