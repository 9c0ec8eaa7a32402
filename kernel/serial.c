// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stdint.h>

#include "kernel/cpu/instructions.h"
#include "kernel/cpu/ports.h"
#include "kernel/serial.h"

/* Registers of the 16550 (National Semiconductor PC16550D, table I). */
#define COM1     0x3f8
#define DATA     (COM1 + 0) /* divisor low while LCR.DLAB */
#define IER      (COM1 + 1) /* divisor high while LCR.DLAB */
#define FCR      (COM1 + 2)
#define LCR      (COM1 + 3)
#define MCR      (COM1 + 4)
#define LSR      (COM1 + 5)
#define SCR      (COM1 + 7)
#define LCR_DLAB 0x80
#define LCR_8N1  0x03
#define LSR_DR   0x01
#define LSR_THRE 0x20

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
	io_write8(FCR, 0x07); /* FIFOs on and empty */
	io_write8(MCR, 0x03); /* DTR, RTS; OUT2 off keeps its interrupt line silent */
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
