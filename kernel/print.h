/* SPDX-License-Identifier: MIT */
/*
 * Text out. Everything printed goes to each console (kernel/serial.c). Formats are those of
 * stb_sprintf: the usual ones, %lx for 64 bits; %p, %hhx and floating point are not to be used.
 * Every line of output is a KTAP line, so what is not a result starts with "# ".
 */
#ifndef RETARGET_KERNEL_PRINT_H
#define RETARGET_KERNEL_PRINT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Safe on any CPU and in any context; a line printed by one call is not torn by another CPU's. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_v(const char *format, va_list arguments);

/*
 * From now on what is printed goes through `write` and to no console: for a kernel that has none.
 */
void print_through(void (*write)(const char *text, size_t length));

/*
 * For a report whose length must be bounded whatever state the machine is in: after so many further
 * lines the rest is left out, and a line says so. 0: no bound.
 */
void print_limit(unsigned int lines);

/*
 * Calls `draw` while nobody prints: for what draws on the screen. It must not print.
 */
void print_hold(void (*draw)(void));

/* How often something has been printed, and not left out. */
uint64_t print_count(void);

/* As snprintf: always terminates when size > 0, returns the length the whole text has. */
int format(char *buffer, size_t size, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
int format_v(char *buffer, size_t size, const char *format, va_list arguments);

#endif
