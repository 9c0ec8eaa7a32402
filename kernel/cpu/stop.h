/* SPDX-License-Identifier: MIT */
/*
 * The last word: when nothing goes on any more (kernel/panic.h, kernel/watchdog.h), one CPU stops
 * all others by NMI, which reaches them with interrupts off, too, and each leaves a record of what
 * it was at (struct cpu_state). They never go on.
 */
#ifndef RETARGET_KERNEL_CPU_STOP_H
#define RETARGET_KERNEL_CPU_STOP_H

#include <stdbool.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/trap.h"

/* Lets CPUs be stopped; once, before others are started. */
void stop_init(void);

/*
 * Asks for the last word, in any context and at any time. True: this CPU has it, from now on or
 * already. False: another one has, and this one is to halt; it will be stopped.
 */
bool stop_claim(void);

/* Whether this CPU has it already. */
bool stop_claimed_here(void);

/*
 * For the CPU that has the last word. Stops the others, and waits a moment for their records. From
 * then on no lock is waited for, as none of them will be given back.
 */
void stop_others(void);

/* Fills in `state` of the CPU that calls: it was interrupted at `frame`. */
void stop_record(const struct trap_frame *frame);

/*
 * A line or more for each CPU: where it was, what it waits for, what is pending at its local APIC.
 * CPUs that did nothing are only counted. All after stop_others().
 */
void stop_print(void);

/* "called from" and return addresses, from frame pointer `rbp` on; `rsp` is below it. */
void stop_print_backtrace(uint64_t rsp, uint64_t rbp);

#endif
