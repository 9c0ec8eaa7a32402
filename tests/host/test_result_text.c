// SPDX-License-Identifier: MIT
// links: kernel/result_text.c
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kernel/result_text.h"
#include "tests/host/unit.h"

/* The text cannot be emptied: each test looks at what is new in it. */
static struct result_text_reader seen;

static bool take(const char *output)
{
	return result_text_take(output, strlen(output));
}

/* In pieces of 7 bytes, which ends within rows of blanks. */
static const char *what_is_new(void)
{
	static char text[8192];
	size_t used = 0, part;

	do {
		part = result_text_read(&seen, text + used, 7);
		used += part;
		assert_true(used + 8 < sizeof(text));
	} while (part);
	text[used] = 0;
	return text;
}

static void keeps_what_has_a_prefix(void **state)
{
	(void)state;
	take("# head retarget=1\n# pci: nothing\nok 1 a\nnot ok 2 b\nokay\n# explored x\n# explore "
	     "y\n");
	assert_string_equal(what_is_new(), "# head retarget=1\nok 1 a\nnot ok 2 b\n# explore y\n");
}

static void lines_come_in_pieces(void **state)
{
	(void)state;
	take("# res");
	take("ult a=1 ");
	take("b=2\nKTAP ");
	assert_string_equal(what_is_new(), "# result a=1 b=2\n");
	take("version 1\n1..3\n");
	assert_string_equal(what_is_new(), "KTAP version 1\n1..3\n");
}

static void blanks_are_as_they_were_but_for_the_end(void **state)
{
	char line[300] = "# explore a";

	(void)state;
	take("# explore a b  c   d    e \t \n");
	assert_string_equal(what_is_new(), "# explore a b  c   d    e\n");
	memset(line + 11, ' ', 270);
	strcpy(line + 281, "z\n");
	take(line);
	assert_string_equal(what_is_new(), line);
}

static void an_unfinished_line_is_none(void **state)
{
	(void)state;
	take("ok 3 c");
	assert_string_equal(what_is_new(), "");
	take("\n");
	assert_string_equal(what_is_new(), "ok 3 c\n");
}

/*
 * All 1117 tests with two each of edu, xHCI and NVMe, an LSI, an 82574L, an 82576 and guests are
 * 262,181 bytes as they are kept; and there may be half as many sources more.
 */
static void has_room_for_all_tests(void **state)
{
	(void)state;
	assert_true(result_text_room(1117) >= 262181 * 3 / 2);
	assert_true(result_text_room(UINT_MAX) >= 262181 * 3 / 2);
	assert_true(result_text_room(0) >= RESULT_TEXT_FIRST);
}

static void what_was_kept_moves_along(void **state)
{
	static char memory[RESULT_TEXT_FIRST + 128];
	struct result_text_reader from_the_start = {0};
	char before[4], after[4];

	(void)state;
	result_text_read(&from_the_start, before, sizeof(before));
	result_text_move(memory, sizeof(memory));
	from_the_start = (struct result_text_reader){0};
	result_text_read(&from_the_start, after, sizeof(after));
	assert_memory_equal(before, after, sizeof(before));
	take("ok 4 d\n");
	assert_string_equal(what_is_new(), "ok 4 d\n");
}

/* The last one here: nothing fits any more. */
static void says_once_that_it_is_full(void **state)
{
	char line[64];
	unsigned int kept = 0, told = 0;
	const char *text;

	(void)state;
	while (!told) {
		snprintf(line, sizeof(line), "ok %07u name of a test\n", kept++);
		told = take(line);
		text = what_is_new();
		assert_string_equal(text, told ? RESULT_TEXT_OVERFLOW : line);
	}
	assert_true(kept > RESULT_TEXT_FIRST / 32);
	assert_false(take("ok 1\n"));
	assert_string_equal(what_is_new(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(keeps_what_has_a_prefix),
	        cmocka_unit_test(lines_come_in_pieces),
	        cmocka_unit_test(blanks_are_as_they_were_but_for_the_end),
	        cmocka_unit_test(an_unfinished_line_is_none),
	        cmocka_unit_test(has_room_for_all_tests),
	        cmocka_unit_test(what_was_kept_moves_along),
	        cmocka_unit_test(says_once_that_it_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
