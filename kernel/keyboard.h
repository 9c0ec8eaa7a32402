/* SPDX-License-Identifier: MIT */
/*
 * The keyboard at an i8042, polled: PS/2, or a USB one for which the firmware plays a PS/2
 * keyboard. There is no driver for USB keyboards.
 */
#ifndef RETARGET_KERNEL_KEYBOARD_H
#define RETARGET_KERNEL_KEYBOARD_H

#include <stdbool.h>

/* Finds the controller, and has it translate to scan code set 1 without interrupts. */
void keyboard_init(void);

/* The next key (kernel/keys.h), or KEY_NONE when there is none. */
int keyboard_read(void);

#endif
