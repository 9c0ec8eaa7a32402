// SPDX-License-Identifier: MIT
// links: drivers/vtd/dmar.c
#include <asm-generic/errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/vtd/dmar.h"
#include "tests/host/fixture.h"
#include "tests/host/unit.h"

#define EMPTY_LENGTH 48 /* of a DMAR without structures */

static struct dmar dmar;

static int parse_fixture(void **state)
{
	struct acpi_header *table = fixture_table("dmar");
	const char *why = NULL;

	(void)state;
	assert_int_equal(dmar_parse(table, &dmar, &why), 0);
	assert_null(why);
	free(table);
	return 0;
}

static void reads_flags_and_units(void **state)
{
	(void)state;
	assert_int_equal(dmar.host_address_width, 39);
	assert_true(dmar.interrupt_remapping);
	assert_true(dmar.x2apic_opt_out);
	assert_int_equal(dmar.drhd_count, 4);
	for (unsigned int i = 0; i < dmar.drhd_count; i++)
		assert_int_equal(dmar.drhds[i].base, 0xfed90000 + 0x1000 * i);
	assert_int_equal(dmar.drhds[0].size, 0x1000);
	assert_false(dmar.drhds[0].include_pci_all);
	assert_false(dmar.drhds[1].include_pci_all);
	assert_true(dmar.drhds[2].include_pci_all);
	assert_true(dmar.drhds[3].include_pci_all);
	assert_int_equal(dmar.drhds[2].segment, 0);
	assert_int_equal(dmar.drhds[3].segment, 1);
}

static void reads_scopes_of_units_only(void **state)
{
	const struct dmar_scope *scope = &dmar.scopes[2];

	(void)state;
	assert_int_equal(dmar.scope_count, 7);
	assert_int_equal(dmar.drhds[0].scope_count, 1);
	assert_int_equal(dmar.drhds[1].scope_count, 3);
	assert_int_equal(dmar.drhds[2].scope_count, 2);
	assert_int_equal(dmar.drhds[3].scope_count, 1);
	assert_int_equal(dmar.drhds[1].first_scope, 1);
	assert_int_equal(scope->type, DMAR_SCOPE_ENDPOINT);
	assert_int_equal(scope->start_bus, 0);
	assert_int_equal(scope->hop_count, 2);
	assert_int_equal(scope->hops[0], 0x1d << 3 | 2);
	assert_int_equal(scope->hops[1], 0 << 3 | 1);
}

static void finds_io_apic_and_hpet(void **state)
{
	struct dmar_source source;

	(void)state;
	assert_int_equal(dmar_io_apic(&dmar, 8, &source), 0);
	assert_ptr_equal(source.drhd, &dmar.drhds[2]);
	assert_int_equal(source.id, 0xf0f8);
	assert_int_equal(dmar_hpet(&dmar, 0, &source), 0);
	assert_ptr_equal(source.drhd, &dmar.drhds[2]);
	assert_int_equal(source.id, 0xf079);
}

static void tells_why_there_is_no_source(void **state)
{
	struct dmar_source source;

	(void)state;
	assert_int_equal(dmar_io_apic(&dmar, 0, &source), -ENOENT);
	assert_int_equal(dmar_io_apic(&dmar, 9, &source), -EOPNOTSUPP);
	assert_int_equal(dmar_hpet(&dmar, 8, &source), -ENOENT);
}

#define DEVFN(device, function) ((device) << 3 | (function))

/* The unit of a function with `chain` above it and itself last; -1 for none. */
static int unit_of(uint16_t segment, const struct dmar_hop *chain, unsigned int length)
{
	const struct dmar_drhd *drhd = dmar_drhd_for_pci(&dmar, segment, chain, length);

	return drhd ? drhd - dmar.drhds : -1;
}

#define UNIT_OF(segment, ...)                                                                      \
	unit_of(segment, (struct dmar_hop[]){__VA_ARGS__},                                         \
	        sizeof((struct dmar_hop[]){__VA_ARGS__}) / sizeof(struct dmar_hop))

