// SPDX-License-Identifier: MIT
#include "kernel/screen/table.h"

#include <stdbool.h>

#define SCALE_MAX   4
#define COLUMNS_MAX 16
#define GAP         2 /* characters between two columns */
#define ROWS_BESIDE 7 /* the two lines on top, note and last line, and blank ones between them */

struct size {
	unsigned int rows, columns;
};

/* Of a text of several lines: how many, and the longest. */
static struct size size_of(const char *text)
{
	struct size size = {1, 0};
	unsigned int length = 0;

	for (; *text; text++) {
		length = *text == '\n' ? 0 : length + 1;
		size.rows += *text == '\n';
		if (length > size.columns)
			size.columns = length;
	}
	return size;
}

static struct size cell_size(const struct screen_table *table, unsigned int row,
                             unsigned int column)
{
	char text[TABLE_TEXT_SIZE];

	table->cell(row, column, text);
	return size_of(text);
}

static unsigned int width_of(const struct screen_table *table, unsigned int column)
{
	unsigned int width = 0;

	for (unsigned int row = 0; row < table->rows; row++) {
		struct size size = cell_size(table, row, column);

		if (size.columns > width)
			width = size.columns;
	}
	return width;
}

static unsigned int height_of(const struct screen_table *table, unsigned int row)
{
	unsigned int height = 0;

	for (unsigned int column = 0; column < table->columns; column++) {
		struct size size = cell_size(table, row, column);

		if (size.rows > height)
			height = size.rows;
	}
	return height;
}

static unsigned int at_least(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

static struct size whole(const struct screen_table *table, const char *first_line,
                         const char *last_line)
{
	struct size size = {ROWS_BESIDE, 0};

	for (unsigned int row = 0; row < table->rows; row++)
		size.rows += height_of(table, row);
	for (unsigned int column = 0; column < table->columns; column++)
		size.columns += width_of(table, column) + (column ? GAP : 0);
	size.columns = at_least(size.columns, size_of(first_line).columns);
	size.columns = at_least(size.columns, size_of(table->title).columns);
	size.columns = at_least(size.columns, size_of(table->note).columns);
	size.columns = at_least(size.columns, size_of(last_line).columns);
	return size;
}

static bool fits(const struct grid *grid, const struct size *size, const struct font *font,
                 unsigned int scale)
{
	return size->columns * font->width * scale <= grid->canvas.shape.width &&
	       size->rows * font->height * scale <= grid->canvas.shape.height;
}

/* The largest characters; of two ways to the same size that with the finer font. */
static void choose_size(struct grid *grid, const struct size *size)
{
	const struct font *font = font_get(0);
	unsigned int scale = 1;

	for (unsigned int n = 0; n < FONTS; n++)
		for (unsigned int s = 1; s <= SCALE_MAX; s++) {
			const struct font *other = font_get(n);

			if (!fits(grid, size, other, s) || other->width * s < font->width * scale)
				continue;
			font = other;
			scale = s;
		}
	grid_clear(grid, font, scale);
}

/* A text of several lines in the box of its cell: against the lower edge, and to the right. */
static void draw_cell(struct grid *grid, unsigned int top, unsigned int left, struct size box,
                      const char *text, enum colour colour, bool to_the_right)
{
	unsigned int row = top + box.rows - size_of(text).rows;

	while (*text) {
		unsigned int length = 0, column = left;

		while (text[length] && text[length] != '\n')
			length++;
		if (to_the_right)
			column += box.columns - length;
		for (unsigned int n = 0; n < length; n++)
			grid_put(grid, row, column + n, text[n], colour);
		text += length + (text[length] == '\n');
		row++;
	}
}

static void draw_row(struct grid *grid, const struct screen_table *table, unsigned int row,
                     unsigned int top, unsigned int left, const unsigned int *widths)
{
	struct size box = {height_of(table, row), 0};

	for (unsigned int column = 0; column < table->columns; column++) {
		char text[TABLE_TEXT_SIZE];
		enum colour colour = table->cell(row, column, text);

		box.columns = widths[column];
		draw_cell(grid, top, left, box, text, colour, column);
		left += widths[column] + GAP;
	}
}

static unsigned int middle(const struct grid *grid, unsigned int columns)
{
	return columns < grid->columns ? (grid->columns - columns) / 2 : 0;
}

void table_draw(struct grid *grid, const struct screen_table *table, const char *first_line,
                enum colour colour, const char *last_line)
{
	struct size size = whole(table, first_line, last_line);
	unsigned int widths[COLUMNS_MAX] = {0}, left, row = 1, all = 0;

	if (table->columns > COLUMNS_MAX)
		return;
	for (unsigned int column = 0; column < table->columns; column++)
		all += widths[column] = width_of(table, column);
	choose_size(grid, &size);
	left = middle(grid, all + GAP * (table->columns - 1));
	grid_write(grid, 0, middle(grid, size_of(first_line).columns), first_line, colour);
	grid_write(grid, row, middle(grid, size_of(table->title).columns), table->title,
	           COLOUR_HEAD);
	row += 2;
	for (unsigned int n = 0; n < table->rows; n++) {
		draw_row(grid, table, n, row, left, widths);
		row += height_of(table, n) + !n;
	}
	grid_write(grid, row + 1, middle(grid, size_of(table->note).columns), table->note,
	           COLOUR_SKIP);
	grid_write(grid, grid->rows - 1, middle(grid, size_of(last_line).columns), last_line,
	           COLOUR_DIM);
}
