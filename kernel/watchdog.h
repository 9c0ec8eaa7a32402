/* SPDX-License-Identifier: MIT */
/*
 * Nothing waits for ever: the watchdog turns a hang into a report of who waited for what, with the
 * state that explains it, and ends the run with "Bail out!" and the verdict error. It never makes a
 * loss or a failed test of it. docs/watchdog.md shows one.
 *
 * A tick that interrupts off do not hold back (kernel/cpu/nmi_tick.h) has CPU 0, which runs the
 * tests, look at all once a second. A hang is one of two things:
 *   - a CPU has been in one and the same wait (kernel/cpu/wait.h) for so many seconds;
 *   - CPU 0 waits for nobody, and has made no progress (cpu_progress(), lines printed) for as long.
 * What other CPUs do counts for neither: a mover that goes on moving is no sign that the test does.
 *
 * The tick harms no measurement. It has no vector, so the order in which a local APIC serves what
 * is pending, on which the barrier's proof rests, knows nothing of it; it sends nothing, takes no
 * lock and looks at no device. A halted CPU 0 wakes eighteen times a second, and each place that
 * halts looks again at what it waits for, as after any interrupt. The timer in its place has a
 * vector between the devices' and the barrier's, so that all pending before a barrier is taken
 * before.
 *
 * Seconds are counted in ticks that CPU 0 has really taken. A machine that does not run, since its
 * host is busy, a debugger holds it or firmware is in SMM, has none.
 */
#ifndef RETARGET_KERNEL_WATCHDOG_H
#define RETARGET_KERNEL_WATCHDOG_H

#include <stdint.h>

#include "kernel/cpu/trap.h"

/*
 * Begins to watch; on CPU 0, with its local APIC on. `seconds` without progress are a hang; 0 is no
 * watchdog. `print_state` prints what else there is to know of the machine: in the context of CPU 0
 * as it hangs, with all other CPUs stopped and locks that wait for nobody. A line says so where the
 * tick does not come in: then the local APIC's timer ticks, which interrupts off hold back.
 */
void watchdog_start(uint32_t seconds, void (*print_state)(void));

/* That timer's interrupt; kernel/cpu/trap.c calls it. */
void watchdog_interrupt(struct trap_frame *frame);

/* The run is over, and what follows may take any time. On any CPU. */
void watchdog_stop(void);

/*
 * The longest, in seconds, that anything has gone on so far that would have been a hang. What a
 * patience can be made of.
 */
uint32_t watchdog_longest(void);

/* What CPU 0 begins to do, for the report: the name of a test, which lives until the next call. */
void watchdog_test(const char *name);

#endif
