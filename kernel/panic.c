// SPDX-License-Identifier: MIT
#include "kernel/panic.h"

#include <stdarg.h>

#include "kernel/cpu/instructions.h"
#include "kernel/cpu/stop.h"
#include "kernel/power.h"
#include "kernel/print.h"
#include "kernel/serial.h"
#include "kernel/watchdog.h"

#define STATE_LINES 200

static uint32_t entered;

static void print_state(void)
{
	uint64_t frame = (uint64_t)__builtin_frame_address(0);

	stop_print_backtrace(frame, frame);
	print_limit(STATE_LINES);
	stop_print();
	print_limit(0);
}

static panic_end *other_end;

void panic_through(panic_end *end)
{
	other_end = end;
}

static void end_otherwise(const char *text_format, va_list arguments)
{
	char text[512];

	format_v(text, sizeof(text), text_format, arguments);
	other_end(text);
}

/* What goes wrong while this CPU has the last word is said in short; then nothing is. */
void panic(const char *text_format, ...)
{
	va_list arguments;

	cli();
	va_start(arguments, text_format);
	if (other_end)
		end_otherwise(text_format, arguments);
	va_end(arguments);
	entered += stop_claimed_here();
	while (!stop_claim())
		hlt();
	watchdog_stop();
	if (entered > 1)
		power_leave(OPTIONS_AFTER_EXIT, VERDICT_ERROR);
	serial_init(); /* it may not have been, so early */
	stop_others();
	print_limit(0);

	va_start(arguments, text_format);
	print("\n# panic: ");
	print_v(text_format, arguments);
	print("\n");
	va_end(arguments);
	if (!entered)
		print_state();
	print("Bail out! panic\n");
	power_leave(OPTIONS_AFTER_EXIT, VERDICT_ERROR);
}
