// SPDX-License-Identifier: MIT
#include "tests/storm/storm.h"

#include "kernel/cpu/cpu.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "tests/chain.h"

/* Each vector that the irq believes it has is owned by it, and the target is one of them. */
static void check_vectors(struct test_run *run, const struct irq *irq)
{
	const struct irq_target *target = &irq->target;
	uint32_t count = 0;
	bool intermediate;

	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++) {
		uint8_t vector = irq->on[cpu].vector;
		const struct irq *owner;

		if (!vector)
			continue;
		count++;
		owner = vector_owner(cpu, vector, &intermediate);
		test_check(run, owner == irq && !intermediate,
		           "irq %u believes to own vector %02x of cpu %u, which is %s", irq->number,
		           vector, cpu, owner ? "another's" : "free");
	}
	test_check(run, count == irq->vectors, "irq %u has %u vectors and counts %u", irq->number,
	           count, irq->vectors);
	test_check(run,
	           target->vector == VECTOR_SHUTDOWN ||
	                   irq->on[target->cpu].vector == target->vector,
	           "the target of irq %u is vector %02x of cpu %u, where it has %02x", irq->number,
	           target->vector, target->cpu, irq->on[target->cpu].vector);
}

/* Requested: a vector. Allocated only: where it can, no vector and a reservation. */
static void check_state(struct test_run *run, const struct storm_place *place)
{
	const struct irq *irq = place->arm.irq;
	bool shut_down = irq->target.vector == VECTOR_SHUTDOWN;

	test_check(run, irq->active == place->requested, "irq %u is %srequested", irq->number,
	           irq->active ? "" : "not ");
	test_check(run, irq->reserved == shut_down && (!shut_down || !irq->vectors),
	           "irq %u has vector %02x, %u vectors and %s reservation", irq->number,
	           irq->target.vector, irq->vectors, irq->reserved ? "a" : "no");
	test_check(run, !place->requested || !shut_down,
	           "irq %u is requested and has the shutdown vector", irq->number);
	test_check(run, !irq->moving, "irq %u is still held", irq->number);
}

void storm_check(struct test_run *run, const struct storm_places *places)
{
	const struct counts now = counts_take();
	struct counts expected = places->before;
	uint32_t vectors = 0;

	for (unsigned int n = 0; n < places->count && !run->failed; n++) {
		const struct storm_place *place = &places->place[n];

		if (!place->allocated)
			continue;
		check_state(run, place);
		check_vectors(run, place->arm.irq);
		expected.irqs++;
		expected.entries += place->arm.irq->levels > 2;
		expected.vectors.reserved += place->arm.irq->reserved;
		vectors += place->arm.irq->vectors;
	}
	if (run->failed)
		return;
	/* Those beyond are kept for messages between two targets; storm_check_all() counts them. */
	test_check(run, now.vectors.allocated >= vectors, "%u vectors are allocated, irqs have %u",
	           now.vectors.allocated, vectors);
	expected.vectors.allocated = now.vectors.allocated;
	expected.vectors.available = now.vectors.available;
	counts_check(run, &expected, "after a step");
}

/* Whether the irq has that number on some CPU. */
static bool has_number(const struct irq *irq, uint8_t vector)
{
	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
		if (irq->on[cpu].vector == vector)
			return true;
	return false;
}

static uint32_t check_pairs_of_cpu(struct test_run *run, uint32_t cpu)
{
	uint32_t count = 0;

	for (unsigned int v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++) {
		bool intermediate;
		const struct irq *owner = vector_owner(cpu, (uint8_t)v, &intermediate);

		if (!owner)
			continue;
		count++;
		test_check(run,
		           intermediate ? has_number(owner, (uint8_t)v)
		                        : owner->on[cpu].vector == v,
		           "vector %02x of cpu %u is owned by irq %u, which does not know it", v,
		           cpu, owner->number);
	}
	return count;
}

void storm_check_all(struct test_run *run, const struct storm_places *places)
{
	const struct counts now = counts_take();
	uint32_t pairs = 0;

	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
		pairs += check_pairs_of_cpu(run, cpu);
	test_check(run, now.vectors.allocated == pairs,
	           "%u vectors are allocated, and %u have an owner", now.vectors.allocated, pairs);
	for (unsigned int n = 0; n < places->count && !run->failed; n++)
		if (places->place[n].allocated)
			chain_check(run, places->place[n].arm.irq, "hardware");
}
