/* SPDX-License-Identifier: MIT */
/*
 * A tick that interrupts CPU 0 whatever it does, with interrupts off, too: channel 0 of the PIT
 * (Intel 8254) drives IRQ 0 of the 8259A, whose output goes to LINT0 of the local APICs, and that
 * of CPU 0 takes it as an NMI. Linux's nmi_watchdog=1 had the same way. No interrupt remapping and
 * no vector is involved, and no EOI: the 8259A is asked by a poll, which acknowledges.
 *
 * Each tick is ordered singly, when the one before has been taken: a machine that was stopped, by a
 * debugger or its host, has no ticks to catch up with.
 */
#ifndef RETARGET_KERNEL_CPU_NMI_TICK_H
#define RETARGET_KERNEL_CPU_NMI_TICK_H

#include <stdbool.h>
#include <stdint.h>

/* The longest that 16 bits of the PIT's clock can count. */
#define NMI_TICK_US 54925

/* Prepares it on CPU 0, whose local APIC is enabled and which nothing else interrupts by LINT0. */
void nmi_tick_init(void);

/* Orders the next tick, in `us` microseconds, at most NMI_TICK_US. */
void nmi_tick_order(uint32_t us);

/* On an NMI: whether it is the tick. It is acknowledged then, and no other comes by itself. */
bool nmi_tick_taken(void);

#endif
