/* SPDX-License-Identifier: MIT */
/* A picture of square modules on the framebuffer, black on white. */
#ifndef RETARGET_KERNEL_MODULES_H
#define RETARGET_KERNEL_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "boot/boot_info.h"

/* The framebuffer that there is. After memory_init(). */
void modules_init(const struct boot_framebuffer *framebuffer);

/* Whether size x size modules and a margin of four fit on the screen. */
bool modules_can_show(unsigned int size);

/*
 * As large as the screen lets it be, in the middle, with a line of text below where there is a way
 * to draw text. `modules` has a byte for each, by rows, not zero where it is black. False when it
 * does not fit.
 */
bool modules_show(const uint8_t *modules, unsigned int size, const char *caption);

#endif