static void finds_endpoints(void **state)
{
	(void)state;
	assert_int_equal(UNIT_OF(0, {0, DEVFN(2, 0)}), 0);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(0x1d, 2)}, {5, DEVFN(0, 1)}), 1);
	/* neither another function, nor what lies above or below an endpoint's path */
	assert_int_equal(UNIT_OF(0, {0, DEVFN(2, 1)}), 2);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(0x1d, 2)}, {5, DEVFN(0, 0)}), 2);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(0x1d, 2)}), 2);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(2, 0)}, {5, 0}), 2);
}

static void finds_all_of_a_sub_hierarchy(void **state)
{
	(void)state;
	assert_int_equal(UNIT_OF(0, {0, DEVFN(0x1c, 0)}), 1);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(0x1c, 0)}, {1, 0}), 1);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(0x1c, 0)}, {1, 0}, {2, DEVFN(3, 1)}), 1);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(0x1c, 1)}, {3, 0}), 2);
}

static void finds_a_start_bus_behind_a_bridge(void **state)
{
	(void)state;
	assert_int_equal(UNIT_OF(0, {0x40, DEVFN(3, 0)}), 1);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(7, 0)}, {0x40, DEVFN(3, 0)}), 1);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(7, 0)}, {0x40, DEVFN(3, 1)}), 2);
}

static void keeps_segments_apart(void **state)
{
	(void)state;
	assert_int_equal(UNIT_OF(1, {0, DEVFN(2, 0)}), 3);
	assert_int_equal(UNIT_OF(2, {0, DEVFN(2, 0)}), -1);
	/* IO-APIC and HPET scopes are no PCI devices */
	assert_int_equal(UNIT_OF(0, {0xf0, DEVFN(0x1f, 0)}), 2);
	assert_int_equal(unit_of(0, NULL, 0), 2);
}

/* Parses a DMAR with `size` bytes as its structures. */
static int parse_bytes(const void *bytes, uint32_t size, const char **why)
{
	struct acpi_header *whole = fixture_table("dmar");
	struct acpi_header *table = fixture_truncated(whole, EMPTY_LENGTH);
	int result;

	table = fixture_append(table, bytes, size);
	result = dmar_parse(table, &dmar, why);
	free(table);
	free(whole);
	return result;
}

/* iasl 20200925 is older than this field and leaves it 0. */
static void reads_the_size_of_the_registers(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_int_equal(parse_bytes((uint8_t[16]){0, 0, 16, [5] = 2, [10] = 1}, 16, &why), 0);
	assert_int_equal(dmar.drhds[0].size, 0x4000);
	assert_int_equal(parse_bytes((uint8_t[16]){0, 0, 16, [5] = 0xff, [10] = 1}, 16, &why), 0);
	assert_int_equal(dmar.drhds[0].size, 0x8000000);
}

static void assert_refused(const uint8_t *bytes, uint32_t size, int error, const char *reason)
{
	const char *why = NULL;

	assert_int_equal(parse_bytes(bytes, size, &why), error);
	assert_string_equal(why, reason);
}

static void refuses_broken_structures(void **state)
{
	static const char too_long[] = "a structure reaches past its end";
	static const char too_short[] = "a structure is shorter than 4 bytes";

	(void)state;
	assert_refused((uint8_t[3]){0}, 3, -EINVAL, too_long);
	assert_refused((uint8_t[4]){0}, 4, -EINVAL, too_short);
	assert_refused((uint8_t[4]){9, 0, 3}, 4, -EINVAL, too_short);
	assert_refused((uint8_t[4]){9, 0, 5}, 4, -EINVAL, too_long);
	assert_refused((uint8_t[4]){9, 0, 4, 1}, 4, -EINVAL, too_long);
	assert_refused((uint8_t[15]){0, 0, 15}, 15, -EINVAL, "a DRHD is shorter than 16 bytes");
	assert_refused((uint8_t[16]){0, 0, 16}, 16, -EINVAL,
	               "a DRHD's registers lie at 0 or not at a page");
	assert_refused((uint8_t[16]){0, 0, 16, [9] = 1}, 16, -EINVAL,
	               "a DRHD's registers lie at 0 or not at a page");
	assert_refused((uint8_t[32]){0, 0, 16, [10] = 1, [18] = 16, [26] = 1}, 32, -EINVAL,
	               "two DRHDs have the same registers");
}

