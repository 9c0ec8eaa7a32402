/* SPDX-License-Identifier: MIT */
/*
 * Pixels in a framebuffer. They are written and never read: reads are slow on hardware, and what is
 * shown is known to grid.h. Pure; what reaches over the edge is cut off.
 */
#ifndef RETARGET_KERNEL_SCREEN_CANVAS_H
#define RETARGET_KERNEL_SCREEN_CANVAS_H

#include <stdint.h>

#include "boot/boot_info.h"
#include "kernel/screen/font.h"

struct canvas {
	uint8_t *pixels;
	struct boot_framebuffer shape; /* 24 or 32 bits per pixel, 8 of them each colour */
};

/* NULL where pixels of that kind, or VGA's text, can be drawn, else the reason why not: a clause.
 */
const char *canvas_fault(const struct boot_framebuffer *shape);

/* A rectangle in one colour, 0xRRGGBB. */
void canvas_fill(struct canvas *canvas, unsigned int x, unsigned int y, unsigned int width,
                 unsigned int height, uint32_t rgb);

/* A character, each pixel of its glyph a square of `scale` pixels; one without glyph is blank. */
void canvas_character(struct canvas *canvas, unsigned int x, unsigned int y,
                      const struct font *font, unsigned int scale, char c, uint32_t foreground,
                      uint32_t background);

#endif
