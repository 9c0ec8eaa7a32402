/* SPDX-License-Identifier: MIT */
/*
 * A wait for what another CPU does, that ends halted where it takes long.
 *
 * The CPU only looks for a few microseconds. On hardware, and where each virtual CPU has one of the
 * host's to itself, what it waits for has happened by then, and it does not halt. Where virtual
 * CPUs outnumber the host's, the one it waits for may be waiting for the very host CPU that this
 * one would spin on, and gets it only when the host's scheduler takes it away, which is
 * milliseconds later. A CPU that halts gives it up at once.
 *
 * How long it takes decides nothing: whoever waits looks at `done` again, however it was woken.
 */
#ifndef RETARGET_KERNEL_CPU_AWAIT_H
#define RETARGET_KERNEL_CPU_AWAIT_H

#include <stdbool.h>

struct cpu;

/*
 * Returns when `done` is true, which has to be read by an acquire. Interrupts are on; they may be
 * held back (apic_hold_back()). Who makes it true calls await_wake() for this CPU afterwards, or an
 * interrupt does it that this CPU takes. The record for the watchdog (kernel/cpu/wait.h) is the
 * caller's.
 */
void await(bool (*done)(void *context), void *context);

/*
 * `cpu` may find its wait to be over: to be called after the store that says so, on any CPU, with
 * interrupts on or off. Returns whether it was halted.
 */
bool await_wake(struct cpu *cpu);

#endif