static void unknown_structures_are_skipped(void **state)
{
	const char *why = NULL;
	/* a structure of 4 bytes, then a DRHD */
	const uint8_t bytes[20] = {0x99, 0x99, 4, [6] = 16, [14] = 1};

	(void)state;
	assert_int_equal(parse_bytes(bytes, sizeof(bytes), &why), 0);
	assert_int_equal(dmar.drhd_count, 1);
}

/* A DRHD with one scope that has `size` bytes, `length` of them by its own account. */
static void assert_scope_refused(uint8_t size, uint8_t length, int error, const char *reason)
{
	uint8_t *bytes = calloc(1, 16 + size);

	assert_non_null(bytes);
	bytes[2] = 16 + size;
	bytes[10] = 1;
	bytes[16] = DMAR_SCOPE_ENDPOINT;
	if (size > 1)
		bytes[17] = length;
	assert_refused(bytes, 16 + size, error, reason);
	free(bytes);
}

static void refuses_broken_scopes(void **state)
{
	uint8_t no_function[24] = {0, 0, 24, [10] = 1, [16] = 1, [17] = 8, [22] = 0, [23] = 8};
	uint8_t no_device[24] = {0, 0, 24, [10] = 1, [16] = 1, [17] = 8, [22] = 32, [23] = 0};
	const char *why = NULL;

	(void)state;
	assert_scope_refused(1, 0, -EINVAL, "a device scope reaches past its DRHD");
	assert_scope_refused(5, 5, -EINVAL, "a device scope reaches past its DRHD");
	assert_scope_refused(8, 9, -EINVAL, "a device scope reaches past its DRHD");
	assert_scope_refused(8, 0, -EINVAL, "a device scope is shorter than 6 bytes");
	assert_scope_refused(8, 5, -EINVAL, "a device scope is shorter than 6 bytes");
	assert_scope_refused(6, 6, -EINVAL, "a device scope has no path, or half a step in it");
	assert_scope_refused(7, 7, -EINVAL, "a device scope has no path, or half a step in it");
	assert_scope_refused(9, 9, -EINVAL, "a device scope has no path, or half a step in it");
	assert_scope_refused(24, 24, -ENOSPC, "a device scope's path has more than 8 steps");
	assert_refused(no_function, 24, -EINVAL, "a device scope's path names no PCI function");
	assert_refused(no_device, 24, -EINVAL, "a device scope's path names no PCI function");
	no_device[22] = 31;
	assert_int_equal(parse_bytes(no_device, 24, &why), 0);
}

/* Two DRHDs with a scope each: at 10000h and 20000h, both of segment 0, 24 bytes long. */
static const uint8_t pair[48] = {
        [2] = 24,  [10] = 1, [16] = 1, [17] = 8, [22] = 3, /* 00:03.0 */
        [26] = 24, [34] = 2, [40] = 1, [41] = 8, [46] = 4, /* 00:04.0 */
};

/* `changes`: pairs of an offset in it and a byte, up to offset 0. */
static void assert_pair(const uint8_t *changes, const char *reason)
{
	uint8_t bytes[sizeof(pair)];
	const char *why = NULL;

	memcpy(bytes, pair, sizeof(pair));
	for (; *changes; changes += 2)
		bytes[changes[0]] = changes[1];
	assert_int_equal(parse_bytes(bytes, sizeof(bytes), &why), reason ? -EINVAL : 0);
	if (reason)
		assert_string_equal(why, reason);
}

