// SPDX-License-Identifier: MIT
// links: kernel/acpi/acpi.c kernel/acpi/check.c
#include <asm-generic/errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/acpi/acpi.h"
#include "kernel/acpi/check.h"
#include "tests/host/fixture.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

/* Physical memory: the BIOS area, which has room for all of this. */
#define BASE   0xe0000
#define SIZE   0x20000
#define RSDP   0xf0010
#define RSDT   0xf1000
#define XSDT   0xf2000
#define FIRST  0xf4000 /* two tables "TEST" and one "OTHR", 0x100 apart */
#define SECOND 0xf4100
#define OTHER  0xf4200

static uint8_t *memory; /* a heap block of its size, for AddressSanitizer */
static struct acpi_rsdp *rsdp;
static struct acpi_header *rsdt, *xsdt, *first;

static void *at(uint64_t address)
{
	return memory + address - BASE;
}

static void put_table(uint64_t address, const char *signature, const void *body, uint32_t size)
{
	struct acpi_header *table = at(address);

	memset(table, 0, sizeof(*table));
	memcpy(table->signature, signature, 4);
	table->length = sizeof(*table) + size;
	memcpy(table + 1, body, size);
	fixture_checksum(table);
}

static void put_xsdt(const uint64_t *entries, uint32_t count)
{
	put_table(XSDT, "XSDT", entries, count * 8);
}

static void seal_rsdp(void)
{
	rsdp->checksum = 0;
	rsdp->checksum = fixture_checksum_of(rsdp, 20);
	rsdp->extended_checksum = 0;
	rsdp->extended_checksum = fixture_checksum_of(rsdp, 36);
}

/* A sound set of tables: XSDT with all three, RSDT with the first only. */
static int build(void **state)
{
	(void)state;
	memory = calloc(1, SIZE);
	assert_non_null(memory);
	shim_physical_memory(BASE, memory, SIZE);
	shim_forget_printed();
	rsdp = at(RSDP);
	rsdt = at(RSDT);
	xsdt = at(XSDT);
	first = at(FIRST);
	put_table(FIRST, "TEST", "first", 5);
	put_table(SECOND, "TEST", "second", 6);
	put_table(OTHER, "OTHR", "", 0);
	put_xsdt((uint64_t[]){FIRST, SECOND, OTHER}, 3);
	put_table(RSDT, "RSDT", (uint32_t[]){FIRST}, 4);
	memcpy(rsdp->signature, "RSD PTR ", 8);
	rsdp->revision = 2;
	rsdp->rsdt = RSDT;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt = XSDT;
	seal_rsdp();
	return 0;
}

