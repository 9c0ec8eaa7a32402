// SPDX-License-Identifier: MIT
#include "tests/fuzz/fuzz.h"

#include <asm-generic/errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_failed(const char *property, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, property);
	abort();
}

struct acpi_header *fuzz_table(const uint8_t *bytes, size_t size)
{
	struct acpi_header *table;

	if (size < sizeof(*table))
		return NULL;
	table = malloc(size);
	fuzz_check(table);
	memcpy(table, bytes, size);
	table->length = (uint32_t)size;
	return table;
}

void fuzz_check_verdict(int error, const char *why)
{
	fuzz_check(error == 0 || error == -EINVAL || error == -ENOSPC);
	fuzz_check(error == 0 || (why && *why));
}

void fuzz_parser(const struct fuzz_parser *parser, const uint8_t *bytes, size_t size)
{
	struct acpi_header *table = fuzz_table(bytes, size);
	const char *why = NULL, *why_again = NULL;
	int error;

	if (!table)
		return;
	memset(parser->out, 0x00, parser->out_size);
	memset(parser->again, 0xff, parser->out_size);
	error = parser->parse(table, parser->out, &why);
	fuzz_check_verdict(error, why);
	fuzz_check(parser->parse(table, parser->again, &why_again) == error);
	if (!error) {
		fuzz_check(!memcmp(parser->out, parser->again, parser->out_size));
		parser->check(table);
	}
	free(table);
}
