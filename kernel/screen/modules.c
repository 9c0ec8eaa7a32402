// SPDX-License-Identifier: MIT
// A picture of square modules, such as a QR code, for a camera.
#include "kernel/print.h"
#include "kernel/screen/parts.h"
#include "kernel/screen/screen.h"
#include "kernel/string.h"

#define MARGIN 4 /* modules of white on each side: ISO/IEC 18004, 9.1 "Quiet zone" */
#define BLACK  0x000000
#define WHITE  0xffffff

static struct {
	const uint8_t *modules;
	unsigned int size;
	unsigned int scale; /* pixels of a module's side */
	const char *caption;
} picture;

static void draw_caption(void)
{
	unsigned int length = (unsigned int)strlen(picture.caption);
	unsigned int column = length < screen.grid.columns ? (screen.grid.columns - length) / 2 : 0;

	grid_write(&screen.grid, screen.grid.rows - 1, column, picture.caption, COLOUR_HEAD);
}

static void draw_picture(void)
{
	struct canvas *canvas = &screen.grid.canvas;
	unsigned int side = (picture.size + 2 * MARGIN) * picture.scale;
	unsigned int left = (canvas->shape.width - side) / 2;
	unsigned int caption = screen.grid.font->height * screen.grid.scale;
	unsigned int top = (canvas->shape.height - caption - screen.grid.top - side) / 2;

	screen.live = false;
	screen_clear();
	canvas_fill(canvas, left, top, side, side, WHITE);
	for (unsigned int y = 0; y < picture.size; y++)
		for (unsigned int x = 0; x < picture.size; x++)
			if (picture.modules[y * picture.size + x])
				canvas_fill(canvas, left + (x + MARGIN) * picture.scale,
				            top + (y + MARGIN) * picture.scale, picture.scale,
				            picture.scale, BLACK);
	draw_caption();
}

/* What is left above the caption, which stands in the last row of text. */
static unsigned int scale_for(unsigned int size)
{
	const struct boot_framebuffer *shape = &screen.grid.canvas.shape;
	const struct font *font = font_for_width(shape->width);
	unsigned int height = shape->height / font->height * font->height - font->height;
	unsigned int room = shape->width < height ? shape->width : height;

	return room / (size + 2 * MARGIN);
}

bool screen_can_show_modules(unsigned int size)
{
	return screen.present && !screen.grid.text && size && scale_for(size);
}

bool screen_show_modules(const uint8_t *modules, unsigned int size, const char *caption)
{
	if (!screen_can_show_modules(size))
		return false;
	picture.modules = modules;
	picture.size = size;
	picture.scale = scale_for(size);
	picture.caption = caption;
	print_hold(draw_picture);
	return true;
}
