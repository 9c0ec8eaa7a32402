// SPDX-License-Identifier: MIT
/*
 * When a vector that an irq has moved away from is free again: not before the last message that
 * names it has been taken. Where such a message can be, and what brings it in:
 *
 *   posted on its way from the device     the store's flush: the answer pushes it ahead (with
 *                                         remapping the wait descriptor of the move did so already)
 *   in the IRR or in service              the first barrier: a CPU takes the lowest vector last
 *   on its way as a replay by a protocol  the second barrier: protocols run with interrupts off, so
 *                                         each had ended at the first
 *
 * Each CPU looks at its whole IRR as it takes the second barrier. A left-behind vector that is
 * pending even then was sent by a device that still has the old message: it is not freed.
 */
#include <stddef.h>

#include "kernel/cpu/instructions.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/vector.h"

/* No irq has moved so often. */
#define NOT_DRAINED 0xffffffffU

/*
 * One CPU at a time, in the order they came: each may be waited for by others, and where moves come
 * thick and fast the one that was at it last would always be the first again.
 */
static uint32_t tickets, served;
static uint32_t left_behind; /* irqs with something to free, of the drain under way */

static void begin(struct irq *irq, void *mine)
{
	irq->drain_generation = NOT_DRAINED;
	if (irq->vectors < 2 || (irq != mine && !irq_hold(irq)))
		return;
	irq->store->ops->flush(irq->store);
	irq->drain_generation = irq->last_generation;
	left_behind++;
	if (irq != mine)
		irq_let_go(irq);
}

/* One that has moved meanwhile may have left the present target of that time behind since. */
static void end(struct irq *irq, void *mine)
{
	if (irq->drain_generation == NOT_DRAINED || (irq != mine && !irq_hold(irq)))
		return;
	if (irq->drain_generation == irq->last_generation &&
	    !vector_others_pending(irq, &irq->target))
		vector_free_others(irq, &irq->target);
	if (irq != mine)
		irq_let_go(irq);
}

/* With interrupts on: the one that is at it waits for this CPU, too. */
static void wait_for_turn(uint32_t ticket)
{
	if (__atomic_load_n(&served, __ATOMIC_ACQUIRE) == ticket)
		return;
	wait_begin("its turn, number %lu, to drain", ticket);
	while (__atomic_load_n(&served, __ATOMIC_ACQUIRE) != ticket)
		pause();
	wait_end();
}

void irq_drain_looking(struct irq *mine, void (*look)(void))
{
	uint32_t ticket = __atomic_fetch_add(&tickets, 1, __ATOMIC_RELAXED);

	wait_for_turn(ticket);
	left_behind = 0;
	irq_each(begin, mine);
	if (left_behind) {
		barrier();
		barrier_and(look);
		irq_each(end, mine);
	}
	__atomic_store_n(&served, ticket + 1, __ATOMIC_RELEASE);
}

void irq_drain(struct irq *mine)
{
	irq_drain_looking(mine, vector_look_at_irr);
}
