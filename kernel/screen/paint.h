/* SPDX-License-Identifier: MIT */
/* Which colour each character of a printed line has, by what the line says. Pure. */
#ifndef RETARGET_KERNEL_SCREEN_PAINT_H
#define RETARGET_KERNEL_SCREEN_PAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An enum colour for each of the `length` characters. */
void paint_line(const char *line, size_t length, uint8_t *colours);

/* Whether a line is among the details: what was measured, what failed or was skipped, and why. */
bool paint_is_detail(const char *line);

#endif
