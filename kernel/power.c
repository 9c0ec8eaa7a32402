// SPDX-License-Identifier: MIT
#include "kernel/power.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/ports.h"
#include "kernel/print.h"
#include "kernel/result_codes.h"
#include "kernel/serial.h"
#include "kernel/time.h"
#include "kernel/watchdog.h"

#define DEBUG_EXIT_PORT  0xf4
#define EXIT_TAKES_US    500000 /* QEMU ends a moment after the write */
#define CODE_SHOWN_US    4000000
#define RESET_CONTROL    0xcf9 /* of PCI chipsets since PIIX; 06h: system reset, full */
#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_RESET   0xfe

/* In turn, for as long as nobody switches the machine off; at once when there is none or one. */
static void show_codes(void)
{
	unsigned int count = result_codes_prepare();

	if (count)
		print("# codes: the result as %u QR codes on the screen, docs/result-text.md\n", count);
	for (unsigned int n = 0; count > 1; n = (n + 1) % count) {
		result_codes_show(n);
		delay_us(CODE_SHOWN_US);
	}
	if (count)
		result_codes_show(0);
}

static _Noreturn void halt(void)
{
	cli();
	show_codes();
	for (;;)
		hlt();
}

/* One way after the other; the last, a trap without a table to look it up in, always works. */
static _Noreturn void reboot(void)
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
	halt();
}

static _Noreturn void prompt(void)
{
	print("# r: reboot, h: halt\n");
	for (;;) {
		int key = serial_read();

		if (key == 'r')
			reboot();
		if (key == 'h') {
			print("# halted\n");
			halt();
		}
		pause();
	}
}

void power_leave(enum options_after after, enum verdict verdict)
{
	watchdog_stop();
	switch (after) {
	case OPTIONS_AFTER_EXIT:
		io_write32(DEBUG_EXIT_PORT, verdict);
		delay_us(EXIT_TAKES_US);
		break;
	case OPTIONS_AFTER_REBOOT:
		reboot();
	case OPTIONS_AFTER_PROMPT:
		prompt();
	case OPTIONS_AFTER_HALT:
		break;
	}
	print("# halted\n");
	halt();
}
