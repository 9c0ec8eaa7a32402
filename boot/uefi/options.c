// SPDX-License-Identifier: MIT
#include "boot/uefi/options.h"

#include <asm-generic/errno.h>
#include <stdbool.h>

#include "boot/boot_info.h"

static bool is_blank(unsigned int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t length_of(const char *options)
{
	size_t length = 0;

	while (options[length])
		length++;
	return length;
}

/* `length` counts what stands in `options` so far. Many blanks become one, and none comes first. */
static int add(char *options, size_t *length, unsigned int c)
{
	if (is_blank(c)) {
		if (*length == 0 || options[*length - 1] == ' ')
			return 0;
		c = ' ';
	}
	if (c < ' ' || c > '~')
		return -EINVAL;
	if (*length + 1 >= BOOT_OPTIONS_SIZE)
		return -E2BIG;
	options[(*length)++] = (char)c;
	options[*length] = '\0';
	return 0;
}

/* After the last character: all of it stays, without a blank at the end, or none of it does. */
static int end(char *options, size_t before, size_t length, int error)
{
	if (error)
		length = before;
	else if (length > 0 && options[length - 1] == ' ')
		length--;
	options[length] = '\0';
	return error;
}

int options_add_file(char *options, const char *text, size_t size)
{
	size_t before = length_of(options);
	size_t length = before;
	bool comment = false;
	int error = add(options, &length, ' ');

	for (size_t i = 0; i < size && !error; i++) {
		if (text[i] == '#')
			comment = true;
		if (text[i] == '\n')
			comment = false;
		if (!comment)
			error = add(options, &length, (unsigned char)text[i]);
	}
	return end(options, before, length, error);
}

/* Any letter case: "\EFI\BOOT\BOOTX64.EFI", "bootx64.efi". */
static bool is_program_name(const uint16_t *word, size_t count)
{
	static const char type[] = ".efi";
	size_t type_count = sizeof(type) - 1;

	if (count < type_count)
		return false;
	for (size_t i = 0; i < type_count; i++) {
		unsigned int c = word[count - type_count + i];

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if (c != (unsigned char)type[i])
			return false;
	}
	return true;
}

int options_add_load_options(char *options, const uint16_t *text, size_t count)
{
	size_t before = length_of(options);
	size_t length = before;
	size_t first = 0;
	int error = add(options, &length, ' ');

	while (first < count && text[first] && !is_blank(text[first]))
		first++;
	if (!is_program_name(text, first))
		first = 0;

	for (size_t i = first; i < count && text[i] && !error; i++)
		error = add(options, &length, text[i]);
	return end(options, before, length, error);
}
