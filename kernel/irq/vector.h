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
 * Gives `irq` a vector on `cpu`: fills in *target, with `generation` as given. -ENOSPC when no
 * number is free, -EINVAL when that CPU is not running.
 */
int vector_alloc(struct irq *irq, uint32_t cpu, uint32_t generation, struct irq_target *target);

/*
 * Expects messages for `target`'s irq at `target`, a place between two targets of a move, where the
 * mover finds them and sends them again. `target->vector` must be the irq's already.
 */
void vector_expect_intermediate(struct irq *irq, const struct irq_target *target);

/*
 * The irq has left `target`: no store and no remapping entry names it any more, and what was sent
 * to it has reached its local APIC. It is still answered, until the next drain frees it.
 */
void vector_retire(const struct irq_target *target);

/* Waits (kernel/irq/barrier.h) until nothing is in flight to what was retired, and frees it. */
void vector_drain(void);

/* The same, but only when vectors run short: moves pay for a barrier once in a hundred times. */
void vector_drain_if_short(void);

/* Frees a pair at once, for a target to which nothing can have been sent. */
void vector_free(const struct irq_target *target);

/* How many pairs of CPU and vector have an owner. */
uint32_t vector_in_use(void);

/* A message came in. Called by the dispatcher, after the EOI, with interrupts off. */
void vector_arrived(uint32_t cpu, uint8_t vector);

/* Messages on vectors that belong to no irq at all: since start, and where the last one came in. */
uint64_t vector_unexpected(uint32_t *cpu, uint8_t *vector);

#endif
