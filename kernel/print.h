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

/* Safe on any CPU and in any context; a line printed by one call is not torn by another CPU's. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_v(const char *format, va_list arguments);

/* As snprintf: always terminates when size > 0, returns the length the whole text has. */
int format(char *buffer, size_t size, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
int format_v(char *buffer, size_t size, const char *format, va_list arguments);

#endif
