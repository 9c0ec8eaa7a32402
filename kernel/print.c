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
#include "kernel/result_text.h"
#include "kernel/screen/screen.h"
#include "kernel/serial.h"
#include "kernel/string.h"

#define LEFT_OUT "# ... and more, left out\n"

static struct spinlock lock;
static uint64_t count;
static void (*other_way)(const char *text, size_t length); /* NULL: the consoles */
static unsigned int lines_left;                            /* 0: no bound; 1: all has been said */

void print_limit(unsigned int lines)
{
	lines_left = lines ? lines + 1 : 0;
}

uint64_t print_count(void)
{
	return __atomic_load_n(&count, __ATOMIC_RELAXED);
}

static void show(const char *text, size_t length)
{
	serial_write(text, length);
	screen_write(text, length);
}

void print_through(void (*write)(const char *text, size_t length))
{
	other_way = write;
}

static void write_out(const char *text, size_t length)
{
	if (other_way) {
		other_way(text, length);
		return;
	}
	show(text, length);
	if (result_text_take(text, length))
		show(RESULT_TEXT_OVERFLOW, sizeof(RESULT_TEXT_OVERFLOW) - 1);
}

/* Under the lock. */
static void write_within_limit(const char *text)
{
	size_t length = strlen(text);

	if (lines_left == 1)
		return;
	count++;
	write_out(text, length);
	if (!lines_left || !length || text[length - 1] != '\n')
		return;
	if (--lines_left == 1)
		write_out(LEFT_OUT, sizeof(LEFT_OUT) - 1);
}

void print_v(const char *text_format, va_list arguments)
{
	char line[512];
	uint64_t flags;

	stbsp_vsnprintf(line, sizeof(line), text_format, arguments);
	flags = spin_lock_irqsave(&lock);
	write_within_limit(line);
	spin_unlock_irqrestore(&lock, flags);
}

void print_hold(void (*draw)(void))
{
	uint64_t flags = spin_lock_irqsave(&lock);

	draw();
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
