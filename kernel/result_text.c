// SPDX-License-Identifier: MIT
#include "kernel/result_text.h"

#include "kernel/string.h"

#define LINE_SIZE  512
#define BLANKS_MAX 255
#define BLANKS     '\x1f' /* the next byte says how many there are; never printed */

/* tests/qemu/result_text.py has the same ones, docs/result-text.md says what each is. */
static const char *const prefixes[] = {
        "# head ",    "# retarget: ", "# interrupt remapping: ",
        "# result ",  "# explore ",   "# inject ",
        "# guest ",   "# failed ",    "# overflow: ",
        "# panic: ",  "# Totals: ",   "KTAP version ",
        "1..",        "ok ",          "not ok ",
        "Bail out! ",
};

static char first[RESULT_TEXT_FIRST];
static char *text = first;
static size_t size = sizeof(first);
static size_t used;
static bool full;

static char line[LINE_SIZE];
static size_t line_length; /* beyond LINE_SIZE: the rest of the line is lost */

static bool belongs(void)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t length = strlen(prefixes[i]);

		if (line_length >= length && !memcmp(line, prefixes[i], length))
			return true;
	}
	return false;
}

/* How many blanks stand at the start of the `length` bytes, as one code can tell. */
static size_t count_blanks(const char *from, size_t length)
{
	size_t count = 0;

	while (count < length && count < BLANKS_MAX && from[count] == ' ')
		count++;
	return count;
}

/* Keeps the line where it leaves `reserve` bytes; false, and nothing kept, where it does not. */
static bool keep(const char *from, size_t length, size_t reserve)
{
	size_t end = used;

	for (size_t at = 0; at < length;) {
		size_t blanks = count_blanks(from + at, length - at);

		if (end + 3 + reserve > size)
			return false;
		if (blanks > 2) {
			text[end++] = BLANKS;
			text[end++] = (char)blanks;
			at += blanks;
		} else {
			text[end++] = from[at++];
		}
	}
	text[end++] = '\n';
	used = end;
	return true;
}

/* True when the text has become full. */
static bool end_line(void)
{
	if (line_length > LINE_SIZE)
		line_length = LINE_SIZE;
	while (line_length && (line[line_length - 1] == ' ' || line[line_length - 1] == '\t'))
		line_length--;
	if (full || !belongs())
		return false;
	full = !keep(line, line_length, sizeof(RESULT_TEXT_OVERFLOW));
	if (full)
		keep(RESULT_TEXT_OVERFLOW, sizeof(RESULT_TEXT_OVERFLOW) - 2, 0);
	return full;
}

bool result_text_take(const char *output, size_t length)
{
	bool became_full = false;

	for (size_t i = 0; i < length; i++) {
		if (output[i] != '\n') {
			if (line_length < LINE_SIZE)
				line[line_length] = output[i];
			line_length++;
			continue;
		}
		became_full |= end_line();
		line_length = 0;
	}
	return became_full;
}

void result_text_move(char *memory, size_t length)
{
	memcpy(memory, text, used);
	text = memory;
	size = length;
}

size_t result_text_read(struct result_text_reader *reader, char *buffer, size_t length)
{
	size_t done = 0;

	while (done < length && (reader->blanks || reader->at < used)) {
		if (reader->blanks) {
			reader->blanks--;
			buffer[done++] = ' ';
		} else if (text[reader->at] == BLANKS) {
			reader->blanks = (unsigned char)text[reader->at + 1];
			reader->at += 2;
		} else {
			buffer[done++] = text[reader->at++];
		}
	}
	return done;
}
