// SPDX-License-Identifier: MIT
#include "tests/explore/case.h"

#include <asm-generic/errno.h>

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/await.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/vector.h"
#include "kernel/string.h"
#include "tests/mark.h"

/* CPUs that take no interrupts meanwhile: how many do, and whether they may go on. */
static uint32_t standing, may_go;

static bool is(const struct irq_arrival *arrival, uint32_t cpu, uint8_t vector)
{
	return arrival->cpu == cpu && arrival->vector == vector;
}

static void note(struct explorer *e, enum explore_place place)
{
	__atomic_add_fetch(&e->at[place], 1, __ATOMIC_SEQ_CST);
}

static void handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct explorer *e = context;

	(void)irq;
	if (is(arrival, e->old.cpu, e->old.vector))
		note(e, PLACE_OLD);
	else if (is(arrival, e->new.cpu, e->new.vector))
		note(e, PLACE_NEW);
	else
		note(e, PLACE_ELSEWHERE);
}

static void stray_handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct explorer *e = context;

	(void)irq;
	if (is(arrival, e->new.cpu, e->old.vector))
		note(e, PLACE_STRAY_NEW_O);
	else if (is(arrival, e->old.cpu, e->new.vector))
		note(e, PLACE_STRAY_OLD_N);
	else
		note(e, PLACE_ELSEWHERE);
}

/* With the flush the message is where it goes before the next step begins, or behind the mask. */
static void fire(struct explorer *e, struct explore_fire *result)
{
	struct source *source = e->arm.source;
	struct message_store *store = e->arm.irq->store;

	result->refused = source->ops->fire(source, e->arm.slot);
	if (result->refused)
		return;
	source->ops->flush(source);
	result->held = store_maskable(store) && store->ops->pending(store);
}

static void fire_in(struct explorer *e, unsigned int window, struct explore_fire *result)
{
	mark_window(MARK_FIRE, window);
	fire(e, result);
	mark_window(MARK_FLUSHED, window);
}

static void at_window(struct irq *irq, unsigned int window)
{
	struct explorer *e = irq->context;

	if (window != e->windows++)
		e->out_of_order = true;
	if (window == e->first)
		fire_in(e, window, &e->fires[0]);
	if (window == e->second)
		fire_in(e, window, &e->fires[1]);
}

static bool is_to_go(void *context)
{
	(void)context;
	return __atomic_load_n(&may_go, __ATOMIC_SEQ_CST);
}

static void stand(void *context)
{
	(void)context;
	apic_hold_back();
	__atomic_add_fetch(&standing, 1, __ATOMIC_SEQ_CST);
	await_wake(cpu_get(ROLE_FIRE)); /* it is the one that explores */
	wait_begin("the move to be over, standing as cpu %lu", this_cpu()->index);
	await(is_to_go, NULL);
	wait_end();
	apic_let_in();
}

/* The one that calls moves with interrupts off, and so does the old CPU where a protocol runs
 * there. */
static bool must_stand(const struct explorer *e, uint32_t cpu)
{
	if (cpu == this_cpu()->index)
		return false;
	if (cpu == e->old.cpu && e->arm.protocol->on_old_cpu)
		return false;
	return cpu == e->old.cpu || cpu == e->new.cpu;
}

static bool all_stand(void *count)
{
	return __atomic_load_n(&standing, __ATOMIC_SEQ_CST) == *(uint32_t *)count;
}

/*
 * Two messages at one CPU and vector are one or two interrupts, depending on how soon the CPU takes
 * the first. So that it does not depend, no receiver takes one before the move is over: the local
 * APIC has one bit for both then, and it is always one.
 */
static void let_receivers_stand(const struct explorer *e)
{
	uint32_t count = 0;

	standing = 0;
	__atomic_store_n(&may_go, 0, __ATOMIC_SEQ_CST);
	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
		if (must_stand(e, cpu)) {
			smp_start(cpu, stand, NULL);
			count++;
		}
	wait_begin("%lu receivers to stand still", count);
	await(all_stand, &count);
	wait_end();
}

static void let_receivers_go(const struct explorer *e)
{
	__atomic_store_n(&may_go, 1, __ATOMIC_SEQ_CST);
	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
		if (must_stand(e, cpu)) {
			await_wake(cpu_get(cpu));
			smp_wait(cpu);
		}
}

