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

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/irq.h"

/* Tables for all CPUs that are running. -ENOMEM when there is no room. */
int vector_init(void);

/*
 * Any CPU may allocate and free at any time, handlers too: there is no lock.
 *
 * Gives `irq` a vector on `cpu`: fills in *target, with `generation` as given. -ENOSPC when no
 * number is free, -EINVAL when that CPU is not running.
 */
int vector_alloc(struct irq *irq, uint32_t cpu, uint32_t generation, struct irq_target *target);

/*
 * Makes a target that its irq has left behind, and that was not freed since, its own again, as
 * `generation`. False for an intermediate one: that stays what it is.
 */
bool vector_readopt(const struct irq_target *target, uint32_t generation);

/*
 * Expects messages for `irq` at `target`, a place between two targets of a move, where the mover
 * finds them and sends them again. `target->vector` is the irq's already. False when it is so
 * already.
 */
bool vector_expect_intermediate(struct irq *irq, const struct irq_target *target);

/*
 * Nothing can be in flight to `target` any more (or nothing was ever sent there): the pair has no
 * owner from now on.
 */
void vector_free(const struct irq_target *target);

/* How many pairs of CPU and vector have an owner. */
uint32_t vector_in_use(void);

/* A message came in. Called by the dispatcher, after the EOI, with interrupts off. */
void vector_arrived(uint32_t cpu, uint8_t vector);

/* Messages on vectors that belong to no irq at all: since start, and where the last one came in. */
uint64_t vector_unexpected(uint32_t *cpu, uint8_t *vector);

#endif
