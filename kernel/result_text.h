/* SPDX-License-Identifier: MIT */
/*
 * The result text of a run: what a report is made of, however the run's output leaves the machine.
 * It is the sequence of those lines of output that begin with one of the prefixes in
 * kernel/result_text.c, in their order, each without blanks at its end and closed by one newline.
 * docs/result-text.md is the contract with those who read it.
 *
 * What does not fit is left out from that line on, for good, and the line "# overflow: ..." says
 * so: it is printed once and is the text's last.
 */
#ifndef RETARGET_KERNEL_RESULT_TEXT_H
#define RETARGET_KERNEL_RESULT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes; a row of blanks takes two. At first there is room for what is said before the tests; then
 * for a part of each, of which a table of the explorer is the longest, up to what all the tests of
 * a machine with a dozen devices say.
 */
#define RESULT_TEXT_FIRST (16U << 10)
#define RESULT_TEXT_TEST  (2U << 10)
#define RESULT_TEXT_MOST  (512U << 10)

/* The room that so many tests need. */
static inline size_t result_text_room(unsigned int tests)
{
	size_t room = RESULT_TEXT_FIRST + (size_t)tests * RESULT_TEXT_TEST;

	return room < RESULT_TEXT_MOST ? room : RESULT_TEXT_MOST;
}

/* Where in the text a reader is; all zero is the start. */
struct result_text_reader {
	size_t at;
	unsigned int blanks; /* still to come */
};

/*
 * Takes what is printed, in pieces of any length, and keeps what belongs to the text. True when the
 * text has just become full: the caller prints RESULT_TEXT_OVERFLOW. One caller at a time: print()
 * calls it under its lock.
 */
bool result_text_take(const char *output, size_t length);

/*
 * From now on the text is kept in the `length` bytes at `memory`, at least as many as it had, which
 * are its own from here on. Nobody prints meanwhile.
 */
void result_text_move(char *memory, size_t length);

#define RESULT_TEXT_OVERFLOW "# overflow: the result text is full, what follows is not in it\n"

/*
 * The next bytes of the text, at most `length`; how many. 0 at its end. Nothing is to be printed
 * between two calls.
 */
size_t result_text_read(struct result_text_reader *reader, char *buffer, size_t length);

#endif
