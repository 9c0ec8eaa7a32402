// SPDX-License-Identifier: MIT
// links: kernel/acpi/madt.c
#include <asm-generic/errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/acpi/madt.h"
#include "tests/host/fixture.h"
#include "tests/host/unit.h"

#define EMPTY_LENGTH 44 /* of a MADT without entries */

static struct madt madt;

static void assert_cpu(uint32_t i, uint32_t apic_id, bool enabled, bool online_capable)
{
	assert_int_equal(madt.cpus[i].apic_id, apic_id);
	assert_int_equal(madt.cpus[i].enabled, enabled);
	assert_int_equal(madt.cpus[i].online_capable, online_capable);
}

static void reads_every_kind_of_entry(void **state)
{
	struct acpi_header *table = fixture_table("madt");
	const char *why = NULL;

	(void)state;
	assert_int_equal(madt_parse(table, &madt, &why), 0);
	assert_null(why);
	assert_true(madt.has_8259);
	assert_int_equal(madt.local_apic, 0x1fee00000);
	assert_int_equal(madt.cpu_count, 4);
	assert_cpu(0, 0, true, false);
	assert_cpu(1, 2, true, false);
	assert_cpu(2, 4, false, true);
	assert_cpu(3, 0x100, true, false);
	assert_int_equal(madt.io_apic_count, 2);
	assert_int_equal(madt.io_apics[0].id, 8);
	assert_int_equal(madt.io_apics[0].address, 0xfec00000);
	assert_int_equal(madt.io_apics[0].gsi_base, 0);
	assert_int_equal(madt.io_apics[1].id, 9);
	assert_int_equal(madt.io_apics[1].address, 0xfec01000);
	assert_int_equal(madt.io_apics[1].gsi_base, 24);
	assert_int_equal(madt.override_count, 2);
	assert_int_equal(madt.overrides[0].source, 0);
	assert_int_equal(madt.overrides[0].gsi, 2);
	assert_int_equal(madt.overrides[0].flags, 0);
	assert_int_equal(madt.overrides[1].source, 9);
	assert_int_equal(madt.overrides[1].gsi, 9);
	assert_int_equal(madt.overrides[1].flags, MADT_POLARITY_HIGH | MADT_TRIGGER_LEVEL);
	assert_int_equal(madt.left_out, 0);
	free(table);
}

/* Parses a MADT that has `count` times `entry`, with a counter in byte `counted`, and no other. */
static void parse_many(const uint8_t *entry, uint8_t length, unsigned int counted,
                       unsigned int count)
{
	struct acpi_header *whole = fixture_table("madt");
	struct acpi_header *table = fixture_truncated(whole, EMPTY_LENGTH);
	uint8_t *entries = malloc((size_t)length * count);
	const char *why = NULL;

	assert_non_null(entries);
	for (unsigned int i = 0; i < count; i++) {
		memcpy(entries + i * length, entry, length);
		entries[i * length + counted] = i;
		entries[i * length + counted + 1] = i >> 8;
	}
	table = fixture_append(table, entries, length * count);
	assert_int_equal(madt_parse(table, &madt, &why), 0);
	free(entries);
	free(table);
	free(whole);
}

static void counts_what_does_not_fit(void **state)
{
	static const uint8_t x2apic[16] = {9, 16, [8] = 1};
	static const uint8_t io_apic[12] = {1, 12};
	static const uint8_t override[10] = {2, 10};

	(void)state;
	parse_many(x2apic, sizeof(x2apic), 4, MADT_CPUS_MAX);
	assert_int_equal(madt.cpu_count, MADT_CPUS_MAX);
	assert_int_equal(madt.left_out, 0);
	parse_many(x2apic, sizeof(x2apic), 4, MADT_CPUS_MAX + 3);
	assert_int_equal(madt.cpu_count, MADT_CPUS_MAX);
	assert_int_equal(madt.left_out, 3);
	assert_cpu(MADT_CPUS_MAX - 1, MADT_CPUS_MAX - 1, true, false);
	parse_many(io_apic, sizeof(io_apic), 8, MADT_IO_APICS_MAX + 1);
	assert_int_equal(madt.io_apic_count, MADT_IO_APICS_MAX);
	assert_int_equal(madt.left_out, 1);
	parse_many(override, sizeof(override), 4, MADT_OVERRIDES_MAX + 2);
	assert_int_equal(madt.override_count, MADT_OVERRIDES_MAX);
	assert_int_equal(madt.left_out, 2);
}

