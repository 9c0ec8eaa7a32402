// SPDX-License-Identifier: MIT
#include "kernel/irq/protocols/two_step.h"
#include "kernel/cpu/apic.h"
#include "kernel/irq/protocol.h"

/*
 * two-step: what Linux's msi_set_affinity() does for an MSI it cannot mask (arch/x86/kernel/apic/
 * msi.c, since 6f1a4891a592). It runs on the interrupt's old CPU with interrupts off, so that a
 * message torn in two can only wait in the local IRR, where the new vector tells it apart.
 *
 *   old CPU (interrupts off)    device sends   where it goes
 *   ------------------------    ------------   -------------
 *                            W0 {old, o}       waits in the old CPU's IRR, taken after the move
 *   write {old, n}
 *                            W1 {old, n}       waits in the old CPU's IRR, under n
 *   write {new, n}
 *                            W2 {new, n}       new CPU takes n
 *   flush
 *   n in the local IRR?
 *   then send n by IPI ----------------------> new CPU takes n: the replay
 *                            W3 {new, n}       new CPU takes n
 *   interrupts on: takes n, known as the original of a replay, and drops it
 *
 * It needs the old and the new vector to differ: step one must change nothing but the data.
 */
void two_step(struct move *move)
{
	struct message between = move->old;

	between.data = move->new.data;
	window(move, 0);
	store_write_message(move->store, &between);
	window(move, 1);
	store_write_message(move->store, &move->new);
	window(move, 2);
	move->store->ops->flush(move->store);
}

void two_step_replay(struct move *move)
{
	irq_expect_intermediate(move->irq);
	two_step(move);
	if (apic_irr(move->irq->target.vector))
		irq_replay(move->irq);
	window(move, 3);
}

PROTOCOL(30, two_step) = {
        .name = "two-step",
        .promise = PROMISE_LOSSLESS,
        .replays = true,
        .on_old_cpu = true,
        .move = two_step_replay,
};

/* The same without its last part, to show what the look into the IRR is there for: W1 is lost. */
PROTOCOL(31, two_step_no_retrigger) = {
        .name = "two-step-no-retrigger",
        .promise = PROMISE_NOTHING,
        .on_old_cpu = true,
        .move = two_step,
};
