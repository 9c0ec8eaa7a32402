// SPDX-License-Identifier: MIT
#include "kernel/screen/paint.h"

#include "kernel/screen/colour.h"
#include "kernel/string.h"

static bool begins(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

/* Where `part` begins in `line`; its length where it is not there. */
static size_t find(const char *line, size_t length, const char *part)
{
	for (size_t at = 0; at < length; at++)
		if (begins(line + at, part))
			return at;
	return length;
}

static void paint(uint8_t *colours, size_t from, size_t to, enum colour colour)
{
	for (size_t at = from; at < to; at++)
		colours[at] = (uint8_t)colour;
}

static bool is_skip(const char *line, size_t length)
{
	return begins(line, "ok ") && find(line, length, " # SKIP") < length;
}

static enum colour colour_of(const char *line, size_t length)
{
	if (is_skip(line, length))
		return COLOUR_SKIP;
	if (begins(line, "ok "))
		return COLOUR_GOOD;
	if (begins(line, "not ok ") || begins(line, "Bail out!"))
		return COLOUR_BAD;
	return begins(line, "# result ") || line[0] != '#' ? COLOUR_PLAIN : COLOUR_DIM;
}

/* A figure with a name: what is lost, and what must never be, late and duplicate. */
static void paint_figure(const char *line, size_t length, const char *name, enum colour some,
                         uint8_t *colours)
{
	size_t at = find(line, length, name);
	size_t end = at + strlen(name);
	bool none = true;

	if (at == length)
		return;
	for (; end < length && line[end] >= '0' && line[end] <= '9'; end++)
		none &= line[end] == '0';
	paint(colours, at + 1, end, none ? COLOUR_GOOD : some);
}

void paint_line(const char *line, size_t length, uint8_t *colours)
{
	paint(colours, 0, length, colour_of(line, length));
	if (!begins(line, "# result "))
		return;
	paint_figure(line, length, " lost=", COLOUR_LOSS, colours);
	paint_figure(line, length, " late=", COLOUR_BAD, colours);
	paint_figure(line, length, " duplicate=", COLOUR_BAD, colours);
}

bool paint_is_detail(const char *line)
{
	return begins(line, "# result ") || begins(line, "not ok ") || begins(line, "Bail out!") ||
	       begins(line, "# failed ") || is_skip(line, strlen(line)) || begins(line, "# Totals");
}
