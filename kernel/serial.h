/* SPDX-License-Identifier: MIT */
/*
 * The serial console: the 16550 that ACPI's SPCR table names, in ports or in memory, else COM1,
 * 115200 8N1. Polled; where there is none, text goes nowhere.
 */
#ifndef RETARGET_KERNEL_SERIAL_H
#define RETARGET_KERNEL_SERIAL_H

#include <stdbool.h>
#include <stddef.h>

/* Sets up the port that is the console: COM1 until serial_use_spcr() has found another. */
void serial_init(void);

/* After acpi_init(): takes the port that SPCR names, or says why not; COM1 stays as it was then. */
void serial_use_spcr(void);

/* Whether there is a COM1, be it the console or not. */
bool serial_has_com1(void);

void serial_write(const char *text, size_t length);

/* The next character typed, or -1 when there is none. */
int serial_read(void);

#endif
