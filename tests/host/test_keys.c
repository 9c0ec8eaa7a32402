// SPDX-License-Identifier: MIT
// links: kernel/keys.c
#include <string.h>

#include "kernel/keys.h"
#include "tests/host/unit.h"

/* The keys that a terminal's characters are, as text; what is no key is left out. */
static const char *typed(const char *bytes)
{
	static char keys[32];
	struct key_sequence sequence = {0};
	unsigned int count = 0;

	for (; *bytes; bytes++) {
		int key = key_of_terminal(&sequence, (uint8_t)*bytes);

		if (key != KEY_NONE)
			keys[count++] = (char)key;
	}
	keys[count] = 0;
	return keys;
}

static void letters(void **state)
{
	(void)state;
	assert_string_equal(typed("rsdR j\r\n\t\x7f\xe4q"), "rsdr jq");
}

static void cursor_keys(void **state)
{
	(void)state;
	assert_string_equal(typed("\x1b[A"), "k");
	assert_string_equal(typed("\x1b[B\x1bOB"), "jj");
	assert_string_equal(typed("\x1b[5~\x1b[6~"), "b ");
	assert_string_equal(typed("\x1b[H\x1b[F"), "<>");
}

/* Those of no use here are not taken for letters, and none is stuck. */
static void other_sequences(void **state)
{
	(void)state;
	assert_string_equal(typed("\x1b[2~r"), "r");
	assert_string_equal(typed("\x1b[C\x1b[Dr"), "r");
	assert_string_equal(typed("\x1b[1;5Ar"), "kr");
	assert_string_equal(typed("\x1b\x1b[Ar"), "kr");
	assert_string_equal(typed("\x1br"), "r");
}

static void scan_codes(void **state)
{
	(void)state;
	assert_int_equal(key_of_scan_code(0x13), 'r');
	assert_int_equal(key_of_scan_code(0x93), KEY_NONE); /* released */
	assert_int_equal(key_of_scan_code(0x1f), 's');
	assert_int_equal(key_of_scan_code(0x20), 'd');
	assert_int_equal(key_of_scan_code(0x14), 't');
	assert_int_equal(key_of_scan_code(0x23), 'h');
	assert_int_equal(key_of_scan_code(0xe0), KEY_NONE);
	assert_int_equal(key_of_scan_code(0x48), KEY_UP);
	assert_int_equal(key_of_scan_code(0x49), KEY_PAGE_UP);
	assert_int_equal(key_of_scan_code(0x50), KEY_DOWN);
	assert_int_equal(key_of_scan_code(0x51), KEY_PAGE_DOWN);
	for (unsigned int byte = 0; byte < 256; byte++) {
		int key = key_of_scan_code((uint8_t)byte);

		assert_true(key == KEY_NONE || (key >= ' ' && key <= '~'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(letters),
	        cmocka_unit_test(cursor_keys),
	        cmocka_unit_test(other_sequences),
	        cmocka_unit_test(scan_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
