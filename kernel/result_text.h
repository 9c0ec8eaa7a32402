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

#define RESULT_TEXT_SIZE (512U << 10) /* bytes kept; a row of blanks takes two */

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

#define RESULT_TEXT_OVERFLOW "# overflow: the result text is full, what follows is not in it\n"

/*
 * The next bytes of the text, at most `size`; how many. 0 at its end. Nothing is to be printed
 * between two calls.
 */
size_t result_text_read(struct result_text_reader *reader, char *buffer, size_t size);

#endif
