// SPDX-License-Identifier: MIT
// links: kernel/options.c
#include <asm-generic/errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/options.h"
#include "tests/host/unit.h"

static struct options options;
static char error[256];

static int fresh_options(void **state)
{
	(void)state;
	memset(&options, 0xa5, sizeof(options));
	memset(error, 0, sizeof(error));
	options_init(&options);
	return 0;
}

static void parse(const char *line)
{
	int result = options_parse(&options, line, error, sizeof(error));

	if (result)
		fail_msg("\"%s\" was refused: %s", line, error);
}

static void defaults(void **state)
{
	(void)state;
	assert_string_equal(options.test, "*");
	assert_int_equal(options.ir, OPTIONS_IR_BOTH);
	assert_int_equal(options.apic, OPTIONS_APIC_AUTO);
	assert_int_equal(options.fires, 10000);
	assert_int_equal(options.moves, 0);
	assert_int_equal(options.seed, 1);
	assert_int_equal(options.cpus, 0);
	assert_int_equal(options.irtes, 256);
	assert_int_equal(options.verbose, 1);
	assert_int_equal(options.watchdog, 60);
	assert_int_equal(options.after, OPTIONS_AFTER_EXIT);
	assert_true(options.keep);
	assert_false(options.list);
	assert_false(options.marks);
}

static void empty_lines_change_nothing(void **state)
{
	struct options before = options;

	(void)state;
	parse("");
	parse(" \t \r\n ");
	assert_memory_equal(&options, &before, sizeof(options));
}

static void every_option(void **state)
{
	(void)state;
	parse("test=edu* ir=on apic=x2apic fires=1000000000000 moves=12 seed=0xDeadBeef cpus=4 "
	      "irtes=512 verbose=3 watchdog=7 after=prompt keep=off list marks");
	assert_string_equal(options.test, "edu*");
	assert_int_equal(options.ir, OPTIONS_IR_ON);
	assert_int_equal(options.apic, OPTIONS_APIC_X2APIC);
	assert_int_equal(options.fires, 1000000000000);
	assert_int_equal(options.moves, 12);
	assert_int_equal(options.seed, 0xdeadbeef);
	assert_int_equal(options.cpus, 4);
	assert_int_equal(options.irtes, 512);
	assert_int_equal(options.verbose, 3);
	assert_int_equal(options.watchdog, 7);
	assert_int_equal(options.after, OPTIONS_AFTER_PROMPT);
	assert_false(options.keep);
	assert_true(options.list);
	assert_true(options.marks);
}

static void every_choice(void **state)
{
	(void)state;
	parse("ir=off apic=xapic after=halt");
	assert_int_equal(options.ir, OPTIONS_IR_OFF);
	assert_int_equal(options.apic, OPTIONS_APIC_XAPIC);
	assert_int_equal(options.after, OPTIONS_AFTER_HALT);
	parse("ir=both apic=auto after=reboot");
	assert_int_equal(options.ir, OPTIONS_IR_BOTH);
	assert_int_equal(options.apic, OPTIONS_APIC_AUTO);
	assert_int_equal(options.after, OPTIONS_AFTER_REBOOT);
	parse("after=exit");
	assert_int_equal(options.after, OPTIONS_AFTER_EXIT);
}

static void a_later_word_wins(void **state)
{
	(void)state;
	parse("\tfires=1\n  fires=2 ");
	assert_int_equal(options.fires, 2);
	parse("fires=3");
	assert_int_equal(options.fires, 3);
}

static void limits_are_accepted(void **state)
{
	(void)state;
	parse("seed=18446744073709551615 moves=0xffffffffffffffff cpus=4294967295");
	assert_true(options.seed == UINT64_MAX);
	assert_true(options.moves == UINT64_MAX);
	assert_int_equal(options.cpus, UINT32_MAX);
	parse("irtes=2");
	assert_int_equal(options.irtes, 2);
	parse("irtes=65536");
	assert_int_equal(options.irtes, 65536);
	parse("test=123456789012345678901234567890123456789012345678901234567890123");
	assert_int_equal(strlen(options.test), 63);
}

