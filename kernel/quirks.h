/* SPDX-License-Identifier: MIT */
/*
 * What tests found out of the platform that a report is read beside: each is printed at the end of
 * the run, in a line "# head", as what was seen or as "not run".
 */
#ifndef RETARGET_KERNEL_QUIRKS_H
#define RETARGET_KERNEL_QUIRKS_H

#include <stdbool.h>

enum quirk {
	QUIRK_STALE_ENTRY,   /* a changed remapping entry was used as it was until invalidated */
	QUIRK_COMPATIBILITY, /* a message in compatibility format passed while GSTS.CFIS is 0 */
	QUIRKS
};

/* The last word on it is kept. */
void quirks_saw(enum quirk quirk, bool there);

void quirks_print(void);

#endif
