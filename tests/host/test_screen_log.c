// SPDX-License-Identifier: MIT
// links: kernel/screen/log.c
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/screen/log.h"
#include "tests/host/unit.h"

#define SIZE     1024
#define CAPACITY 16

static struct log ring;
static char text[LOG_LINE_MAX + 1];

/* Heap blocks of exactly the length that the ring may use, for AddressSanitizer. */
static int setup(void **state)
{
	(void)state;
	ring = (struct log){.bytes = malloc(SIZE),
	                    .size = SIZE,
	                    .starts = malloc(CAPACITY * sizeof(uint64_t)),
	                    .capacity = CAPACITY};
	return !ring.bytes || !ring.starts;
}

static int teardown(void **state)
{
	(void)state;
	free(ring.bytes);
	free(ring.starts);
	return 0;
}

static unsigned int put(const char *line)
{
	unsigned int completed = 0;

	for (; *line; line++)
		completed += log_put(&ring, *line);
	return completed;
}

static void a_line_counts_when_it_is_complete(void **state)
{
	(void)state;
	assert_int_equal(put("one"), 0);
	assert_int_equal(ring.lines, 0);
	assert_int_equal(put(" line\ntwo\n\nthree"), 3);
	assert_int_equal(log_first(&ring), 0);
	assert_int_equal(log_line(&ring, 0, text), 8);
	assert_string_equal(text, "one line");
	log_line(&ring, 1, text);
	assert_string_equal(text, "two");
	assert_int_equal(log_line(&ring, 2, text), 0);
	assert_string_equal(text, "");
}

static void a_long_line_goes_on_as_another(void **state)
{
	(void)state;
	for (int i = 0; i < LOG_LINE_MAX - 1; i++)
		assert_false(log_put(&ring, 'a'));
	assert_true(log_put(&ring, 'b'));
	assert_int_equal(put("c\n"), 1);
	assert_int_equal(log_line(&ring, 0, text), LOG_LINE_MAX);
	assert_int_equal(text[LOG_LINE_MAX - 1], 'b');
	log_line(&ring, 1, text);
	assert_string_equal(text, "c");
}

static void check_numbers(uint64_t first, uint64_t end, const char *pattern)
{
	char expected[128];

	assert_int_equal(ring.lines, end);
	for (uint64_t line = first; line < end; line++) {
		snprintf(expected, sizeof(expected), pattern, (unsigned int)line);
		assert_int_equal(log_line(&ring, line, text), strlen(expected));
		assert_string_equal(text, expected);
	}
}

static void the_oldest_lines_go_where_there_are_too_many(void **state)
{
	char line[16];

	(void)state;
	for (unsigned int n = 0; n < 100; n++) {
		snprintf(line, sizeof(line), "%u\n", n);
		put(line);
	}
	assert_int_equal(log_first(&ring), 100 - CAPACITY);
	check_numbers(log_first(&ring), 100, "%u");
}

/* 100 characters each: ten lie in the ring whole, the one before them has lost its beginning. */
static void the_oldest_lines_go_where_there_are_too_many_characters(void **state)
{
	char line[128];

	(void)state;
	for (unsigned int n = 0; n < 50; n++) {
		snprintf(line, sizeof(line), "%0100u\n", n);
		put(line);
		assert_int_equal(log_first(&ring), n + 1 > 10 ? n + 1 - 10 : 0);
		check_numbers(log_first(&ring), n + 1, "%0100u");
	}
}

/* What is being written counts, too: it is there already, in the place of older characters. */
static void an_unfinished_line_takes_room(void **state)
{
	(void)state;
	put("old\n");
	for (int i = 0; i < SIZE - 3; i++) {
		assert_int_equal(log_first(&ring), 0);
		log_put(&ring, 'x');
	}
	assert_int_equal(log_first(&ring), 0);
	log_put(&ring, 'x');
	assert_int_equal(log_first(&ring), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_line_counts_when_it_is_complete),
	        TEST(a_long_line_goes_on_as_another),
	        TEST(the_oldest_lines_go_where_there_are_too_many),
	        TEST(the_oldest_lines_go_where_there_are_too_many_characters),
	        TEST(an_unfinished_line_takes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