static void refuses_units_that_claim_the_same(void **state)
{
	static const char device[] = "two DRHDs name the same device";
	static const char rest[] = "two DRHDs cover all the rest of one segment";

	(void)state;
	assert_pair((uint8_t[]){0}, NULL);
	assert_pair((uint8_t[]){46, 3, 0}, device);
	assert_pair((uint8_t[]){46, 3, 30, 1, 0}, NULL); /* in another segment */
	assert_pair((uint8_t[]){46, 3, 45, 1, 0}, NULL); /* on another bus */
	assert_pair((uint8_t[]){46, 3, 40, 2, 0}, NULL); /* a bridge there */
	/* IO-APIC 0, HPET 0: wherever they are */
	assert_pair((uint8_t[]){16, 3, 40, 3, 0}, device);
	assert_pair((uint8_t[]){16, 4, 40, 4, 30, 1, 0}, device);
	assert_pair((uint8_t[]){16, 3, 40, 4, 0}, NULL);
	assert_pair((uint8_t[]){16, 3, 40, 3, 44, 1, 0}, NULL); /* IO-APICs 0 and 1 */
	assert_pair((uint8_t[]){16, 5, 40, 5, 46, 3, 0}, NULL); /* of ACPI devices: not used */
	assert_pair((uint8_t[]){4, 1, 28, 1, 0}, rest);
	assert_pair((uint8_t[]){4, 1, 28, 1, 30, 1, 0}, NULL);
	assert_pair((uint8_t[]){5, 4, 0}, NULL); /* 64 KiB, just up to the second */
	assert_pair((uint8_t[]){5, 5, 0}, "two DRHDs have the same registers");
}

static void refuses_a_table_without_units(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_int_equal(parse_bytes((uint8_t[4]){2, 0, 4}, 4, &why), -EINVAL);
	assert_string_equal(why, "it names no remapping unit (DRHD)");
}

/* The unit for the rest stands first, though it ought to be the last of its segment (VT-d
 * r4.1, 8.3). */
static void the_unit_for_the_rest_may_come_first(void **state)
{
	static const uint8_t bytes[] = {
	        0, 0, 16, 0, 1, 0,    0,  0, 0, 0x10, 0, 0, 0, 0, 0, 0, /* the rest */
	        0, 0, 32, 0, 0, 0,    0,  0, 0, 0x20, 0, 0, 0, 0, 0, 0,
	        1, 8, 0,  0, 0, 0,    2,  0, /* 00:02.0 */
	        3, 8, 0,  0, 5, 0xf0, 31, 0, /* IO-APIC 5 */
	        0, 0, 24, 0, 0, 0,    0,  0, 0, 0x30, 0, 0, 0, 0, 0, 0,
	        1, 8, 0,  0, 0, 0,    3,  0, /* 00:03.0 */
	};
	struct dmar_source source;
	const char *why = NULL;

	(void)state;
	assert_int_equal(parse_bytes(bytes, sizeof(bytes), &why), 0);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(1, 0)}), 0);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(2, 0)}), 1);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(3, 0)}), 2);
	assert_int_equal(dmar_io_apic(&dmar, 5, &source), 0);
	assert_ptr_equal(source.drhd, &dmar.drhds[1]);
	assert_int_equal(source.id, 0xf0f8);
	/* A unit for the rest of PCI takes no IO-APIC and no HPET. */
	assert_int_equal(dmar_io_apic(&dmar, 0, &source), -ENOENT);
	assert_int_equal(dmar_hpet(&dmar, 0, &source), -ENOENT);
}

/* Without a unit for the rest, what nobody names is under none. */
static void without_a_unit_for_the_rest(void **state)
{
	const uint8_t bytes[] = {
	        0, 0, 24, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 2, 8, 0, 0, 0, 0, 0x1c, 0,
	};
	const char *why = NULL;

	(void)state;
	assert_int_equal(parse_bytes(bytes, sizeof(bytes), &why), 0);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(0x1c, 0)}, {4, DEVFN(0, 0)}), 0);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(0x1c, 1)}, {5, DEVFN(0, 0)}), -1);
	assert_int_equal(UNIT_OF(0, {0, DEVFN(2, 0)}), -1);
}

