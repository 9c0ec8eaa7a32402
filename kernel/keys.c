// SPDX-License-Identifier: MIT
#include "kernel/keys.h"

#include <stddef.h>

#define ESCAPE 0x1b

/* ECMA-48, 5.4 "Control sequences": ESC [ parameters final. VT220 names PgUp by a parameter. */
enum { PLAIN, AFTER_ESCAPE, IN_SEQUENCE };

static int key_of_sequence(uint8_t final, uint8_t parameter)
{
	switch (final) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'H':
		return KEY_FIRST;
	case 'F':
		return KEY_LAST;
	case '~':
		return parameter == 5 ? KEY_PAGE_UP : parameter == 6 ? KEY_PAGE_DOWN : KEY_NONE;
	default:
		return KEY_NONE;
	}
}

static int key_of_character(uint8_t byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return byte - 'A' + 'a';
	return byte >= ' ' && byte <= '~' ? byte : KEY_NONE;
}

int key_of_terminal(struct key_sequence *sequence, uint8_t byte)
{
	if (byte == ESCAPE) {
		*sequence = (struct key_sequence){AFTER_ESCAPE, 0};
		return KEY_NONE;
	}
	if (sequence->part == AFTER_ESCAPE && (byte == '[' || byte == 'O')) {
		sequence->part = IN_SEQUENCE;
		return KEY_NONE;
	}
	if (sequence->part == IN_SEQUENCE && byte >= '0' && byte <= '?') {
		sequence->parameter = byte - '0';
		return KEY_NONE;
	}
	if (sequence->part == IN_SEQUENCE) {
		sequence->part = PLAIN;
		return key_of_sequence(byte, sequence->parameter);
	}
	sequence->part = PLAIN;
	return key_of_character(byte);
}

#define RELEASED 0x80
#define EXTENDED 0xe0 /* the next byte is another key of the same name: the grey cursor keys */

/* By the code; of letters only those that a keyboard of any language has in one place or another.
 */
static const char plain_keys[] = {
        [0x10] = 'q', [0x11] = 'w', [0x12] = 'e', [0x13] = 'r',    [0x14] = 't',
        [0x15] = 'y', [0x16] = 'u', [0x17] = 'i', [0x18] = 'o',    [0x19] = 'p',
        [0x1e] = 'a', [0x1f] = 's', [0x20] = 'd', [0x21] = 'f',    [0x22] = 'g',
        [0x23] = 'h', [0x24] = 'j', [0x25] = 'k', [0x26] = 'l',    [0x2c] = 'z',
        [0x2d] = 'x', [0x2e] = 'c', [0x2f] = 'v', [0x30] = 'b',    [0x31] = 'n',
        [0x32] = 'm', [0x39] = ' ', [0x47] = '<', [0x48] = KEY_UP, [0x49] = KEY_PAGE_UP,
        [0x4f] = '>', [0x50] = 'j', [0x51] = ' ',
};

int key_of_scan_code(uint8_t byte)
{
	if (byte == EXTENDED || byte & RELEASED || byte >= sizeof(plain_keys) || !plain_keys[byte])
		return KEY_NONE;
	return plain_keys[byte];
}
