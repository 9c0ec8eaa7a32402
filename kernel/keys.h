/* SPDX-License-Identifier: MIT */
/*
 * Keys, from a terminal's characters and from a keyboard's scan codes. Pure. A key is its
 * lower-case letter, or one of those below.
 */
#ifndef RETARGET_KERNEL_KEYS_H
#define RETARGET_KERNEL_KEYS_H

#include <stdint.h>

#define KEY_NONE      (-1)
#define KEY_UP        'k'
#define KEY_DOWN      'j'
#define KEY_PAGE_UP   'b'
#define KEY_PAGE_DOWN ' '
#define KEY_FIRST     '<'
#define KEY_LAST      '>'

/* What has come of a terminal's key that takes several bytes; zero at first. */
struct key_sequence {
	uint8_t part;
	uint8_t parameter;
};

/* A byte from a terminal, with ANSI's sequences for cursor keys. A key or KEY_NONE. */
int key_of_terminal(struct key_sequence *sequence, uint8_t byte);

/* A byte of scan code set 1, as an i8042 translates to it: a key when it goes down, or KEY_NONE. */
int key_of_scan_code(uint8_t byte);

#endif
