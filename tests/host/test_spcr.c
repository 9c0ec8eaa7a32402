// SPDX-License-Identifier: MIT
// links: kernel/acpi/spcr.c
#include <asm-generic/errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/acpi/spcr.h"
#include "tests/host/fixture.h"
#include "tests/host/unit.h"

/* Offsets in the table. */
#define REVISION  8
#define TYPE      36
#define SPACE     40
#define BIT_WIDTH 41
#define ACCESS    43
#define ADDRESS   44
#define BAUD      58
#define CLOCK     76

static struct acpi_header *table;
static struct spcr spcr;
static const char *why;

static int load(void **state)
{
	(void)state;
	table = fixture_table("spcr");
	memset(&spcr, 0xa5, sizeof(spcr));
	return 0;
}

static int unload(void **state)
{
	(void)state;
	free(table);
	return 0;
}

static uint8_t *byte(unsigned int offset)
{
	return (uint8_t *)table + offset;
}

static void set_base(uint8_t space, uint8_t bit_width, uint8_t access, uint64_t address)
{
	*byte(SPACE) = space;
	*byte(BIT_WIDTH) = bit_width;
	*byte(ACCESS) = access;
	memcpy(byte(ADDRESS), &address, 8);
}

static void refused(const char *reason)
{
	assert_int_equal(spcr_parse(table, &spcr, &why), -EINVAL);
	assert_string_equal(why, reason);
}

static void a_port(void **state)
{
	(void)state;
	assert_int_equal(spcr_parse(table, &spcr, &why), 0);
	assert_int_equal(spcr.space, ACPI_SPACE_IO);
	assert_int_equal(spcr.address, 0x2f8);
	assert_int_equal(spcr.width, 1);
	assert_int_equal(spcr.stride, 1);
	assert_int_equal(spcr.baud, 115200);
	assert_int_equal(spcr.clock, 0);
}

/* bit width, access size; bytes of an access, from one register to the next */
static void registers_in_memory(void **state)
{
	static const uint8_t cases[][4] = {
	        {8, 0, 1, 1}, {8, 1, 1, 1},  {32, 1, 1, 4}, {32, 3, 4, 4},
	        {8, 3, 4, 4}, {16, 2, 2, 2}, {0, 0, 1, 1},  {32, 0, 1, 4},
	};

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		set_base(ACPI_SPACE_MEMORY, cases[n][0], cases[n][1], 0x12fe034000);
		assert_int_equal(spcr_parse(table, &spcr, &why), 0);
		assert_int_equal(spcr.address, 0x12fe034000);
		assert_int_equal(spcr.width, cases[n][2]);
		assert_int_equal(spcr.stride, cases[n][3]);
	}
}

static void bauds(void **state)
{
	static const uint32_t expected[] = {0, 0, 0, 9600, 19200, 0, 57600, 115200, 0};

	(void)state;
	for (uint8_t code = 0; code < 9; code++) {
		*byte(BAUD) = code;
		assert_int_equal(spcr_parse(table, &spcr, &why), 0);
		assert_int_equal(spcr.baud, expected[code]);
	}
}

/* Before revision 3 these bytes are reserved, and may hold anything. */
static void the_clock(void **state)
{
	const uint32_t hz = 48000000;

	(void)state;
	memcpy(byte(CLOCK), &hz, 4);
	assert_int_equal(spcr_parse(table, &spcr, &why), 0);
	assert_int_equal(spcr.clock, 0);
	*byte(REVISION) = 3;
	assert_int_equal(spcr_parse(table, &spcr, &why), 0);
	assert_int_equal(spcr.clock, hz);
}

static void the_precise_baud(void **state)
{
	const uint32_t baud = 921600;
	struct acpi_header *longer = realloc(table, 84);

	(void)state;
	assert_non_null(longer);
	table = longer;
	table->length = 84;
	memcpy(byte(80), &baud, 4);
	*byte(REVISION) = 3;
	assert_int_equal(spcr_parse(table, &spcr, &why), 0);
	assert_int_equal(spcr.baud, 115200);
	*byte(REVISION) = 4;
	assert_int_equal(spcr_parse(table, &spcr, &why), 0);
	assert_int_equal(spcr.baud, baud);
	table->length = 83; /* cut off within it */
	assert_int_equal(spcr_parse(table, &spcr, &why), 0);
	assert_int_equal(spcr.baud, 115200);
}

static void types(void **state)
{
	(void)state;
	for (unsigned int type = 0; type < 256; type++) {
		*byte(TYPE) = (uint8_t)type;
		if (type == 0 || type == 1 || type == 0x12)
			assert_int_equal(spcr_parse(table, &spcr, &why), 0);
		else
			refused("its port is no 16550");
	}
}

static void broken_ones(void **state)
{
	(void)state;
	set_base(ACPI_SPACE_PCI, 8, 1, 0x3f8);
	refused("its base is neither a port nor in memory");
	set_base(ACPI_SPACE_IO, 8, 1, 0);
	refused("its base is 0: the console is switched off");
	set_base(ACPI_SPACE_IO, 8, 1, 0xfff9);
	refused("its base is beyond the ports");
	set_base(ACPI_SPACE_IO, 8, 1, 0xfff8);
	assert_int_equal(spcr_parse(table, &spcr, &why), 0);
	set_base(ACPI_SPACE_IO, 8, 1, 0x1000000003f8);
	refused("its base is beyond the ports");
	set_base(ACPI_SPACE_MEMORY, 32, 3, 0xfe030002);
	refused("its base is not aligned to the size of an access");
	set_base(ACPI_SPACE_MEMORY, 64, 4, 0xfe030000);
	refused("its registers have a size that a 16550's do not have");
	set_base(ACPI_SPACE_MEMORY, 8, 255, 0xfe030000);
	refused("its registers have a size that a 16550's do not have");
	set_base(ACPI_SPACE_MEMORY, 12, 1, 0xfe030000);
	refused("its registers have a size that a 16550's do not have");
	table->length = 79;
	refused("it is shorter than 80 bytes");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, load, unload)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_port),      TEST(registers_in_memory), TEST(bauds),
	        TEST(the_clock),   TEST(the_precise_baud),    TEST(types),
	        TEST(broken_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
