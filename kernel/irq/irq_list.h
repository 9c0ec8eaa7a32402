/* SPDX-License-Identifier: MIT */
/*
 * For kernel/irq/irq.c: the memory of irqs, and the list of those that are allocated, which
 * irq_count(), irq_first() and irq_each() look at (kernel/irq/irq.h).
 *
 *     irq_list_new() --> on no list --irq_list_insert()--> listed
 *          ^                |   ^                            |
 *          '--irq_list_discard()'--------irq_list_remove()---'
 */
#ifndef RETARGET_KERNEL_IRQ_IRQ_LIST_H
#define RETARGET_KERNEL_IRQ_IRQ_LIST_H

#include "kernel/irq/irq.h"

/*
 * An irq with a number and all else zero. The arena takes nothing back, so it is one that was
 * discarded, with the number that one had, if there is any. NULL: no memory. By one CPU at a time,
 * as irq_list_discard().
 */
struct irq *irq_list_new(void);
void irq_list_discard(struct irq *irq);

void irq_list_insert(struct irq *irq);
void irq_list_remove(struct irq *irq);

#endif
