// SPDX-License-Identifier: MIT
// links: kernel/acpi/fadt.c
#include <asm-generic/errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/acpi/fadt.h"
#include "tests/host/fixture.h"
#include "tests/host/unit.h"

/* Offsets in the table. */
#define PM_TMR_LEN    91
#define FLAGS         112
#define RESET_REG     116
#define RESET_END     129
#define X_PM_TMR_BLK  208
#define X_PM_TMR_END  220
#define X_PM_TMR_ADDR 212

static struct acpi_header *table;
static struct fadt fadt;
static const char *why;

static int load(void **state)
{
	(void)state;
	table = fixture_table("fadt");
	memset(&fadt, 0xa5, sizeof(fadt));
	why = NULL;
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

static void reads_everything(void **state)
{
	(void)state;
	assert_int_equal(fadt_parse(table, &fadt, &why), 0);
	assert_int_equal(fadt.pm_timer.space, ACPI_SPACE_IO);
	assert_int_equal(fadt.pm_timer.address, 0x1808);
	assert_int_equal(fadt.pm_timer_bits, 32);
	assert_int_equal(fadt.reset.space, ACPI_SPACE_IO);
	assert_int_equal(fadt.reset.address, 0xcf9);
	assert_int_equal(fadt.reset_value, 0x0f);
	assert_int_equal(fadt.boot_architecture, FADT_BOOT_8042);
}

static void pm_timer_port_without_a_generic_address(void **state)
{
	(void)state;
	memset(byte(X_PM_TMR_ADDR), 0, 8);
	*byte(FLAGS + 1) &= ~1; /* TMR_VAL_EXT */
	assert_int_equal(fadt_parse(table, &fadt, &why), 0);
	assert_int_equal(fadt.pm_timer.space, ACPI_SPACE_IO);
	assert_int_equal(fadt.pm_timer.address, 0x608);
	assert_int_equal(fadt.pm_timer_bits, 24);
}

static void pm_timer_port_when_the_generic_address_is_odd(void **state)
{
	(void)state;
	*byte(X_PM_TMR_BLK) = 0x7f;
	assert_int_equal(fadt_parse(table, &fadt, &why), 0);
	assert_int_equal(fadt.pm_timer.address, 0x608);
}

static void no_pm_timer(void **state)
{
	(void)state;
	memset(byte(X_PM_TMR_ADDR), 0, 8);
	*byte(PM_TMR_LEN) = 0;
	assert_int_equal(fadt_parse(table, &fadt, &why), 0);
	assert_int_equal(fadt.pm_timer.address, 0);
}

static void no_pm_timer_on_reduced_hardware(void **state)
{
	(void)state;
	*byte(FLAGS + 2) |= 0x10; /* HW_REDUCED_ACPI */
	assert_int_equal(fadt_parse(table, &fadt, &why), 0);
	assert_int_equal(fadt.pm_timer.address, 0);
}

static void no_reset_register_without_the_flag(void **state)
{
	(void)state;
	*byte(FLAGS + 1) &= ~4; /* RESET_REG_SUP */
	assert_int_equal(fadt_parse(table, &fadt, &why), 0);
	assert_int_equal(fadt.reset.address, 0);
}

static void no_reset_register_in_a_space_of_no_use(void **state)
{
	(void)state;
	*byte(RESET_REG) = 3; /* embedded controller */
	assert_int_equal(fadt_parse(table, &fadt, &why), 0);
	assert_int_equal(fadt.reset.address, 0);
}

static void old_and_cut_tables_lack_whole_fields(void **state)
{
	(void)state;
	for (uint32_t length = sizeof(*table); length < table->length; length++) {
		struct acpi_header *copy = fixture_truncated(table, length);
		int result = fadt_parse(copy, &fadt, &why);

		free(copy);
		if (length < RESET_REG) {
			assert_int_equal(result, -EINVAL);
			assert_string_equal(why, "it is shorter than the 116 bytes of ACPI 1.0");
			continue;
		}
		assert_int_equal(result, 0);
		assert_int_equal(fadt.reset.address, length < RESET_END ? 0 : 0xcf9);
		assert_int_equal(fadt.pm_timer.address, length < X_PM_TMR_END ? 0x608 : 0x1808);
	}
}

static void parse_broken(const struct acpi_header *broken)
{
	int result = fadt_parse(broken, &fadt, &why);

	assert_true(result == 0 || (result == -EINVAL && why));
}

static void survives_every_break(void **state)
{
	(void)state;
	fixture_break("fadt", parse_broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(reads_everything, load, unload),
	        cmocka_unit_test_setup_teardown(pm_timer_port_without_a_generic_address, load,
	                                        unload),
	        cmocka_unit_test_setup_teardown(pm_timer_port_when_the_generic_address_is_odd, load,
	                                        unload),
	        cmocka_unit_test_setup_teardown(no_pm_timer, load, unload),
	        cmocka_unit_test_setup_teardown(no_pm_timer_on_reduced_hardware, load, unload),
	        cmocka_unit_test_setup_teardown(no_reset_register_without_the_flag, load, unload),
	        cmocka_unit_test_setup_teardown(no_reset_register_in_a_space_of_no_use, load,
	                                        unload),
	        cmocka_unit_test_setup_teardown(old_and_cut_tables_lack_whole_fields, load, unload),
	        cmocka_unit_test_setup_teardown(survives_every_break, load, unload),
	};

	return cmocka_run_group_tests_name("fadt", tests, NULL, NULL);
}
