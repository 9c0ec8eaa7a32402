// SPDX-License-Identifier: MIT
// links: kernel/irq/source.c
//
// What a source is called, and what becomes of a device that hangs.
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/irq/source.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

static int answer; /* of open() */
static unsigned int opened;

static int open_source(struct source *source)
{
	(void)source;
	opened++;
	return answer;
}

static const struct source_ops ops = {.open = open_source};

static struct source sources[] = {
        {.name = "igb", .kind = "msix", .location = "0000:00:01.0", .ops = &ops},
        {.name = "igb", .kind = "msi", .location = "0000:00:01.0", .ops = &ops},
        {.name = "igb", .kind = "msix", .location = "0000:00:02.0", .ops = &ops},
        {.name = "nvme", .kind = "msix", .location = "0000:00:03.0", .ops = &ops},
};

#define COUNT (sizeof(sources) / sizeof(sources[0]))

static int setup(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < COUNT; n++)
		assert_int_equal(source_register(&sources[n]), 0);
	return 0;
}

static void devices_are_numbered_and_their_sources_are_not(void **state)
{
	(void)state;
	assert_string_equal(sources[0].name, "igb");
	assert_string_equal(sources[1].name, "igb");
	assert_string_equal(sources[2].name, "igb.1");
	assert_ptr_equal(source_get(2), &sources[2]);
	assert_null(source_get(COUNT));
}

/* Another source of the device is open, it cannot do that, or there is no memory. */
static void an_error_of_the_moment_drops_nothing(void **state)
{
	static const int errors[] = {0, -EBUSY, -EOPNOTSUPP, -ENOMEM, -ENXIO};

	(void)state;
	for (unsigned int n = 0; n < sizeof(errors) / sizeof(errors[0]); n++) {
		answer = errors[n];
		assert_int_equal(source_open(&sources[3]), answer);
		assert_null(sources[3].dropped);
	}
	assert_int_equal(sources_dropped(), 0);
}

static void a_device_is_dropped_with_all_that_it_is_and_one_line(void **state)
{
	(void)state;
	shim_forget_printed();
	assert_int_equal(
	        source_drop(&sources[1], -ETIMEDOUT, "it did not answer", "to stop", 2000000),
	        -ETIMEDOUT);
	assert_int_equal(sources_dropped(), 1);
	assert_string_equal(sources[0].dropped, "it did not answer within 2 s, asked to stop");
	assert_ptr_equal(sources[1].dropped, sources[0].dropped);
	assert_null(sources[2].dropped);
	assert_null(sources[3].dropped);
	assert_string_equal(shim_printed(),
	                    "# source: igb at 0000:00:01.0 is dropped, and its tests are skipped "
	                    "from here on: it did not answer within 2 s, asked to stop. Switch the "
	                    "machine off and on: a reset may not reach the device\n");

	shim_forget_printed();
	assert_int_equal(source_drop(&sources[0], -EIO, "it is gone", "to stop", 0), -EIO);
	assert_int_equal(sources_dropped(), 1);
	assert_string_equal(shim_printed(), "");
	opened = 0;
	assert_int_equal(source_open(&sources[0]), -ENODEV);
	assert_int_equal(opened, 0);
}

static void one_that_does_not_open_any_more_is_dropped(void **state)
{
	(void)state;
	answer = -EINVAL;
	assert_int_equal(source_open(&sources[3]), -EINVAL);
	assert_int_equal(sources_dropped(), 2);
	assert_string_equal(sources[3].dropped,
	                    "it is not as it was found at the start, asked to open");
	assert_string_equal(sources[0].dropped, "it did not answer within 2 s, asked to stop");
	assert_null(sources[2].dropped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(devices_are_numbered_and_their_sources_are_not),
	        cmocka_unit_test(an_error_of_the_moment_drops_nothing),
	        cmocka_unit_test(a_device_is_dropped_with_all_that_it_is_and_one_line),
	        cmocka_unit_test(one_that_does_not_open_any_more_is_dropped),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
