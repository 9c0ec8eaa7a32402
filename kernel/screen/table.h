/* SPDX-License-Identifier: MIT */
/*
 * A table in characters as large as the screen has room for. Pure: it draws on a grid.
 */
#ifndef RETARGET_KERNEL_SCREEN_TABLE_H
#define RETARGET_KERNEL_SCREEN_TABLE_H

#include "kernel/screen/colour.h"
#include "kernel/screen/grid.h"

#define TABLE_TEXT_SIZE 64

struct screen_table {
	const char *title;
	const char *note; /* below the table */

	/* Row 0 has the headings, column 0 the names of the rows. */
	unsigned int rows, columns;

	/* Text and colour of a cell; it may have several lines, with '\n' between them. */
	enum colour (*cell)(unsigned int row, unsigned int column, char text[TABLE_TEXT_SIZE]);
};

/*
 * Clears the grid and draws: `first_line` on top in `colour`, the title, the table, its note, and
 * `last_line` at the bottom. What does not fit in the smallest characters is cut off.
 */
void table_draw(struct grid *grid, const struct screen_table *table, const char *first_line,
                enum colour colour, const char *last_line);

#endif
