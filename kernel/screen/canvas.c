// SPDX-License-Identifier: MIT
#include "kernel/screen/canvas.h"

#include <stdbool.h>
#include <stddef.h>

#define TEXT_COLUMNS_MIN 40
#define TEXT_ROWS_MIN    20
#define TEXT_MAX         256

#define PIXELS_MIN 320   /* of a side: 40 characters and 20 lines */
#define PIXELS_MAX 16384 /* of a side: no screen has more, and products stay within 32 bits */

/* 80 x 25 is what a BIOS has; some have more rows. The status area and some lines have to fit. */
static const char *text_fault(const struct boot_framebuffer *shape)
{
	if (shape->width < TEXT_COLUMNS_MIN || shape->height < TEXT_ROWS_MIN ||
	    shape->width > TEXT_MAX || shape->height > TEXT_MAX)
		return "its size is none of a text mode";
	return shape->pitch == shape->width * 2 ? NULL : "its lines do not follow each other";
}

const char *canvas_fault(const struct boot_framebuffer *shape)
{
	if (!shape->bits_per_pixel)
		return text_fault(shape);
	if (shape->bits_per_pixel != 24 && shape->bits_per_pixel != 32)
		return "its pixels have neither 24 nor 32 bits";
	if (shape->red_position > 24 || shape->green_position > 24 || shape->blue_position > 24)
		return "a colour lies outside of its pixels";
	if (shape->width < PIXELS_MIN || shape->height < PIXELS_MIN || shape->width > PIXELS_MAX ||
	    shape->height > PIXELS_MAX)
		return "its size is none of a screen";
	if (shape->pitch < shape->width * (shape->bits_per_pixel / 8) ||
	    shape->pitch > PIXELS_MAX * 8)
		return "its lines do not fit behind each other";
	return NULL;
}

static uint32_t pixel_of(const struct canvas *canvas, uint32_t rgb)
{
	const struct boot_framebuffer *shape = &canvas->shape;

	return (rgb >> 16 & 0xff) << shape->red_position |
	       (rgb >> 8 & 0xff) << shape->green_position | (rgb & 0xff) << shape->blue_position;
}

static uint8_t *put(uint8_t *at, unsigned int bytes, uint32_t pixel)
{
	if (bytes == 4) {
		*(volatile uint32_t *)at = pixel;
	} else {
		((volatile uint8_t *)at)[0] = (uint8_t)pixel;
		((volatile uint8_t *)at)[1] = (uint8_t)(pixel >> 8);
		((volatile uint8_t *)at)[2] = (uint8_t)(pixel >> 16);
	}
	return at + bytes;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static uint8_t *place_of(struct canvas *canvas, unsigned int x, unsigned int y)
{
	return canvas->pixels + (size_t)y * canvas->shape.pitch +
	       (size_t)x * (canvas->shape.bits_per_pixel / 8);
}

void canvas_fill(struct canvas *canvas, unsigned int x, unsigned int y, unsigned int width,
                 unsigned int height, uint32_t rgb)
{
	const struct boot_framebuffer *shape = &canvas->shape;
	unsigned int bytes = shape->bits_per_pixel / 8;
	uint32_t pixel = pixel_of(canvas, rgb);

	if (x >= shape->width || y >= shape->height)
		return;
	width = least(width, shape->width - x);
	height = least(height, shape->height - y);
	for (unsigned int line = 0; line < height; line++) {
		uint8_t *at = place_of(canvas, x, y + line);

		for (unsigned int n = 0; n < width; n++)
			at = put(at, bytes, pixel);
	}
}

/* One line of pixels of a glyph, whose bits begin with the highest one of `bits`. */
static void draw_line(struct canvas *canvas, uint8_t *at, const uint8_t *bits, unsigned int width,
                      unsigned int scale, const uint32_t pixels[2])
{
	unsigned int bytes = canvas->shape.bits_per_pixel / 8;

	for (unsigned int column = 0; column < width; column++) {
		bool set = bits && bits[column / 8] << column % 8 & 0x80;

		for (unsigned int n = 0; n < scale; n++)
			at = put(at, bytes, pixels[set]);
	}
}

void canvas_character(struct canvas *canvas, unsigned int x, unsigned int y,
                      const struct font *font, unsigned int scale, char c, uint32_t foreground,
                      uint32_t background)
{
	const uint32_t pixels[2] = {pixel_of(canvas, background), pixel_of(canvas, foreground)};
	unsigned int row_bytes = (font->width + 7) / 8;
	const uint8_t *bits = NULL;

	if (x + font->width * scale > canvas->shape.width ||
	    y + font->height * scale > canvas->shape.height)
		return;
	if (c >= FONT_FIRST && c <= FONT_LAST)
		bits = font->glyphs + (size_t)(c - FONT_FIRST) * row_bytes * font->height;
	for (unsigned int line = 0; line < font->height * scale; line++)
		draw_line(canvas, place_of(canvas, x, y + line),
		          bits ? bits + (size_t)(line / scale) * row_bytes : NULL, font->width,
		          scale, pixels);
}
