// SPDX-License-Identifier: MIT
#include "kernel/prompt.h"

#include "kernel/cpu/instructions.h"
#include "kernel/keyboard.h"
#include "kernel/keys.h"
#include "kernel/print.h"
#include "kernel/result_codes.h"
#include "kernel/screen/screen.h"
#include "kernel/serial.h"

static int read_key(void)
{
	static struct key_sequence sequence;
	int byte = serial_read();

	return byte < 0 ? keyboard_read() : key_of_terminal(&sequence, (uint8_t)byte);
}

static int wait_for_key(void)
{
	int key;

	while ((key = read_key()) == KEY_NONE)
		pause();
	return key;
}

enum prompt_answer prompt(enum verdict verdict)
{
	unsigned int codes = result_codes_prepare(), next = 0;

	keyboard_init(); /* before anybody is told of keys: it drops what has been pressed */
	if (codes)
		print("# q: the result as QR codes on the screen, %u, one for each key\n", codes);
	print(screen_present() ? "# r: reboot, s: scroll, d: details, t: table, h: halt\n"
	                       : "# r: reboot, h: halt\n");
	screen_show_end(verdict);
	for (;;) {
		int key = wait_for_key();

		switch (key) {
		case 'r':
			return PROMPT_REBOOT;
		case 'h':
			return PROMPT_HALT;
		case 's':
		case 'd':
			screen_show_lines(key == 'd');
			break;
		case 'q':
			if (codes)
				result_codes_show(next++ % codes);
			break;
		case 't':
			screen_show_end(verdict);
			break;
		default:
			screen_scroll(key);
		}
	}
}
