// SPDX-License-Identifier: MIT
#include <stdarg.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/panic.h"
#include "kernel/power.h"
#include "kernel/print.h"
#include "kernel/serial.h"

#define BACKTRACE_MAX 16

static bool going_on;

bool panic_going_on(void)
{
	return __atomic_load_n(&going_on, __ATOMIC_ACQUIRE);
}

/* The image is built with frame pointers; only addresses inside of it are followed. */
static void print_backtrace(void)
{
	const uint64_t *frame = __builtin_frame_address(0);

	print("# called from");
	for (int i = 0; i < BACKTRACE_MAX && frame; i++) {
		const uint64_t *next = (const uint64_t *)frame[0];

		print(" 0x%lx", frame[1]);
		if (next <= frame || next > frame + 4096)
			break;
		frame = next;
	}
	print("\n");
}

void panic(const char *text_format, ...)
{
	va_list arguments;

	cli();
	if (__atomic_exchange_n(&going_on, true, __ATOMIC_ACQ_REL))
		for (;;)
			hlt();
	serial_init(); /* it may not have been, so early */
	/* CPUs that are still the firmware's have its handler for the NMI, which may reset. */
	if (cpu_count() > 1)
		apic_stop_others();

	va_start(arguments, text_format);
	print("\n# panic: ");
	print_v(text_format, arguments);
	print("\n");
	va_end(arguments);
	print_backtrace();
	print("Bail out! panic\n");
	power_leave(OPTIONS_AFTER_EXIT, VERDICT_ERROR);
}
