/* SPDX-License-Identifier: MIT */
/*
 * The result text as QR codes on the screen, for a machine without a serial port: each of version
 * RESULT_CODES_VERSION at most, which a phone reads off a screen, one after the other.
 */
#ifndef RETARGET_KERNEL_RESULT_CODES_H
#define RETARGET_KERNEL_RESULT_CODES_H

#include "boot/boot_info.h"

#define RESULT_CODES_VERSION 25 /* 117 x 117 modules; ISO/IEC 18004:2015, table 1 */

/*
 * Packs the text as it is now. Returns how many codes it takes, 0 where there is no text, no memory
 * or no screen for them. For the end of a run.
 */
unsigned int result_codes_prepare(void);

/* Shows the n-th, from 0 on, in place of whatever is on the screen. */
void result_codes_show(unsigned int n);

#endif
