// SPDX-License-Identifier: MIT
#include "kernel/rtc.h"

#include <asm-generic/errno.h>
#include <stdbool.h>

#include "kernel/bits.h"
#include "kernel/cpu/ports.h"
#include "kernel/print.h"

/* Motorola MC146818A, "Address Map", and its registers A and B. */
#define INDEX_PORT 0x70
#define DATA_PORT  0x71
#define SECONDS    0x00
#define MINUTES    0x02
#define HOURS      0x04
#define DAY        0x07
#define MONTH      0x08
#define YEAR       0x09
#define STATUS_A   0x0a
#define A_UPDATE   BIT_ULL(7) /* the time may change at any moment */
#define STATUS_B   0x0b
#define B_BINARY   BIT_ULL(2)
#define B_24_HOURS BIT_ULL(1)
#define HOURS_PM   0x80

#define ATTEMPTS 100000 /* an update takes 2 ms */

static uint8_t read_register(uint8_t index)
{
	io_write8(INDEX_PORT, index);
	return io_read8(DATA_PORT);
}

struct clock {
	uint8_t seconds, minutes, hours, day, month, year;
};

/* False when an update came in between. */
static bool read_clock(struct clock *clock)
{
	if (read_register(STATUS_A) & A_UPDATE)
		return false;
	*clock =
	        (struct clock){read_register(SECONDS), read_register(MINUTES), read_register(HOURS),
	                       read_register(DAY),     read_register(MONTH),   read_register(YEAR)};
	return !(read_register(STATUS_A) & A_UPDATE) && read_register(SECONDS) == clock->seconds;
}

static uint8_t number(uint8_t value, uint8_t status)
{
	return status & B_BINARY ? value : (uint8_t)((value >> 4) * 10 + (value & 0xf));
}

static uint8_t hours_of(uint8_t value, uint8_t status)
{
	uint8_t hours = number(value & ~HOURS_PM, status);

	if (status & B_24_HOURS)
		return number(value, status);
	return (uint8_t)(hours % 12 + (value & HOURS_PM ? 12 : 0));
}

int rtc_read(char text[RTC_TEXT_SIZE])
{
	uint8_t status = read_register(STATUS_B);
	struct clock clock;
	unsigned int attempts = 0;

	text[0] = 0;
	while (!read_clock(&clock))
		if (++attempts == ATTEMPTS)
			return -ENODEV;
	clock = (struct clock){number(clock.seconds, status), number(clock.minutes, status),
	                       hours_of(clock.hours, status), number(clock.day, status),
	                       number(clock.month, status),   number(clock.year, status)};
	if (clock.seconds > 59 || clock.minutes > 59 || clock.hours > 23 || !clock.day ||
	    clock.day > 31 || !clock.month || clock.month > 12 || clock.year > 99)
		return -ENODEV;
	format(text, RTC_TEXT_SIZE, "20%02u-%02u-%02uT%02u:%02u:%02u", clock.year, clock.month,
	       clock.day, clock.hours, clock.minutes, clock.seconds);
	return 0;
}
