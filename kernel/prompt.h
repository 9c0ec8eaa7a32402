/* SPDX-License-Identifier: MIT */
/* The end of a run that somebody watches: waits for keys from the keyboard and the serial port. */
#ifndef RETARGET_KERNEL_PROMPT_H
#define RETARGET_KERNEL_PROMPT_H

#include "kernel/power.h"

enum prompt_answer {
	PROMPT_REBOOT,
	PROMPT_HALT,
};

/* Shows on the screen what is asked for, until it is to end. */
enum prompt_answer prompt(enum verdict verdict);

#endif