/*
 * The device is silent, so getting to the old target is no race. What a mistaken protocol made of
 * the store on the way is put right, so that each move is seen by itself. All that the irq has left
 * behind is given back first, or a stray would be taken for a message to an earlier target.
 */
static int go_to_old_target(struct explorer *e)
{
	struct irq *irq = e->arm.irq;
	int error = vector_claim(irq, e->old.cpu, e->old.vector);

	if (!error)
		error = irq_move(irq, e->old.cpu);
	if (error)
		return error;
	if (e->arm.protocol->mistaken && !e->arm.protocol->needs_remapping) {
		store_write_message(irq->store, &irq->message);
		irq->store->ops->flush(irq->store);
	}
	vector_free_others(irq, &irq->target);
	return vector_claim(irq, e->new.cpu, e->new.vector);
}

/*
 * A protocol that is called to the old CPU is called with interrupts on, and has them off itself.
 * What a device that takes its time has held back, and not sent yet, is part of the move.
 */
static int move(struct explorer *e)
{
	struct irq *irq = e->arm.irq;
	uint64_t flags;
	int error;

	irq->at_window = at_window;
	if (e->arm.protocol->on_old_cpu) {
		error = irq_move(irq, e->new.cpu);
	} else {
		flags = interrupts_save();
		error = irq_move(irq, e->new.cpu);
		e->arm.source->ops->flush(e->arm.source);
		interrupts_restore(flags);
	}
	irq->at_window = NULL;
	return error;
}

static void aim(struct explorer *e, const struct explore_geometry *geometry)
{
	bool same_cpu = geometry->relation == SAME_CPU || geometry->relation == BOTH_SAME;
	uint32_t cpu = cpu_count() >= 3 ? 1 : 0;

	e->geometry = geometry;
	e->old = (struct irq_target){.cpu = cpu, .vector = geometry->old_vector};
	e->new = (struct irq_target){.cpu = same_cpu ? cpu : cpu + 1,
	                             .vector = geometry->new_vector};
	e->windows = 0;
	e->out_of_order = false;
	memset(e->fires, 0, sizeof(e->fires));
	memset(e->at, 0, sizeof(e->at));
	/* Of a copy that merged with its original the original is never seen. */
	e->arm.irq->replays_sent = e->arm.irq->replays_seen = e->arm.irq->originals_seen = 0;
}

static uint64_t blocked_so_far(const struct explorer *e)
{
	const struct requester *requester = &e->arm.source->requester;

	return vtd_blocked(requester->segment, requester->id, NULL);
}

int explore_move(struct explorer *e, const struct explore_geometry *geometry)
{
	struct irq *irq = e->arm.irq;
	bool two = e->second != EXPLORE_NEVER;
	uint64_t blocked = blocked_so_far(e);
	int error;

	aim(e, geometry);
	if (!irq_hold(irq))
		return -EBUSY;
	error = go_to_old_target(e);
	if (!error) {
		e->old.apic_id = irq->target.apic_id;
		mark(MARK_CASE_BEGINS, &irq->target);
		if (two)
			let_receivers_stand(e);
		error = move(e);
		if (two)
			let_receivers_go(e);
		arm_prove(&e->arm);
		mark(MARK_CASE_ENDS, &irq->target);
		e->new.apic_id = irq->target.apic_id;
	}
	e->at[PLACE_ORIGINAL] = irq->originals_seen;
	e->blocked = blocked_so_far(e) - blocked;
	irq_let_go(irq);
	return error;
}

int explore_begin(struct explorer *e, struct source *source, const struct protocol *protocol,
                  uint64_t seed)
{
	int error;

	memset(e, 0, sizeof(*e));
	error = arm_alloc(&e->arm, source, 0, protocol, seed);
	if (error)
		return error;
	e->expected = explore_expectation(protocol, e->arm.irq->store);
	error = irq_request(e->arm.irq, 0, handler, stray_handler, e);
	if (error)
		irq_free(e->arm.irq);
	return error;
}

void explore_end(struct explorer *e)
{
	arm_end(&e->arm);
}
