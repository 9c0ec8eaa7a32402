/* SPDX-License-Identifier: MIT */
/* The fonts that are built in: the printable ASCII characters in three sizes. */
#ifndef RETARGET_KERNEL_SCREEN_FONT_H
#define RETARGET_KERNEL_SCREEN_FONT_H

#include <stdint.h>

#define FONT_FIRST 0x20
#define FONT_LAST  0x7e

struct font {
	const uint8_t *glyphs; /* of FONT_FIRST and so on; rows of whole bytes, top first */
	unsigned int width;    /* pixels */
	unsigned int height;   /* pixels */
};

#define FONTS 3

/* By size, the smallest first. */
const struct font *font_get(unsigned int n);

/* The one for text on a screen of that width in pixels: some 100 to 200 characters in a line. */
const struct font *font_for_width(unsigned int pixels);

#endif
