/* SPDX-License-Identifier: MIT */
/*
 * Taking a CPU out of service and back, while messages keep coming.
 *
 * The order is the subject (Linux lost interrupts here: 52d6b926aabc): no new vectors there; every
 * irq moves off, from that CPU itself with interrupts off; each message that is pending in its IRR
 * by then is sent again to the irq's new target; only then its local APIC is silenced.
 *
 * Callers take turns. Meanwhile no irq is allocated, requested, released or freed; a move may be
 * tried, and gets -EBUSY for a moment.
 */
#ifndef RETARGET_KERNEL_IRQ_HOTPLUG_H
#define RETARGET_KERNEL_IRQ_HOTPLUG_H

#include <stdint.h>

/*
 * Takes `cpu`, which idles and is not the caller's own, out of service; interrupts are on. Returns
 * 0; -EINVAL for a CPU that is not online, is the caller's own or is CPU 0; -ENOSPC when the others
 * have fewer vectors left than irqs would have to move (reservations do not count); -EBUSY when an
 * irq is being moved and stays so; or a layer's error. On an error the CPU stays in service and
 * every irq keeps a target that works.
 */
int cpu_unplug(uint32_t cpu);

/* Back into service, by INIT-SIPI-SIPI. 0, -EINVAL when it is online, -ETIMEDOUT. */
int cpu_return(uint32_t cpu);

/* Messages found in the IRR of a CPU that left and sent again, since start. */
uint64_t cpu_unplug_replays(void);

/*
 * For tests: `function` is called on the CPU that leaves, with interrupts off, in each of the
 * windows that hotplug.c draws. NULL: nobody.
 */
#define UNPLUG_WINDOWS 4
void cpu_unplug_at_window(void (*function)(unsigned int window));

#endif
