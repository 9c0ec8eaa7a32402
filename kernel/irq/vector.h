/* SPDX-License-Identifier: MIT */
/*
 * The vectors of each CPU: who owns which pair of CPU and vector, and what to do with a message
 * that comes in there. Which are free is the vector matrix's affair (kernel/irq/matrix.h), used
 * here under one lock.
 *
 * As long as there is one left, an irq gets a vector number that no irq has on any CPU. So the two
 * targets of a move differ in the vector (an idle Linux often picks the same number on both CPUs,
 * which hides a torn message), and the number on a stray message tells which irq it was meant for.
 * With more than some 190 vectors in use numbers are shared; an irq still never has the same number
 * twice, and a stray on a shared number counts as unexpected.
 */
#ifndef RETARGET_KERNEL_IRQ_VECTOR_H
#define RETARGET_KERNEL_IRQ_VECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/irq.h"

/* Tables for all CPUs that are running. -ENOMEM when there is no room. */
int vector_init(void);

/*
 * Gives `irq` a vector on `cpu`, irq->on[cpu].vector, and counts it in irq->vectors. -ENOSPC when
 * there is none, -EINVAL when the CPU is not online. No message is expected there before
 * vector_own().
 */
int vector_alloc(struct irq *irq, uint32_t cpu);

/*
 * For tests that choose the targets of a move themselves: `vector`, which no other irq has on any
 * CPU, is now the irq's on `cpu`, and a move there takes it. The one that the irq had there goes on
 * being answered until vector_free_others(). 0, -EBUSY when it is taken, -EINVAL when no irq may
 * have it.
 */
int vector_claim(struct irq *irq, uint32_t cpu, uint8_t vector);

/* From now on messages at `target`, whose vector is the irq's, belong to it. */
void vector_own(struct irq *irq, const struct irq_target *target);

/*
 * Expects messages for `irq` at `target`, a place between two targets of a move, where the mover
 * finds them and sends them again. The vector is the irq's already, on another CPU. Where the pair
 * is another irq's, nothing is expected: that irq gets the message, one too many for it.
 */
void vector_expect_intermediate(struct irq *irq, const struct irq_target *target);

/*
 * Takes all from `irq` but `keep` (NULL: all): nothing can be in flight there any more. Also clears
 * them in irq->on and counts irq->vectors anew.
 */
void vector_free_others(struct irq *irq, const struct irq_target *keep);

/*
 * Notes what is pending in the IRR of the CPU that calls; and whether, when each CPU did so last,
 * a message was pending at a pair of `irq` other than `keep`.
 */
void vector_look_at_irr(void);
bool vector_others_pending(const struct irq *irq, const struct irq_target *keep);

void vector_reserve(void);
void vector_unreserve(void);

/*
 * Whether irqs may have `cpu` as a target; and of CPUs 0 to `cpus` - 1 the one with the most
 * vectors left (or -ENOSPC).
 */
void vector_online(uint32_t cpu);
void vector_offline(uint32_t cpu);
bool vector_is_online(uint32_t cpu);
int vector_best_cpu(uint32_t cpus);

struct vector_counts {
	uint32_t allocated; /* pairs of CPU and vector that an irq has */
	uint32_t reserved;
	uint32_t available; /* on CPUs that are online */
};
void vector_count(struct vector_counts *counts);

/*
 * How many vectors would have to move for `cpu` to go: those of irqs whose present target it is;
 * and how many are left elsewhere.
 */
uint32_t vector_targets_on(uint32_t cpu);
uint32_t vector_available_elsewhere(uint32_t cpu);

/* For tests: each CPU has only `count` (1 to 191) vectors; 0: all. -EBUSY while an irq has one. */
int vector_limit(uint32_t count);

/*
 * Frees what irqs have left behind on `cpu`, which is out of service: none of them has it as its
 * target, nothing is in flight there and nothing is pending there any more.
 */
void vector_forget(uint32_t cpu);

/* The owner of the pair, NULL: none; of an intermediate one, the irq it is expected for. */
struct irq *vector_owner(uint32_t cpu, uint8_t vector, bool *intermediate);

void vector_print(void);

/*
 * A message came in. Called by the dispatcher with interrupts off; it ends the interrupt, of a
 * level-triggered irq after its handler, of all others before.
 */
void vector_arrived(uint32_t cpu, uint8_t vector);

/* The same on the shutdown vector: nobody's, but counted. */
void vector_shutdown_arrived(uint32_t cpu);

/* Messages on vectors that belong to no irq at all: since start, and where the last one came in. */
uint64_t vector_unexpected(uint32_t *cpu, uint8_t *vector);

/*
 * For tests that mean messages to come in where nobody owns the vector: one of those for which
 * `foreseen` returns true is not unexpected. It is called on the CPU the message came in at, with
 * interrupts off, and only for what is meant for no irq (that has a stray handler). NULL: nobody.
 */
typedef bool vector_foreseen(const struct irq_arrival *arrival);
void vector_foresee(vector_foreseen *foreseen);

/* Messages on the shutdown vector: since start, and on which CPU the last one came in. */
uint64_t vector_on_shutdown(uint32_t *cpu);

#endif
