/* SPDX-License-Identifier: MIT */
/*
 * The screen: what is printed, in colour, below a status area that says what runs and how long it
 * may take; and, when the run is over, the table of lost messages in characters as large as fit,
 * all lines to scroll through, or a picture of modules.
 *
 * It is the framebuffer that the boot loader handed over, or VGA's text mode; without either all of
 * this does nothing. Nobody else prints while a function draws: what is called from print() is
 * called under its lock, the others take it.
 */
#ifndef RETARGET_KERNEL_SCREEN_SCREEN_H
#define RETARGET_KERNEL_SCREEN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot/boot_info.h"
#include "kernel/power.h"
#include "kernel/screen/table.h"

/*
 * Maps the framebuffer and clears it. After memory_init(), before the first line is printed that is
 * to be seen. A line says so where there is one that cannot be used.
 */
void screen_init(const struct boot_framebuffer *framebuffer);

/* Whether there is one; and a line that says of what kind. */
bool screen_present(void);
void screen_print(void);

/* For print() alone, under its lock: a line appears when it is complete. */
void screen_write(const char *text, size_t length);

/* The status area as kernel/progress.h has it. */
void screen_show_progress(void);

/* The table of the end; it is not copied. */
void screen_set_table(const struct screen_table *table);

/* When the run is over: the table, if there is one, with the verdict above it. */
void screen_show_end(enum verdict verdict);

/*
 * All lines to scroll through, or those that are details, from the last page on; then moved through
 * by a key of kernel/keys.h. Any other key does nothing.
 */
void screen_show_lines(bool details);
void screen_scroll(int key);

/* Whether a picture of size x size modules fits on the screen. */
bool screen_can_show_modules(unsigned int size);

/*
 * A picture of size x size square modules, black on white within a margin of four modules, as large
 * as the screen lets it be, in the middle, with a line of text below. `modules` has a byte for
 * each, by rows, not zero where it is black. False when there are no pixels, or too few.
 */
bool screen_show_modules(const uint8_t *modules, unsigned int size, const char *caption);

#endif