static void ignores_overrides_of_what_is_not_isa(void **state)
{
	static const uint8_t other_bus[10] = {2, 10, 1};
	static const uint8_t other_source[10] = {2, 10, 0, 16};

	(void)state;
	parse_many(other_bus, sizeof(other_bus), 4, 1);
	assert_int_equal(madt.override_count, 0);
	assert_int_equal(madt.senseless, 1);
	parse_many(other_source, sizeof(other_source), 4, 1);
	assert_int_equal(madt.override_count, 0);
	assert_int_equal(madt.senseless, 1);
}

/* Not counted where the entry is only the placeholder of an empty socket. */
static void no_cpu_has_the_broadcast_id(void **state)
{
	static const uint8_t local_apic[8] = {0, 8, 0, 0xff, 1};
	static const uint8_t x2apic[16] = {9, 16, [4] = 0xff, 0xff, 0xff, 0xff, 1};
	static const uint8_t empty_socket[8] = {0, 8, 0, 0xff, 0};

	(void)state;
	parse_many(local_apic, sizeof(local_apic), 5, 1);
	assert_int_equal(madt.cpu_count, 0);
	parse_many(x2apic, sizeof(x2apic), 12, 1);
	assert_int_equal(madt.cpu_count, 0);
	parse_many(empty_socket, sizeof(empty_socket), 5, 1);
	assert_int_equal(madt.cpu_count, 0);
	assert_int_equal(madt.senseless, 0);
}

/* A MADT without entries, with `size` bytes in their place, is refused with `reason`. */
static void assert_refused(const uint8_t *bytes, uint32_t size, const char *reason)
{
	struct acpi_header *whole = fixture_table("madt");
	struct acpi_header *table = fixture_truncated(whole, EMPTY_LENGTH);
	const char *why = NULL;

	table = fixture_append(table, bytes, size);
	assert_int_equal(madt_parse(table, &madt, &why), -EINVAL);
	assert_string_equal(why, reason);
	free(table);
	free(whole);
}

static void refuses_broken_entries(void **state)
{
	static const char too_long[] = "an entry reaches past its end";
	static const char too_short[] = "an entry is shorter than its type";

	(void)state;
	assert_refused((uint8_t[]){0}, 1, too_long);
	assert_refused((uint8_t[]){0, 0}, 2, too_short);
	assert_refused((uint8_t[]){0x7f, 0}, 2, too_short);
	assert_refused((uint8_t[]){0x7f, 1}, 2, too_short);
	assert_refused((uint8_t[]){0x7f, 3}, 2, too_long);
	assert_refused((uint8_t[]){0, 255, 0, 0, 1, 0, 0, 0}, 8, too_long);
	assert_refused((uint8_t[]){0, 7, 0, 0, 1, 0, 0}, 7, too_short);
	assert_refused((uint8_t[11]){1, 11}, 11, too_short);
	assert_refused((uint8_t[9]){2, 9}, 9, too_short);
	assert_refused((uint8_t[11]){5, 11}, 11, too_short);
	assert_refused((uint8_t[15]){9, 15}, 15, too_short);
}

static void refuses_a_table_without_room_for_entries(void **state)
{
	struct acpi_header *whole = fixture_table("madt");
	const char *why = NULL;

	(void)state;
	for (uint32_t length = sizeof(*whole); length < EMPTY_LENGTH; length++) {
		struct acpi_header *table = fixture_truncated(whole, length);

		assert_int_equal(madt_parse(table, &madt, &why), -EINVAL);
		assert_string_equal(why, "it ends before its first entry");
		free(table);
	}
	free(whole);
}

static void parse_broken(const struct acpi_header *table)
{
	const char *why = NULL;
	int result = madt_parse(table, &madt, &why);

	assert_true(result == 0 || (result == -EINVAL && why));
	assert_true(result || madt.cpu_count <= MADT_CPUS_MAX);
}

static void survives_every_break(void **state)
{
	(void)state;
	fixture_break("madt", parse_broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_every_kind_of_entry),
	        cmocka_unit_test(counts_what_does_not_fit),
	        cmocka_unit_test(ignores_overrides_of_what_is_not_isa),
	        cmocka_unit_test(no_cpu_has_the_broadcast_id),
	        cmocka_unit_test(refuses_broken_entries),
	        cmocka_unit_test(refuses_a_table_without_room_for_entries),
	        cmocka_unit_test(survives_every_break),
	};

	return cmocka_run_group_tests_name("madt", tests, NULL, NULL);
}
