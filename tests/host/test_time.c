// SPDX-License-Identifier: MIT
// links: kernel/time.c
//
// How fast the time-stamp counter is found to be, on a host that takes the CPU away now and then.
#include <string.h>

#include "kernel/acpi/acpi.h"
#include "kernel/acpi/fadt.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/ports.h"
#include "kernel/time.h"
#include "tests/host/fake_machine.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

#define MHZ     2900
#define PM_PORT 0x608
#define PM_HZ   3579545
#define PIT_HZ  1193182
#define PAUSE   40000000 /* ns, twenty times what one measurement takes */

static uint64_t now; /* ns */
static bool has_pm_timer;
static unsigned int accesses;    /* of the counter and of ports, so far */
static unsigned int pause_every; /* so many of them the CPU is away; 0: never */
static unsigned int pause_at;    /* before this one, too */
static uint64_t pit_count, pit_since;
static bool pit_runs;

static void pass(uint64_t ns)
{
	accesses++;
	if ((pause_every && accesses % pause_every == 0) || accesses == pause_at)
		now += PAUSE;
	now += ns;
}

uint64_t fake_ticks(void)
{
	pass(20);
	return now * MHZ / 1000;
}

static bool pit_is_up(void)
{
	return pit_runs && (now - pit_since) * PIT_HZ / 1000000000 > pit_count;
}

uint32_t fake_port_read(uint16_t port, unsigned int size)
{
	pass(1000);
	if (port == PM_PORT) {
		assert_int_equal(size, 4);
		return (uint32_t)(now * PM_HZ / 1000000000) & 0xffffff;
	}
	assert_int_equal(port, 0x61);
	return pit_is_up() ? 0x20 : 0;
}

/* Channel 2: the lower byte first, and with the upper one it starts. */
void fake_port_write(uint16_t port, unsigned int size, uint32_t value)
{
	assert_int_equal(size, 1);
	pass(1000);
	if (port == 0x43)
		pit_runs = false, pit_count = 0, pit_since = 0;
	if (port != 0x42)
		return;
	if (pit_since) {
		pit_count |= value << 8;
		pit_runs = true;
	} else {
		pit_count = value;
	}
	pit_since = now;
}

void fake_machine_pause(void)
{
}

const struct acpi_header *acpi_only_table(const char *signature)
{
	static const struct acpi_header table;

	assert_string_equal(signature, "FACP");
	return has_pm_timer ? &table : NULL;
}

int fadt_parse(const struct acpi_header *table, struct fadt *out, const char **why)
{
	(void)table, (void)why;
	memset(out, 0, sizeof(*out));
	out->pm_timer.space = ACPI_SPACE_IO;
	out->pm_timer.address = PM_PORT;
	return 0;
}

static uint64_t measured(bool by_pm_timer, unsigned int every, unsigned int at)
{
	now = 1000000;
	accesses = 0;
	has_pm_timer = by_pm_timer;
	pause_every = every;
	pause_at = at;
	shim_forget_printed();
	time_init();
	return time_ticks_per_us();
}

static void assert_about(uint64_t value)
{
	assert_in_range(value, MHZ * 999 / 1000, MHZ * 1005 / 1000);
	assert_string_equal(shim_printed(), ""); /* no timer was refused */
}

static void test_quiet_host(void **state)
{
	(void)state;
	assert_about(measured(true, 0, 0));
	assert_about(measured(false, 0, 0));
}

/* Wherever in the first measurements the CPU is taken away once. */
static void test_one_pause(void **state)
{
	(void)state;
	for (unsigned int at = 1; at < 4000; at++) {
		assert_about(measured(true, 0, at));
		assert_about(measured(false, 0, at));
	}
}

/* In most measurements, and at another place in each: one takes about 2000 accesses. */
static void test_busy_host(void **state)
{
	(void)state;
	for (unsigned int every = 2300; every < 2400; every++) {
		assert_about(measured(true, every, 0));
		assert_about(measured(false, every, 0));
	}
}

/* In each of them: waits may become longer, but not shorter. */
static void test_hopeless_host(void **state)
{
	(void)state;
	for (unsigned int every = 2; every < 300; every++) {
		assert_true(measured(true, every, 0) >= MHZ * 999 / 1000);
		assert_true(measured(false, every, 0) >= MHZ * 999 / 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_quiet_host),
	        cmocka_unit_test(test_one_pause),
	        cmocka_unit_test(test_busy_host),
	        cmocka_unit_test(test_hopeless_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
