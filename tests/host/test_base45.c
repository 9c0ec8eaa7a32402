// SPDX-License-Identifier: MIT
// links: kernel/base45.c
#include <string.h>

#include "kernel/base45.h"
#include "tests/host/unit.h"

static void encode(const char *bytes, const char *expected)
{
	char text[32];

	base45_encode((const uint8_t *)bytes, strlen(bytes), text);
	assert_string_equal(text, expected);
	assert_int_equal(strlen(text), BASE45_LENGTH(strlen(bytes)));
}

/* RFC 9285, 4.3 "Encoding Examples". */
static void examples(void **state)
{
	(void)state;
	encode("AB", "BB8");
	encode("Hello!!", "%69 VD92EX0");
	encode("base-45", "UJCLQE7W581");
	encode("", "");
}

static void all_ones(void **state)
{
	(void)state;
	encode("\xff\xff", "FGW");
	encode("\xff", "U5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(examples),
	        cmocka_unit_test(all_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
