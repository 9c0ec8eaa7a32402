// SPDX-License-Identifier: MIT
#include <stdbool.h>

/*
 * stb_sprintf declares floating-point helpers even where it compiles none of them; "double" has to
 * be something that -mgeneral-regs-only accepts.
 */
#define STB_SPRINTF_NOFLOAT
#define STB_SPRINTF_NOUNALIGNED
#define STB_SPRINTF_STATIC
#define STB_SPRINTF_IMPLEMENTATION
#define double long
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_sprintf.h>
#pragma GCC diagnostic pop
#undef double

#include "kernel/lock.h"
#include "kernel/print.h"
#include "kernel/serial.h"
#include "kernel/string.h"

static struct spinlock lock;

void print_v(const char *text_format, va_list arguments)
{
	char line[512];
	uint64_t flags;

	stbsp_vsnprintf(line, sizeof(line), text_format, arguments);
	flags = spin_lock_irqsave(&lock);
	serial_write(line, strlen(line));
	spin_unlock_irqrestore(&lock, flags);
}

void print(const char *text_format, ...)
{
	va_list arguments;

	va_start(arguments, text_format);
	print_v(text_format, arguments);
	va_end(arguments);
}

int format_v(char *buffer, size_t size, const char *text_format, va_list arguments)
{
	return stbsp_vsnprintf(buffer, (int)size, text_format, arguments);
}

int format(char *buffer, size_t size, const char *text_format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, text_format);
	length = format_v(buffer, size, text_format, arguments);
	va_end(arguments);
	return length;
}
