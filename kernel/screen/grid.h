/* SPDX-License-Identifier: MIT */
/*
 * The screen as rows and columns of characters: pixels of a framebuffer, or the cells of VGA's text
 * mode. What is shown is remembered, and only what changes is drawn. Pure.
 */
#ifndef RETARGET_KERNEL_SCREEN_GRID_H
#define RETARGET_KERNEL_SCREEN_GRID_H

#include <stdint.h>

#include "kernel/screen/canvas.h"
#include "kernel/screen/colour.h"
#include "kernel/screen/font.h"

struct grid {
	struct canvas canvas;
	volatile uint16_t *text; /* VGA's cells; NULL: there are pixels */
	const struct font *font;
	unsigned int scale;
	unsigned int rows, columns;
	unsigned int left, top; /* pixels, so that the grid stands in the middle */
	uint16_t *shown;        /* the character in 7:0, its colour above */
};

/* How many cells there can be at most: what `shown` must have room for. */
unsigned int grid_cells_max(const struct boot_framebuffer *shape);

/* Another size of the characters, and an empty screen. VGA's text mode has one size only. */
void grid_clear(struct grid *grid, const struct font *font, unsigned int scale);

/* What is outside of the grid is dropped. */
void grid_put(struct grid *grid, unsigned int row, unsigned int column, char c, enum colour colour);

/* The text from there on, up to the end of the row; returns the column behind it. */
unsigned int grid_write(struct grid *grid, unsigned int row, unsigned int column, const char *text,
                        enum colour colour);

/* The rest of a row becomes blank. */
void grid_blank(struct grid *grid, unsigned int row, unsigned int column, enum colour colour);

/* Rows `first` to the last move up by `by`, and the lowest become blank. */
void grid_scroll(struct grid *grid, unsigned int first, unsigned int by);

#endif
