/* SPDX-License-Identifier: MIT */
/*
 * The end, when nothing true can be said any more: prints what and where, what was going on,
 * "Bail out!", and leaves with the status of an error.
 */
#ifndef RETARGET_KERNEL_PANIC_H
#define RETARGET_KERNEL_PANIC_H

#include <stdbool.h>

_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Some CPU is in panic(): an NMI then means "stop". */
bool panic_going_on(void);

#endif
