// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stdint.h>

#include "kernel/cpu/instructions.h"
#include "kernel/cpu/ports.h"
#include "kernel/serial.h"
#include "kernel/serial_regs.h"

/* Polls before a character is given up: a UART that is not there must not hold up the run. */
#define PATIENCE 100000

static bool present;

void serial_init(void)
{
	io_write8(SCR, 0x5a);
	present = io_read8(SCR) == 0x5a;
	if (!present)
		return;
	io_write8(IER, 0);
	io_write8(LCR, LCR_DLAB);
	io_write8(DATA, 1); /* 115200 / 1 */
	io_write8(IER, 0);
	io_write8(LCR, LCR_8N1);
	io_write8(FCR, 0x07);              /* FIFOs on and empty */
	io_write8(MCR, MCR_DTR | MCR_RTS); /* OUT2 off keeps its interrupt line silent */
}

bool serial_present(void)
{
	return present;
}

static void put(char c)
{
	for (unsigned int i = 0; i < PATIENCE; i++) {
		if (io_read8(LSR) & LSR_THRE) {
			io_write8(DATA, (uint8_t)c);
			return;
		}
		pause();
	}
}

void serial_write(const char *text, size_t length)
{
	if (!present)
		return;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			put('\r');
		put(text[i]);
	}
}

int serial_read(void)
{
	if (!present || !(io_read8(LSR) & LSR_DR))
		return -1;
	return io_read8(DATA);
}
