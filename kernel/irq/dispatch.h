/* SPDX-License-Identifier: MIT */
/*
 * Which vector means what, and where an interrupt goes first.
 *
 * The local APIC serves the highest pending vector first, so the order of numbers is the order of
 * urgency. The barrier has the lowest of all: a CPU takes it only when no device's vector is
 * pending any more (kernel/irq/barrier.h). Calls come after the devices, too: a CPU that was called
 * to move an interrupt, and found a message in its IRR, takes that before it is called again. Else
 * the next move would find the same message and send it once more. What ends another CPU's wait
 * (kernel/cpu/await.h) has a class of its own above all of them, and so comes in at one that holds
 * the rest back.
 */
#ifndef RETARGET_KERNEL_IRQ_DISPATCH_H
#define RETARGET_KERNEL_IRQ_DISPATCH_H

#include <stdint.h>

#define VECTOR_BARRIER      0x20
#define VECTOR_WATCHDOG     0x2e /* kernel/watchdog.h; kernel/cpu/trap.c has it */
#define VECTOR_CALL         0x2f /* kernel/cpu/smp.h */
#define VECTOR_DEVICE_FIRST 0x30
#define VECTOR_DEVICE_LAST  0xee
#define VECTOR_SHUTDOWN     0xef /* of irqs that are allocated and not requested */
#define VECTOR_WAKE         0xf0 /* kernel/cpu/await.h */
#define VECTOR_SPURIOUS     0xff

/* Called by the trap entry with interrupts off, for every vector from 32 on. */
void irq_dispatch(uint8_t vector);

/*
 * A device's vector before vector_init(): sent for whoever ran before. The local APIC keeps what is
 * pending when a kernel takes over, and hands it out as soon as interrupts are on. The message is
 * dropped and counted; once all have come in, one line says how many there were, if any.
 */
void irq_before_start(uint8_t vector);
void irq_print_before_start(void);

#endif
