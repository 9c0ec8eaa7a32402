// SPDX-License-Identifier: MIT
#include "kernel/base45.h"

static char digit(unsigned int value)
{
	return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"[value % 45];
}

void base45_encode(const uint8_t *bytes, size_t size, char *text)
{
	size_t at = 0;

	for (; size - at >= 2; at += 2) {
		unsigned int pair = bytes[at] * 256U + bytes[at + 1];

		*text++ = digit(pair);
		*text++ = digit(pair / 45);
		*text++ = digit(pair / (45 * 45));
	}
	if (at < size) {
		*text++ = digit(bytes[at]);
		*text++ = digit(bytes[at] / 45U);
	}
	*text = 0;
}
