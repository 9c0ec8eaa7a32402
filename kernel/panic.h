/* SPDX-License-Identifier: MIT */
/*
 * The end, when nothing true can be said any more: prints what and where, what each CPU was at,
 * "Bail out!", and leaves with the status of an error.
 */
#ifndef RETARGET_KERNEL_PANIC_H
#define RETARGET_KERNEL_PANIC_H

/*
 * From now on panic() calls `end` with the text, with interrupts off, and does nothing else: for a
 * kernel that cannot stop other CPUs, or the machine. `end` does not return.
 */
typedef void panic_end(const char *text);
void panic_through(panic_end *end);

_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
