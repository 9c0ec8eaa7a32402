// SPDX-License-Identifier: MIT
#include "kernel/screen/log.h"

static bool complete(struct log *log)
{
	log->starts[log->lines % log->capacity] = log->start;
	log->lines++;
	log->start = log->written;
	return true;
}

bool log_put(struct log *log, char c)
{
	if (c == '\n')
		return complete(log);
	log->bytes[log->written++ % log->size] = c;
	return log->written - log->start == LOG_LINE_MAX && complete(log);
}

static uint64_t start_of(const struct log *log, uint64_t line)
{
	return line == log->lines ? log->start : log->starts[line % log->capacity];
}

/* Starts ascend, so the first line whose characters are all there is found by halving. */
uint64_t log_first(const struct log *log)
{
	uint64_t low = log->lines > log->capacity ? log->lines - log->capacity : 0;
	uint64_t high = log->lines;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (start_of(log, middle) + log->size < log->written)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t log_line(const struct log *log, uint64_t line, char text[LOG_LINE_MAX + 1])
{
	uint64_t start = start_of(log, line);
	size_t length = (size_t)(start_of(log, line + 1) - start);

	for (size_t n = 0; n < length; n++)
		text[n] = log->bytes[(start + n) % log->size];
	text[length] = 0;
	return length;
}
