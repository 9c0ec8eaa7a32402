/* SPDX-License-Identifier: MIT */
/* What a colour on the screen means. Each is a foreground and a background (colour.c). */
#ifndef RETARGET_KERNEL_SCREEN_COLOUR_H
#define RETARGET_KERNEL_SCREEN_COLOUR_H

#include <stdint.h>

enum colour {
	COLOUR_PLAIN,
	COLOUR_DIM,  /* comments */
	COLOUR_HEAD, /* headings, names */
	COLOUR_GOOD, /* passed; lost none */
	COLOUR_BAD,  /* failed; lost some, and must lose none */
	COLOUR_SKIP, /* skipped; a figure that shows nothing */
	COLOUR_LOSS, /* lost some, as is expected of it */
	COLOUR_STATUS,
	COLOUR_STATUS_GOOD,
	COLOUR_STATUS_BAD,
	COLOUR_STATUS_SKIP,
	COLOUR_BAR_DONE,
	COLOUR_BAR_LEFT,
	COLOURS,
};

/* 0xRRGGBB. */
uint32_t colour_foreground(enum colour colour);
uint32_t colour_background(enum colour colour);

/* The attribute of a character cell in VGA's text mode: background in 6:4, foreground in 3:0. */
uint8_t colour_attribute(enum colour colour);

#endif
