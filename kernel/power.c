// SPDX-License-Identifier: MIT
#include "kernel/power.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/ports.h"
#include "kernel/print.h"
#include "kernel/prompt.h"
#include "kernel/reset.h"
#include "kernel/result_codes.h"
#include "kernel/screen/screen.h"
#include "kernel/time.h"
#include "kernel/watchdog.h"

#define DEBUG_EXIT_PORT 0xf4
#define EXIT_TAKES_US   500000 /* QEMU ends a moment after the write */
#define SHOWN_US        4000000

static _Noreturn void stand_still(void)
{
	for (;;)
		hlt();
}

/* The table and the codes in turn, for as long as nobody switches the machine off. */
static _Noreturn void halt(enum verdict verdict)
{
	unsigned int count = result_codes_prepare();

	if (count)
		print("# codes: the result as %u QR codes on the screen, docs/result-text.md\n",
		      count);
	screen_show_end(verdict);
	cli();
	if (!count)
		stand_still();
	for (unsigned int n = 0;; n = (n + 1) % (count + 1)) {
		delay_us(SHOWN_US);
		if (n < count)
			result_codes_show(n);
		else
			screen_show_end(verdict);
	}
}

static _Noreturn void reboot(enum verdict verdict)
{
	reset_machine();
	halt(verdict);
}

/* Does nothing on a machine that has no such port. */
static void exit_qemu(enum verdict verdict)
{
	io_write32(DEBUG_EXIT_PORT, verdict);
	delay_us(EXIT_TAKES_US);
}

void power_leave(enum options_after after, enum verdict verdict)
{
	watchdog_stop();
	switch (after) {
	case OPTIONS_AFTER_EXIT:
		exit_qemu(verdict);
		break;
	case OPTIONS_AFTER_REBOOT:
		reboot(verdict);
	case OPTIONS_AFTER_PROMPT:
		if (prompt(verdict) == PROMPT_REBOOT)
			reboot(verdict);
		exit_qemu(verdict);
		break;
	case OPTIONS_AFTER_HALT:
		break;
	}
	print("# halted\n");
	halt(verdict);
}
