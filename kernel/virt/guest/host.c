// SPDX-License-Identifier: MIT
#include "kernel/virt/guest/host.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/cpu/instructions.h"
#include "kernel/cpu/stop.h"
#include "kernel/panic.h"
#include "kernel/print.h"
#include "kernel/virt/guest/vmmcall.h"
#include "kernel/virt/shared.h"

static void print_by_host(const char *text, size_t length)
{
	vmmcall(HYPERCALL_PRINT, (uint64_t)text, length, 0);
}

/* The host stops all vCPUs; it does not come back. */
static _Noreturn void leave(enum hypercall_number how)
{
	for (;;)
		vmmcall(how, 0, 0, 0);
}

static _Noreturn void panic_by_host(const char *text)
{
	uint64_t frame = (uint64_t)__builtin_frame_address(0);

	print("# panic: %s\n", text);
	stop_print_backtrace(frame, frame);
	leave(HYPERCALL_PANIC);
}

void guest_host_init(void)
{
	print_through(print_by_host);
	panic_through(panic_by_host);
}

void guest_fail(const char *text_format, ...)
{
	va_list arguments;
	char line[256];

	va_start(arguments, text_format);
	format_v(line, sizeof(line), text_format, arguments);
	va_end(arguments);
	print("# failed: %s\n", line);
	__atomic_add_fetch(&guest_shared.failures, 1, __ATOMIC_RELAXED);
}

_Noreturn void guest_host_done(void)
{
	leave(HYPERCALL_DONE);
}