/* Each is refused with an error that quotes the word and says what would be right. */
static const struct {
	const char *word;
	const char *right;
} refused[] = {
        {"fire=1", "is unknown: there are test=, ir=,"},
        {"=1", "is unknown"},
        {"=", "is unknown"},
        {"FIRES=1", "is unknown"},
        {"fires", "say fires=N with N from 1"},
        {"fires=", "say fires=N with N from 1"},
        {"fires=0", "say fires=N with N from 1"},
        {"fires=1000000000001", "to 1000000000000"},
        {"fires=-1", "say fires=N"},
        {"fires=1k", "say fires=N"},
        {"fires=1=1", "say fires=N"},
        {"fires=0x", "say fires=N"},
        {"fires=0xg", "say fires=N"},
        {"fires=a", "say fires=N"},
        {"moves=", "0 for no bound"},
        {"moves=18446744073709551616", "0 for no bound"},
        {"seed=0x10000000000000000", "at most 64 bits"},
        {"seed=99999999999999999999", "at most 64 bits"},
        {"cpus=4294967296", "say cpus=N"},
        {"cpus=two", "0 for all"},
        {"irtes", "a power of two from 2 to 65536"},
        {"watchdog=86401", "watchdog=SECONDS from 0 to 86400"},
        {"irtes=", "a power of two from 2 to 65536"},
        {"irtes=0", "a power of two from 2 to 65536"},
        {"irtes=1", "a power of two from 2 to 65536"},
        {"irtes=3", "a power of two from 2 to 65536"},
        {"irtes=255", "a power of two from 2 to 65536"},
        {"irtes=131072", "a power of two from 2 to 65536"},
        {"irtes=0x100000002", "a power of two from 2 to 65536"},
        {"verbose=4", "from 0 to 3"},
        {"verbose", "from 0 to 3"},
        {"ir", "say ir=both, ir=on or ir=off"},
        {"ir=", "say ir=both, ir=on or ir=off"},
        {"ir=ON", "say ir=both, ir=on or ir=off"},
        {"ir=onn", "say ir=both, ir=on or ir=off"},
        {"apic=x3apic", "say apic=auto, apic=xapic or apic=x2apic"},
        {"after=never", "say after=exit, after=halt, after=reboot or after=prompt"},
        {"keep", "keep=on or keep=off"},
        {"keep=yes", "keep=on or keep=off"},
        {"list=1", "say list without a value"},
        {"list=", "say list without a value"},
        {"marks=1", "say marks without a value"},
        {"test", "say test=GLOB"},
        {"test=", "say test=GLOB"},
        {"test=1234567890123456789012345678901234567890123456789012345678901234",
         "with 1 to 63 characters"},
};

static void bad_words_are_quoted_and_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct options before = options;
		char line[128], quoted[64];

		snprintf(line, sizeof(line), "%s list", refused[i].word);
		assert_int_equal(options_parse(&options, line, error, sizeof(error)), -EINVAL);
		snprintf(quoted, sizeof(quoted), "option \"%.48s", refused[i].word);
		if (!strstr(error, quoted) || !strstr(error, refused[i].right))
			fail_msg("for \"%s\" the error was: %s", line, error);
		assert_memory_equal(&options, &before, sizeof(options));
	}
}

static void words_before_a_bad_one_apply(void **state)
{
	(void)state;
	assert_int_equal(options_parse(&options, "fires=7 bad seed=9", error, sizeof(error)),
	                 -EINVAL);
	assert_int_equal(options.fires, 7);
	assert_int_equal(options.seed, 1);
}

static void endless_words_are_refused(void **state)
{
	char line[1024];

	(void)state;
	snprintf(line, sizeof(line), "moves=%0900d1", 0);
	assert_int_equal(options_parse(&options, line, error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "option \"moves=0000"));
	assert_non_null(strstr(error, "...\" is not right: say moves=N"));
}

static void unprintable_characters_are_not_printed(void **state)
{
	(void)state;
	assert_int_equal(options_parse(&options, "a\033[2Jb\200", error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "option \"a?[2Jb?\" is unknown"));
}

static void a_short_error_buffer_is_respected(void **state)
{
	(void)state;
	for (size_t size = 1; size < sizeof(error); size++) {
		memset(error, '#', sizeof(error));
		assert_int_equal(options_parse(&options, "unknown=1", error, size), -EINVAL);
		assert_true(memchr(error, 0, size));
		if (error[size] != '#')
			fail_msg("wrote past %zu bytes", size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(defaults, fresh_options),
	        cmocka_unit_test_setup(empty_lines_change_nothing, fresh_options),
	        cmocka_unit_test_setup(every_option, fresh_options),
	        cmocka_unit_test_setup(every_choice, fresh_options),
	        cmocka_unit_test_setup(a_later_word_wins, fresh_options),
	        cmocka_unit_test_setup(limits_are_accepted, fresh_options),
	        cmocka_unit_test_setup(bad_words_are_quoted_and_explained, fresh_options),
	        cmocka_unit_test_setup(words_before_a_bad_one_apply, fresh_options),
	        cmocka_unit_test_setup(endless_words_are_refused, fresh_options),
	        cmocka_unit_test_setup(unprintable_characters_are_not_printed, fresh_options),
	        cmocka_unit_test_setup(a_short_error_buffer_is_respected, fresh_options),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
