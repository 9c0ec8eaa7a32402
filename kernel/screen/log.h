/* SPDX-License-Identifier: MIT */
/*
 * The lines that have been printed, as many of the last ones as fit. Pure: a ring of characters and
 * a ring of where each line begins. Lines are numbered from 0 on and keep their numbers.
 */
#ifndef RETARGET_KERNEL_SCREEN_LOG_H
#define RETARGET_KERNEL_SCREEN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX 512 /* characters; a longer line is continued as another one */

struct log {
	char *bytes;
	size_t size; /* at least LOG_LINE_MAX */
	uint64_t *starts;
	uint64_t capacity; /* lines, at least 1 */
	uint64_t written;  /* characters, ever */
	uint64_t lines;    /* complete ones, ever */
	uint64_t start;    /* of the line that is being written */
};

/* Appends a character; returns whether a line is complete by that. Its end takes no room. */
bool log_put(struct log *log, char c);

/* The first line that is still there: lines from this number to log->lines, exclusive, are. */
uint64_t log_first(const struct log *log);

/* Copies a line that is there, NUL-terminated; returns its length. */
size_t log_line(const struct log *log, uint64_t line, char text[LOG_LINE_MAX + 1]);

#endif
