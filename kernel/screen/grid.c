// SPDX-License-Identifier: MIT
#include "kernel/screen/grid.h"

#include <stddef.h>

#define BLANK (' ' | COLOUR_PLAIN << 8)

unsigned int grid_cells_max(const struct boot_framebuffer *shape)
{
	const struct font *smallest = font_get(0);

	if (!shape->bits_per_pixel)
		return shape->width * shape->height;
	return shape->width / smallest->width * (shape->height / smallest->height);
}

static uint16_t *cell_of(const struct grid *grid, unsigned int row, unsigned int column)
{
	return &grid->shown[(size_t)row * grid->columns + column];
}

static void draw(struct grid *grid, unsigned int row, unsigned int column, char c,
                 enum colour colour)
{
	if (grid->text) {
		grid->text[(size_t)row * grid->columns + column] =
		        (uint16_t)((uint8_t)c | colour_attribute(colour) << 8);
		return;
	}
	canvas_character(&grid->canvas, grid->left + column * grid->font->width * grid->scale,
	                 grid->top + row * grid->font->height * grid->scale, grid->font,
	                 grid->scale, c, colour_foreground(colour), colour_background(colour));
}

void grid_clear(struct grid *grid, const struct font *font, unsigned int scale)
{
	const struct boot_framebuffer *shape = &grid->canvas.shape;

	if (grid->text) {
		grid->rows = shape->height;
		grid->columns = shape->width;
	} else {
		grid->font = font;
		grid->scale = scale;
		grid->columns = shape->width / (font->width * scale);
		grid->rows = shape->height / (font->height * scale);
		grid->left = shape->width % (font->width * scale) / 2;
		grid->top = shape->height % (font->height * scale) / 2;
		canvas_fill(&grid->canvas, 0, 0, shape->width, shape->height,
		            colour_background(COLOUR_PLAIN));
	}
	for (unsigned int n = 0; n < grid->rows * grid->columns; n++) {
		grid->shown[n] = BLANK;
		if (grid->text)
			draw(grid, n / grid->columns, n % grid->columns, ' ', COLOUR_PLAIN);
	}
}

void grid_put(struct grid *grid, unsigned int row, unsigned int column, char c, enum colour colour)
{
	uint16_t wanted = (uint16_t)((uint8_t)c | colour << 8);

	if (row >= grid->rows || column >= grid->columns || *cell_of(grid, row, column) == wanted)
		return;
	*cell_of(grid, row, column) = wanted;
	draw(grid, row, column, c, colour);
}

unsigned int grid_write(struct grid *grid, unsigned int row, unsigned int column, const char *text,
                        enum colour colour)
{
	for (; *text && column < grid->columns; text++)
		grid_put(grid, row, column++, *text, colour);
	return column;
}

void grid_blank(struct grid *grid, unsigned int row, unsigned int column, enum colour colour)
{
	for (; column < grid->columns; column++)
		grid_put(grid, row, column, ' ', colour);
}

void grid_scroll(struct grid *grid, unsigned int first, unsigned int by)
{
	for (unsigned int row = first; row < grid->rows; row++)
		for (unsigned int column = 0; column < grid->columns; column++) {
			uint16_t cell =
			        row + by < grid->rows ? *cell_of(grid, row + by, column) : BLANK;

			grid_put(grid, row, column, (char)cell, cell >> 8);
		}
}
