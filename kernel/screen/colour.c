// SPDX-License-Identifier: MIT
#include "kernel/screen/colour.h"

static const struct {
	uint32_t foreground, background;
	uint8_t attribute;
} colours[COLOURS] = {
        [COLOUR_PLAIN] = {0xd0d0d0, 0x000000, 0x07},
        [COLOUR_DIM] = {0x9098a0, 0x000000, 0x07},
        [COLOUR_HEAD] = {0xffffff, 0x000000, 0x0f},
        [COLOUR_GOOD] = {0x50d870, 0x000000, 0x0a},
        [COLOUR_BAD] = {0xffffff, 0xc02020, 0x4f},
        [COLOUR_SKIP] = {0xe0c848, 0x000000, 0x0e},
        [COLOUR_LOSS] = {0xff9848, 0x000000, 0x0d},
        [COLOUR_STATUS] = {0xffffff, 0x203048, 0x1f},
        [COLOUR_STATUS_GOOD] = {0x70f090, 0x203048, 0x1a},
        [COLOUR_STATUS_BAD] = {0xff8080, 0x203048, 0x1c},
        [COLOUR_STATUS_SKIP] = {0xf0d860, 0x203048, 0x1e},
        [COLOUR_BAR_DONE] = {0xffffff, 0x3878c8, 0x3f},
        [COLOUR_BAR_LEFT] = {0xffffff, 0x404850, 0x70},
};

uint32_t colour_foreground(enum colour colour)
{
	return colours[colour].foreground;
}

uint32_t colour_background(enum colour colour)
{
	return colours[colour].background;
}

uint8_t colour_attribute(enum colour colour)
{
	return colours[colour].attribute;
}
