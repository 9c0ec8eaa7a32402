// SPDX-License-Identifier: MIT
#include "kernel/modules.h"

#include "kernel/memory.h"

#define MARGIN 4 /* modules; ISO/IEC 18004:2015, 6.3.8 "Quiet zone" */
#define WHITE  0xffffffff

static struct boot_framebuffer screen;
static volatile uint32_t *pixels;

void modules_init(const struct boot_framebuffer *framebuffer)
{
	screen = *framebuffer;
	if (screen.address && screen.bits_per_pixel == 32)
		pixels = memory_map_device(screen.address, (uint64_t)screen.pitch * screen.height);
}

static unsigned int scale_of(unsigned int size)
{
	uint32_t shorter = screen.width < screen.height ? screen.width : screen.height;

	return pixels ? shorter / (size + 2 * MARGIN) : 0;
}

bool modules_can_show(unsigned int size)
{
	return scale_of(size);
}

/* `x` and `y` are pixels from where the picture begins. */
static bool is_black(const uint8_t *modules, unsigned int size, unsigned int scale, uint32_t x,
                     uint32_t y)
{
	x /= scale;
	y /= scale;
	return x < size && y < size && modules[y * size + x];
}

bool modules_show(const uint8_t *modules, unsigned int size, const char *caption)
{
	unsigned int scale = scale_of(size);
	uint32_t left = (screen.width - scale * size) / 2, top = (screen.height - scale * size) / 2;

	(void)caption;
	if (!scale)
		return false;
	for (uint32_t y = 0; y < screen.height; y++)
		for (uint32_t x = 0; x < screen.width; x++)
			pixels[(uint64_t)y * screen.pitch / 4 + x] =
			        is_black(modules, size, scale, x - left, y - top) ? 0 : WHITE;
	return true;
}
