// SPDX-License-Identifier: MIT
#include "kernel/screen/font.h"

extern const uint8_t glyphs_8x16[], glyphs_12x24[], glyphs_16x32[];

static const struct font fonts[FONTS] = {
        {glyphs_8x16, 8, 16},
        {glyphs_12x24, 12, 24},
        {glyphs_16x32, 16, 32},
};

const struct font *font_get(unsigned int n)
{
	return &fonts[n];
}

const struct font *font_for_width(unsigned int pixels)
{
	return &fonts[pixels < 1600 ? 0 : pixels < 2400 ? 1 : 2];
}