static int destroy(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

static void assert_printed(const char *text)
{
	if (!strstr(shim_printed(), text))
		fail_msg("expected \"%s\", printed was: %s", text, shim_printed());
}

static void assert_lines(unsigned int count)
{
	unsigned int lines = 0;

	for (const char *c = shim_printed(); *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, count);
}

static void finds_tables_of_the_xsdt(void **state)
{
	(void)state;
	assert_int_equal(acpi_init(RSDP), 0);
	assert_int_equal(acpi_init(RSDP), 0); /* starts afresh */
	assert_ptr_equal(acpi_table("TEST", 0), at(FIRST));
	assert_ptr_equal(acpi_table("TEST", 1), at(SECOND));
	assert_null(acpi_table("TEST", 2));
	assert_ptr_equal(acpi_table("OTHR", 0), at(OTHER));
	assert_null(acpi_table("NONE", 0));
	assert_false(acpi_table_broken("TEST"));
	assert_string_equal(shim_printed(), "");
}

static void searches_the_bios_area(void **state)
{
	(void)state;
	assert_int_equal(acpi_init(0), 0);
	assert_ptr_equal(acpi_table("OTHR", 0), at(OTHER));
}

static void tells_that_there_is_no_rsdp(void **state)
{
	(void)state;
	rsdp->checksum++;
	assert_int_equal(acpi_init(0), -ENOENT);
	assert_printed("# acpi: no RSDP, neither handed over at boot nor in 0xe0000..0xfffff\n");
	assert_null(acpi_table("TEST", 0));
}

static void refuses_a_broken_rsdp(void **state)
{
	(void)state;
	rsdp->checksum++;
	assert_int_equal(acpi_init(RSDP), -EINVAL);
	assert_printed("# acpi: RSDP at 0xf0010 refused: its checksum is wrong\n");
	rsdp->signature[0] = 'X';
	assert_int_equal(acpi_init(RSDP), -EINVAL);
	assert_printed("# acpi: RSDP at 0xf0010 refused: its signature is not \"RSD PTR \"\n");
	assert_int_equal(acpi_init(0x1000), -EINVAL);
	assert_printed("# acpi: RSDP at 0x1000 refused: it cannot be mapped\n");
	assert_lines(3);
}

static void old_revision_has_only_an_rsdt(void **state)
{
	(void)state;
	rsdp->revision = 0;
	seal_rsdp();
	assert_int_equal(acpi_init(RSDP), 0);
	assert_ptr_equal(acpi_table("TEST", 0), at(FIRST));
	assert_null(acpi_table("TEST", 1));
	assert_lines(0);
}

/* After the fault that the caller made: the RSDT's one table is there, and `line` says why. */
static void assert_falls_back(const char *line)
{
	assert_int_equal(acpi_init(RSDP), 0);
	assert_ptr_equal(acpi_table("TEST", 0), at(FIRST));
	assert_null(acpi_table("TEST", 1));
	assert_printed(line);
	assert_lines(1);
}

static void falls_back_to_the_rsdt_when_the_second_checksum_is_wrong(void **state)
{
	(void)state;
	rsdp->extended_checksum++;
	assert_falls_back(
	        "# acpi: RSDP at 0xf0010 names no XSDT: its extended checksum is wrong\n");
}

static void falls_back_to_the_rsdt_when_the_rsdp_has_a_bad_length(void **state)
{
	static const uint32_t bad[] = {0, 35, 4097, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		shim_forget_printed();
		rsdp->length = bad[i];
		seal_rsdp();
		assert_falls_back("names no XSDT: its length is not between 36 and 4096 bytes\n");
	}
}

static void falls_back_to_the_rsdt_when_the_xsdt_is_broken(void **state)
{
	(void)state;
	xsdt->checksum++;
	assert_falls_back("# acpi: table XSDT at 0xf2000 refused: its checksum is wrong\n");
}

static void falls_back_to_the_rsdt_when_the_xsdt_is_something_else(void **state)
{
	(void)state;
	memcpy(xsdt->signature, "FACP", 4);
	fixture_checksum(at(XSDT));
	assert_falls_back(
	        "# acpi: table FACP at 0xf2000 refused: the RSDP calls it a root table\n");
}

static void falls_back_to_the_rsdt_when_the_xsdt_is_nowhere(void **state)
{
	(void)state;
	rsdp->xsdt = 0xffffffffffffff00;
	seal_rsdp();
	assert_falls_back("# acpi: table ???? at 0xffffffffffffff00 refused: "
	                  "there is no memory\n");
}

static void refuses_when_both_roots_are_broken(void **state)
{
	(void)state;
	xsdt->checksum++;
	rsdt->checksum++;
	assert_int_equal(acpi_init(RSDP), -EINVAL);
	assert_printed("table XSDT at 0xf2000 refused");
	assert_printed("table RSDT at 0xf1000 refused");
	assert_printed("# acpi: RSDP at 0xf0010 leads to no sound XSDT or RSDT\n");
	assert_null(acpi_table("TEST", 0));
}

/* The first table is refused with `line`, the others are there. */
static void assert_first_refused(const char *line)
{
	assert_int_equal(acpi_init(RSDP), 0);
	assert_printed(line);
	assert_lines(1);
	assert_true(acpi_table_broken("TEST"));
	assert_false(acpi_table_broken("OTHR"));
	assert_ptr_equal(acpi_table("TEST", 0), at(SECOND));
	assert_ptr_equal(acpi_table("OTHR", 0), at(OTHER));
}

static void a_wrong_checksum_costs_one_table(void **state)
{
	(void)state;
	first->checksum++;
	assert_first_refused("# acpi: table TEST at 0xf4000 refused: its checksum is wrong\n");
}

static void a_bad_length_costs_one_table(void **state)
{
	static const struct {
		uint32_t length;
		const char *line;
	} bad[] = {
	        {0, "at 0xf4000 refused: its length is less than the 36 bytes of a header\n"},
	        {35, "at 0xf4000 refused: its length is less than the 36 bytes of a header\n"},
	        {ACPI_LENGTH_MAX + 1, "at 0xf4000 refused: its length is more than 1 MiB\n"},
	        {SIZE, "at 0xf4000 refused: it reaches past the end of memory\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		shim_forget_printed();
		first->length = bad[i].length;
		assert_first_refused(bad[i].line);
	}
}

static void zeros_and_repetitions_are_skipped(void **state)
{
	(void)state;
	put_xsdt((uint64_t[]){0, FIRST, 0, FIRST, OTHER, FIRST}, 6);
	assert_int_equal(acpi_init(RSDP), 0);
	assert_ptr_equal(acpi_table("TEST", 0), at(FIRST));
	assert_null(acpi_table("TEST", 1));
	assert_ptr_equal(acpi_table("OTHR", 0), at(OTHER));
	assert_lines(0);
}

static void a_repeated_broken_table_is_named_once(void **state)
{
	(void)state;
	first->checksum++;
	put_xsdt((uint64_t[]){FIRST, FIRST, SECOND, OTHER, FIRST}, 5);
	assert_first_refused("its checksum is wrong\n");
}

static void a_root_that_lists_itself_is_told(void **state)
{
	(void)state;
	put_xsdt((uint64_t[]){XSDT, FIRST, XSDT}, 3);
	assert_int_equal(acpi_init(RSDP), 0);
	assert_ptr_equal(acpi_table("TEST", 0), at(FIRST));
	assert_printed("# acpi: XSDT lists itself\n");
	assert_lines(1);
	assert_null(acpi_table("XSDT", 0));
}

static void a_second_table_of_a_kind_is_told(void **state)
{
	(void)state;
	assert_int_equal(acpi_init(RSDP), 0);
	assert_ptr_equal(acpi_only_table("OTHR"), at(OTHER));
	assert_null(acpi_only_table("NONE"));
	assert_lines(0);
	assert_ptr_equal(acpi_only_table("TEST"), at(FIRST));
	assert_printed("# acpi: there are several sound tables TEST: the first one counts\n");
}

static void a_hundred_refusals_are_not_all_named(void **state)
{
	uint64_t entries[101] = {[100] = OTHER};

	(void)state;
	for (unsigned int i = 0; i < 100; i++)
		entries[i] = 0x1000 * (i + 1);
	put_xsdt(entries, 101);
	assert_int_equal(acpi_init(RSDP), 0);
	assert_ptr_equal(acpi_table("OTHR", 0), at(OTHER));
	assert_printed("# acpi: table ???? at 0x8000 refused: there is no memory\n");
	assert_printed("# acpi: more tables than these 8 are refused: the others are not named\n");
	assert_lines(9);
}

static void half_an_entry_is_not_read(void **state)
{
	(void)state;
	xsdt->length -= 4;
	fixture_checksum(at(XSDT));
	assert_int_equal(acpi_init(RSDP), 0);
	assert_ptr_equal(acpi_table("TEST", 1), at(SECOND));
	assert_null(acpi_table("OTHR", 0));
}

static void signatures_print_as_text(void **state)
{
	(void)state;
	memcpy(first->signature, "\033[2\n", 4);
	assert_int_equal(acpi_init(RSDP), 0);
	assert_printed("# acpi: table ?[2? at 0xf4000 refused: its checksum is wrong\n");
	assert_lines(1);
}

static void too_many_tables_are_told(void **state)
{
	uint64_t entries[300];

	(void)state;
	for (unsigned int i = 0; i < 300; i++) {
		entries[i] = 0xf8000 + 36 * i;
		put_table(entries[i], "MANY", "", 0);
	}
	put_xsdt(entries, 300);
	assert_int_equal(acpi_init(RSDP), 0);
	assert_non_null(acpi_table("MANY", 255));
	assert_null(acpi_table("MANY", 256));
	assert_printed("# acpi: XSDT lists more than 256 tables: the rest is ignored\n");
	assert_lines(1);
}

static void walk_with_flipped(uint64_t address, uint32_t offset, uint8_t bits)
{
	destroy(NULL);
	build(NULL);
	*(uint8_t *)at(address + offset) ^= bits;
	acpi_init(RSDP);
	acpi_init(0);
	/* with the sums made right again the change gets further */
	seal_rsdp();
	if (offset >= sizeof(struct acpi_header))
		fixture_checksum(at(address));
	acpi_init(RSDP);
}

/* Every byte of every structure in turn: whatever comes out, no read outside and no hang. */
static void survives_every_break(void **state)
{
	static const uint64_t tables[] = {RSDT, XSDT, FIRST, OTHER};
	static const uint8_t bits[] = {0xff, 0x01, 0x80};

	(void)state;
	for (size_t b = 0; b < sizeof(bits); b++) {
		for (uint32_t i = 0; i < sizeof(*rsdp); i++)
			walk_with_flipped(RSDP, i, bits[b]);
		for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
			for (uint32_t i = 0; i < 60; i++)
				walk_with_flipped(tables[t], i, bits[b]);
	}
}

/* Memory that ends after each byte of the structures in turn. */
static void survives_memory_that_ends_early(void **state)
{
	(void)state;
	for (uint32_t end = RSDP - BASE; end <= OTHER - BASE + 36; end += end < 0x10040 ? 1 : 7) {
		uint8_t *less = malloc(end);

		assert_non_null(less);
		memcpy(less, memory, end);
		shim_physical_memory(BASE, less, end);
		acpi_init(RSDP);
		acpi_init(0);
		shim_forget_printed();
		free(less);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(finds_tables_of_the_xsdt),
	        TEST(searches_the_bios_area),
	        TEST(tells_that_there_is_no_rsdp),
	        TEST(refuses_a_broken_rsdp),
	        TEST(old_revision_has_only_an_rsdt),
	        TEST(falls_back_to_the_rsdt_when_the_second_checksum_is_wrong),
	        TEST(falls_back_to_the_rsdt_when_the_rsdp_has_a_bad_length),
	        TEST(falls_back_to_the_rsdt_when_the_xsdt_is_broken),
	        TEST(falls_back_to_the_rsdt_when_the_xsdt_is_something_else),
	        TEST(falls_back_to_the_rsdt_when_the_xsdt_is_nowhere),
	        TEST(refuses_when_both_roots_are_broken),
	        TEST(a_wrong_checksum_costs_one_table),
	        TEST(a_bad_length_costs_one_table),
	        TEST(zeros_and_repetitions_are_skipped),
	        TEST(a_repeated_broken_table_is_named_once),
	        TEST(a_root_that_lists_itself_is_told),
	        TEST(a_second_table_of_a_kind_is_told),
	        TEST(a_hundred_refusals_are_not_all_named),
	        TEST(half_an_entry_is_not_read),
	        TEST(signatures_print_as_text),
	        TEST(too_many_tables_are_told),
	        TEST(survives_every_break),
	        TEST(survives_memory_that_ends_early),
	};

	return cmocka_run_group_tests_name("acpi", tests, NULL, NULL);
}
