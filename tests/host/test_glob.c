// SPDX-License-Identifier: MIT
// links: tests/glob.c
#include <fnmatch.h>
#include <string.h>

#include "tests/glob.h"
#include "tests/host/unit.h"

static void the_whole_name_or_its_first_parts_are_selected(void **state)
{
	(void)state;
	assert_true(glob_selects("loss", "loss"));
	assert_true(glob_selects("loss", "loss.edu.msi.masked"));
	assert_true(glob_selects("loss.edu", "loss.edu.msi.masked"));
	assert_true(glob_selects("loss.edu.msi.masked", "loss.edu.msi.masked"));
	assert_false(glob_selects("los", "loss.edu"));
	assert_false(glob_selects("oss", "loss.edu"));
	assert_false(glob_selects("loss.ed", "loss.edu"));
	assert_false(glob_selects("loss.edu", "loss"));
	assert_false(glob_selects("edu", "loss.edu"));
	assert_false(glob_selects("loss.", "loss.edu"));
	assert_false(glob_selects("", "loss"));
	assert_true(glob_selects("", ""));
}

static void a_beginning_that_no_pattern_goes_on_from_is_refused(void **state)
{
	(void)state;
	assert_true(glob_may_select("loss", "loss"));
	assert_true(glob_may_select("loss.edu,smoke", "loss"));
	assert_true(glob_may_select("loss", "loss.edu"));
	assert_true(glob_may_select("l*", "loss"));
	assert_true(glob_may_select("*.edu", "loss"));
	assert_true(glob_may_select("?oss.edu", "loss"));
	assert_false(glob_may_select("loss.edu", "smoke"));
	assert_false(glob_may_select("lost*", "loss"));
	assert_false(glob_may_select("?ass", "loss"));
	assert_false(glob_may_select("los,loss", "lest"));
}

static void a_star_is_any_text(void **state)
{
	(void)state;
	assert_true(glob_selects("*", ""));
	assert_true(glob_selects("*", "loss.edu.msi"));
	assert_true(glob_selects("loss.*.masked", "loss.edu.msi.masked"));
	assert_true(glob_selects("*.msi", "loss.edu.msi.masked"));
	assert_true(glob_selects("loss*two-step", "loss.edu.msi.two-step"));
	assert_false(glob_selects("loss*two-step", "loss.edu.msi.two-step-no-retrigger"));
	assert_true(glob_selects("*ims*", "loss.lsi53c895a.ims-queue.masked"));
	assert_false(glob_selects("*ims*", "loss.edu.msi.masked"));
	assert_true(glob_selects("**e**", "edu"));
}

static void a_question_mark_is_one_character(void **state)
{
	(void)state;
	assert_true(glob_selects("e?u", "edu"));
	assert_false(glob_selects("ed?", "ed"));
	assert_false(glob_selects("?edu", "edu"));
	assert_true(glob_selects("edu.?", "edu.1.msi"));
	assert_false(glob_selects("edu.?", "edu.10.msi"));
}

/* By the C library, for each part of the name up to a dot. */
static bool reference(const char *pattern, const char *name)
{
	char part[16] = "";

	for (size_t length = 0;; length++) {
		part[length] = name[length];
		if (name[length] && name[length] != '.')
			continue;
		part[length] = 0;
		if (!fnmatch(pattern, part, 0))
			return true;
		if (!name[length])
			return false;
		part[length] = name[length];
	}
}

/* The `n`-th text over `alphabet` of at most 5 characters. */
static void nth_text(unsigned int n, const char *alphabet, char *text)
{
	while (n) {
		*text++ = alphabet[(n - 1) % strlen(alphabet)];
		n = (n - 1) / strlen(alphabet);
	}
	*text = 0;
}

static void it_agrees_with_fnmatch_on_every_short_text(void **state)
{
	char pattern[16], name[16];

	(void)state;
	for (unsigned int p = 0; p < 1 + 5 + 25 + 125 + 625 + 3125; p++) {
		nth_text(p, "ab.*?", pattern);
		for (unsigned int n = 0; n < 1 + 3 + 9 + 27 + 81 + 243; n++) {
			nth_text(n, "ab.", name);
			if (glob_selects(pattern, name) != reference(pattern, name))
				fail_msg("\"%s\" and \"%s\"", pattern, name);
		}
	}
}

/* A star that takes back all others would try for ever here. */
static void many_stars_end_soon(void **state)
{
	char name[2001];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	assert_false(glob_selects("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", name));
}

static void a_comma_ends_a_pattern(void **state)
{
	const char *patterns = "edu,*.msi,";

	(void)state;
	assert_true(glob_selects(patterns, "edu"));
	assert_false(glob_selects(patterns, "edu,x"));
	assert_false(glob_selects(patterns, "loss.msi"));
	patterns = glob_next(patterns);
	assert_string_equal(patterns, "*.msi,");
	assert_true(glob_selects(patterns, "loss.msi"));
	assert_false(glob_selects(patterns, "edu"));
	patterns = glob_next(patterns);
	assert_string_equal(patterns, "");
	assert_true(glob_selects(patterns, ""));
	assert_false(glob_selects(patterns, "edu"));
	assert_null(glob_next(patterns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_whole_name_or_its_first_parts_are_selected),
	        cmocka_unit_test(a_beginning_that_no_pattern_goes_on_from_is_refused),
	        cmocka_unit_test(a_star_is_any_text),
	        cmocka_unit_test(a_question_mark_is_one_character),
	        cmocka_unit_test(a_comma_ends_a_pattern),
	        cmocka_unit_test(it_agrees_with_fnmatch_on_every_short_text),
	        cmocka_unit_test(many_stars_end_soon),
	};

	return cmocka_run_group_tests_name("glob", tests, NULL, NULL);
}
