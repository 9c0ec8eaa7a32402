// SPDX-License-Identifier: MIT
// links: kernel/screen/paint.c
#include <string.h>

#include "kernel/screen/colour.h"
#include "kernel/screen/paint.h"
#include "tests/host/unit.h"

static uint8_t colours[256];

/* The one colour of `part` of the line. */
static enum colour colour_of(const char *line, const char *part)
{
	const char *at = strstr(line, part);

	assert_non_null(at);
	memset(colours, 0xff, sizeof(colours));
	paint_line(line, strlen(line), colours);
	assert_int_equal(colours[strlen(line)], 0xff);
	for (size_t n = 0; n < strlen(part); n++)
		assert_int_equal(colours[at - line + (long)n], colours[at - line]);
	return colours[at - line];
}

static void results_of_tests(void **state)
{
	(void)state;
	assert_int_equal(colour_of("ok 1 smoke", "ok 1 smoke"), COLOUR_GOOD);
	assert_int_equal(colour_of("not ok 1 smoke", "not ok 1 smoke"), COLOUR_BAD);
	assert_int_equal(colour_of("ok 1 smoke # SKIP no", "ok 1 smoke # SKIP no"), COLOUR_SKIP);
	assert_int_equal(colour_of("Bail out! panic", "Bail out! panic"), COLOUR_BAD);
	assert_int_equal(colour_of("# not ok", "# not ok"), COLOUR_DIM);
	assert_int_equal(colour_of("1..4", "1..4"), COLOUR_PLAIN);
}

static void figures(void **state)
{
	const char *line = "# result source=edu stray=7 late=0 duplicate=2 lost=7 seed=1";

	(void)state;
	assert_int_equal(colour_of(line, "lost=7"), COLOUR_LOSS);
	assert_int_equal(colour_of(line, "late=0"), COLOUR_GOOD);
	assert_int_equal(colour_of(line, "duplicate=2"), COLOUR_BAD);
	assert_int_equal(colour_of(line, " seed=1"), COLOUR_PLAIN);
	assert_int_equal(colour_of(line, "stray=7 "), COLOUR_PLAIN);
	assert_int_equal(colour_of("# result lost=0 seed=1", "lost=0"), COLOUR_GOOD);
	assert_int_equal(colour_of("# result lost=0", "lost=0"), COLOUR_GOOD);
	assert_int_equal(colour_of("# result lost=10", "lost=10"), COLOUR_LOSS);
	assert_int_equal(colour_of("# result lost=01 x", "lost=01"), COLOUR_LOSS);
}

static void an_empty_line(void **state)
{
	(void)state;
	memset(colours, 0xff, sizeof(colours));
	paint_line("", 0, colours);
	assert_int_equal(colours[0], 0xff);
}

static void details(void **state)
{
	(void)state;
	assert_true(paint_is_detail("# result source=edu"));
	assert_true(paint_is_detail("not ok 1 smoke"));
	assert_true(paint_is_detail("ok 1 smoke # SKIP no"));
	assert_false(paint_is_detail("ok 1 smoke"));
	assert_false(paint_is_detail("# vtd0: a unit"));
	assert_false(paint_is_detail(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(results_of_tests),
	        cmocka_unit_test(figures),
	        cmocka_unit_test(an_empty_line),
	        cmocka_unit_test(details),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
