/* SPDX-License-Identifier: MIT */
/* COM1, a 16550 at port 0x3f8, 115200 8N1. Polled; where there is none, text goes nowhere. */
#ifndef RETARGET_KERNEL_SERIAL_H
#define RETARGET_KERNEL_SERIAL_H

#include <stdbool.h>
#include <stddef.h>

void serial_init(void);

/* Whether there is one. */
bool serial_present(void);

void serial_write(const char *text, size_t length);

/* The next character typed, or -1 when there is none. */
int serial_read(void);

#endif