static void refuses_more_units_than_fit(void **state)
{
	uint8_t units[(DMAR_DRHDS_MAX + 1) * 16] = {0};
	const char *why = NULL;

	(void)state;
	for (unsigned int i = 0; i <= DMAR_DRHDS_MAX; i++) {
		units[16 * i + 2] = 16;
		units[16 * i + 10] = 1 + i;
	}
	assert_int_equal(parse_bytes(units, DMAR_DRHDS_MAX * 16, &why), 0);
	assert_int_equal(dmar.drhd_count, DMAR_DRHDS_MAX);
	assert_refused(units, sizeof(units), -ENOSPC, "it has more than 64 DRHDs");
}

static void refuses_more_scopes_than_fit(void **state)
{
	uint8_t unit[16 + (DMAR_SCOPES_MAX + 1) * 8] = {0};
	uint16_t length = sizeof(unit) - 8;
	const char *why = NULL;

	(void)state;
	unit[10] = 1;
	for (unsigned int i = 0; i <= DMAR_SCOPES_MAX; i++) {
		unit[16 + 8 * i] = DMAR_SCOPE_ENDPOINT;
		unit[16 + 8 * i + 1] = 8;
	}
	memcpy(unit + 2, &length, 2);
	assert_int_equal(parse_bytes(unit, length, &why), 0);
	assert_int_equal(dmar.scope_count, DMAR_SCOPES_MAX);
	length += 8;
	memcpy(unit + 2, &length, 2);
	assert_refused(unit, length, -ENOSPC, "it has more than 256 device scopes");
}

static void refuses_a_table_without_room_for_structures(void **state)
{
	struct acpi_header *whole = fixture_table("dmar");
	const char *why = NULL;

	(void)state;
	for (uint32_t length = sizeof(*whole); length < EMPTY_LENGTH; length++) {
		struct acpi_header *table = fixture_truncated(whole, length);

		assert_int_equal(dmar_parse(table, &dmar, &why), -EINVAL);
		assert_string_equal(why, "it ends before its first structure");
		free(table);
	}
	free(whole);
}

static void parse_broken(const struct acpi_header *table)
{
	const struct dmar_hop chain[] = {{0, DEVFN(0x1d, 2)}, {5, DEVFN(0, 1)}};
	struct dmar_source source;
	const char *why = NULL;
	int result = dmar_parse(table, &dmar, &why);

	assert_true(result == 0 || ((result == -EINVAL || result == -ENOSPC) && why));
	if (result)
		return;
	dmar_io_apic(&dmar, 8, &source);
	dmar_hpet(&dmar, 0, &source);
	unit_of(0, chain, 2);
}

static void survives_every_break(void **state)
{
	(void)state;
	fixture_break("dmar", parse_broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(reads_flags_and_units, parse_fixture),
	        cmocka_unit_test_setup(reads_scopes_of_units_only, parse_fixture),
	        cmocka_unit_test_setup(finds_io_apic_and_hpet, parse_fixture),
	        cmocka_unit_test_setup(tells_why_there_is_no_source, parse_fixture),
	        cmocka_unit_test_setup(finds_endpoints, parse_fixture),
	        cmocka_unit_test_setup(finds_all_of_a_sub_hierarchy, parse_fixture),
	        cmocka_unit_test_setup(finds_a_start_bus_behind_a_bridge, parse_fixture),
	        cmocka_unit_test_setup(keeps_segments_apart, parse_fixture),
	        cmocka_unit_test(reads_the_size_of_the_registers),
	        cmocka_unit_test(refuses_broken_structures),
	        cmocka_unit_test(unknown_structures_are_skipped),
	        cmocka_unit_test(refuses_broken_scopes),
	        cmocka_unit_test(refuses_units_that_claim_the_same),
	        cmocka_unit_test(refuses_a_table_without_units),
	        cmocka_unit_test(the_unit_for_the_rest_may_come_first),
	        cmocka_unit_test(without_a_unit_for_the_rest),
	        cmocka_unit_test(refuses_more_units_than_fit),
	        cmocka_unit_test(refuses_more_scopes_than_fit),
	        cmocka_unit_test(refuses_a_table_without_room_for_structures),
	        cmocka_unit_test(survives_every_break),
	};

	return cmocka_run_group_tests_name("dmar", tests, NULL, NULL);
}
