/* SPDX-License-Identifier: MIT */
/*
 * The vectors of each CPU: who owns which pair of CPU and vector, and what to do with a message
 * that comes in there.
 *
 * A vector number is given to one irq at a time across all CPUs. So the two targets of a move
 * always differ in the vector (an idle Linux often picks the same number on both CPUs, which hides
 * a torn message), and the number on a stray message tells which irq it was meant for.
 */
#ifndef RETARGET_KERNEL_IRQ_VECTOR_H
#define RETARGET_KERNEL_IRQ_VECTOR_H

#include <stdint.h>

#include "kernel/irq/irq.h"

/* Tables for all CPUs that are running. -ENOMEM when there is no room. */
int vector_init(void);

/*
 * Gives `irq` a number that nobody has, on `cpu`. 0: there is none left. No message is expected
 * there before vector_own(). Any CPU may call these at any time; there is no lock to wait for.
 */
uint8_t vector_alloc(struct irq *irq, uint32_t cpu);

/* From now on messages at `target`, whose vector is the irq's, belong to it. */
void vector_own(struct irq *irq, const struct irq_target *target);

/*
 * Expects messages for `irq` at `target`, a place between two targets of a move, where the mover
 * finds them and sends them again. The vector is the irq's already, on another CPU.
 */
void vector_expect_intermediate(struct irq *irq, const struct irq_target *target);

/*
 * Takes all from `irq` but `keep` (NULL: all): nothing can be in flight there any more. Also clears
 * them in irq->vector_on and counts irq->vectors anew.
 */
void vector_free_others(struct irq *irq, const struct irq_target *keep);

/* How many pairs of CPU and vector have an owner. */
uint32_t vector_in_use(void);

/* A message came in. Called by the dispatcher, after the EOI, with interrupts off. */
void vector_arrived(uint32_t cpu, uint8_t vector);

/* Messages on vectors that belong to no irq at all: since start, and where the last one came in. */
uint64_t vector_unexpected(uint32_t *cpu, uint8_t *vector);

#endif
