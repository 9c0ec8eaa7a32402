// SPDX-License-Identifier: MIT
#include "kernel/power.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/ports.h"
#include "kernel/print.h"
#include "kernel/prompt.h"
#include "kernel/result_codes.h"
#include "kernel/screen/screen.h"
#include "kernel/time.h"
#include "kernel/watchdog.h"

#define DEBUG_EXIT_PORT  0xf4
#define EXIT_TAKES_US    500000 /* QEMU ends a moment after the write */
#define SHOWN_US         4000000
#define RESET_CONTROL    0xcf9 /* of PCI chipsets since PIIX; 06h: system reset, full */
#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_RESET   0xfe

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

/* One way after the other; the last, a trap without a table to look it up in, always works. */
static _Noreturn void reboot(enum verdict verdict)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = {0, 0};

	io_write8(RESET_CONTROL, 0x02);
	io_write8(RESET_CONTROL, 0x06);
	io_write8(KEYBOARD_COMMAND, KEYBOARD_RESET);
	for (int i = 0; i < 1000000; i++)
		pause();
	__asm__ volatile("lidt %0; int3" : : "m"(none));
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
