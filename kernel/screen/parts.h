/* SPDX-License-Identifier: MIT */
/* What the parts of the screen share; for kernel/screen/ alone. */
#ifndef RETARGET_KERNEL_SCREEN_PARTS_H
#define RETARGET_KERNEL_SCREEN_PARTS_H

#include <stdbool.h>

#include "kernel/screen/grid.h"
#include "kernel/screen/log.h"

#define SCREEN_STATUS_ROWS 3
#define SCREEN_KEYS        "r: reboot   s: scroll   d: details   t: table   q: QR codes   h: halt"

struct screen {
	bool present;
	bool live; /* lines are shown as they come */
	struct grid grid;
	struct log log;
	unsigned int next_row; /* where the next line goes */
};

extern struct screen screen;

/* Characters of a size for text, and an empty screen. */
void screen_clear(void);

/* Draws a line of the log from `row` on; returns how many rows it takes. */
unsigned int screen_draw_line(unsigned int row, uint64_t line);

/* How many rows it would take. */
unsigned int screen_rows_of(uint64_t line);

/* The status area, on the three rows on top. */
void screen_draw_status(void);

#endif
