/* SPDX-License-Identifier: MIT */
/*
 * The barrier: how "it arrived nowhere" and "nothing is in flight any more" are proven without a
 * clock.
 *
 * Every CPU in service is sent an interrupt of the lowest priority and the caller waits until each
 * has taken it. A local APIC delivers higher vectors first, so by then each CPU has also taken
 * every device vector that was pending in its IRR when the barrier began. A CPU that is busy or
 * descheduled makes the barrier take longer, and changes nothing about its meaning.
 *
 * What it does not cover: a message still on its way to a local APIC. The caller flushes the source
 * before (PCI ordering pushes the message ahead of the flush's answer).
 */
#ifndef RETARGET_KERNEL_IRQ_BARRIER_H
#define RETARGET_KERNEL_IRQ_BARRIER_H

/* Interrupts must be on. Any CPU may call it at any time; callers take turns. */
void barrier(void);

/* The same; each CPU runs `function` as it takes its interrupt, with interrupts off. */
void barrier_and(void (*function)(void));

/* The receiving end; kernel/irq/dispatch.c calls it. */
void barrier_interrupt(void);

/* A line for each CPU that the one under way waits for; it decides nothing. */
void barrier_print(void);

/*
 * For kernel/irq/hotplug.c. The CPU that calls has done with every message in its IRR, gets no
 * more, and keeps its interrupts off: from now on no barrier waits for it. And the way back, with
 * interrupts on, before messages are sent to it again.
 */
void barrier_leave(void);
void barrier_join(void);

#endif
