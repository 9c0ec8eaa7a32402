// SPDX-License-Identifier: MIT
#include "tests/loss/table.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arms.h"

#define COLUMNS_MAX 12
#define WIDTH       17

static struct loss cells[SOURCES_MAX][COLUMNS_MAX];
static const struct source *rows[SOURCES_MAX];
static unsigned int row_count;

static unsigned int row_of(const struct source *source)
{
	for (unsigned int row = 0; row < row_count; row++)
		if (rows[row] == source)
			return row;
	rows[row_count] = source;
	return row_count++;
}

void loss_table_add(const struct source *source, const struct protocol *protocol,
                    const struct loss *loss)
{
	unsigned int row = row_of(source);

	for (unsigned int c = 0; c < COLUMNS_MAX && arms_protocol(c); c++)
		if (arms_protocol(c) == protocol)
			cells[row][c] = *loss;
}

/* A name is broken after a hyphen, so that it takes two lines of a narrow column. */
static size_t first_line_length(const char *name)
{
	size_t length = 0;

	if (strlen(name) < WIDTH)
		return strlen(name);
	for (size_t i = 0; i < WIDTH - 2 && name[i]; i++)
		if (name[i] == '-')
			length = i + 1;
	return length;
}

static void print_heading(unsigned int line)
{
	print("# %-26s", line ? "source       store" : "");
	for (unsigned int c = 0; c < COLUMNS_MAX && arms_protocol(c); c++) {
		const char *name = arms_protocol(c)->name;
		size_t length = first_line_length(name);
		char part[WIDTH + 1] = "";

		if (line)
			format(part, sizeof(part), "%s", name + length);
		else
			format(part, sizeof(part), "%.*s", (int)length, name);
		print("%*s", WIDTH, part);
	}
	print("\n");
}

static void print_row(unsigned int row)
{
	print("# %-12s %-13s", rows[row]->name, rows[row]->kind);
	for (unsigned int c = 0; c < COLUMNS_MAX && arms_protocol(c); c++) {
		const struct loss *cell = &cells[row][c];
		char text[WIDTH * 3] = "-";

		if (cell->fired)
			format(text, sizeof(text), "%lu%s / %lu", cell->lost,
			       cell->shows_nothing ? "*" : "", cell->fired);
		print("%*s", WIDTH, text);
	}
	print("\n");
}

unsigned int loss_table_rows(void)
{
	return row_count;
}

const struct source *loss_table_source(unsigned int row)
{
	return rows[row];
}

const struct loss *loss_table_cell(unsigned int row, unsigned int column)
{
	return &cells[row][column];
}

unsigned int loss_table_columns(void)
{
	unsigned int columns = 0;

	while (columns < COLUMNS_MAX && arms_protocol(columns))
		columns++;
	return columns;
}

void loss_table_print(void)
{
	if (!row_count)
		return;
	print("#\n# messages lost / fired; every column but the last without interrupt "
	      "remapping\n");
	print_heading(0);
	print_heading(1);
	for (unsigned int row = 0; row < row_count; row++)
		print_row(row);
	print("#\n# * no message met the race in this run: the figure shows nothing\n#\n");
	loss_table_to_screen();
}
