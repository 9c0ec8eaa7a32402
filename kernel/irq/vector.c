// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "kernel/memory.h"

enum pair_state {
	PAIR_FREE,
	PAIR_OWNED,
	PAIR_INTERMEDIATE,
};

/* One CPU/vector pair. Handlers read it without the lock: `state` is written last, read first. */
struct pair {
	struct irq *irq;
	uint32_t generation;
	uint32_t state;
};
_Static_assert(sizeof(struct pair) == 16, "256 of them are one page per CPU");

/* A vector number, across all CPUs. Whoever turns `pairs` from 0 to 1 has the number. */
struct number {
	struct irq *irq;
	uint32_t pairs; /* how many CPUs have it in use */
};

static struct pair *pairs[CPU_MAX];
static struct number numbers[256];
static uint32_t next_number;

static uint64_t unexpected;
static uint32_t unexpected_cpu;
static uint8_t unexpected_vector;

int vector_init(void)
{
	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++) {
		pairs[cpu] = memory_alloc(256 * sizeof(struct pair), 64);
		if (!pairs[cpu])
			return -ENOMEM;
	}
	return 0;
}

static void own(struct irq *irq, const struct irq_target *target, enum pair_state state)
{
	struct pair *pair = &pairs[target->cpu][target->vector];

	pair->irq = irq;
	pair->generation = target->generation;
	__atomic_store_n(&pair->state, state, __ATOMIC_RELEASE);
}

/* Goes round, so that a number just freed rests longest. 0: none free. */
static uint8_t take_number(struct irq *irq)
{
	const uint32_t count = VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t next = __atomic_fetch_add(&next_number, 1, __ATOMIC_RELAXED);
		struct number *number = &numbers[VECTOR_DEVICE_FIRST + next % count];
		uint32_t none = 0;

		if (__atomic_compare_exchange_n(&number->pairs, &none, 1, false, __ATOMIC_ACQUIRE,
		                                __ATOMIC_RELAXED)) {
			number->irq = irq;
			return (uint8_t)(number - numbers);
		}
	}
	return 0;
}

int vector_alloc(struct irq *irq, uint32_t cpu, uint32_t generation, struct irq_target *target)
{
	const struct cpu *c = cpu_get(cpu);
	uint8_t vector;

	if (!c)
		return -EINVAL;
	vector = take_number(irq);
	if (!vector)
		return -ENOSPC;
	target->cpu = cpu;
	target->apic_id = c->apic_id;
	target->generation = generation;
	target->vector = vector;
	own(irq, target, PAIR_OWNED);
	return 0;
}

bool vector_readopt(const struct irq_target *target, uint32_t generation)
{
	struct pair *pair = &pairs[target->cpu][target->vector];

	if (pair->state != PAIR_OWNED)
		return false;
	__atomic_store_n(&pair->generation, generation, __ATOMIC_RELAXED);
	return true;
}

bool vector_expect_intermediate(struct irq *irq, const struct irq_target *target)
{
	if (pairs[target->cpu][target->vector].state == PAIR_INTERMEDIATE)
		return false;
	__atomic_add_fetch(&numbers[target->vector].pairs, 1, __ATOMIC_RELAXED);
	own(irq, target, PAIR_INTERMEDIATE);
	return true;
}

void vector_free(const struct irq_target *target)
{
	__atomic_store_n(&pairs[target->cpu][target->vector].state, PAIR_FREE, __ATOMIC_RELEASE);
	__atomic_sub_fetch(&numbers[target->vector].pairs, 1, __ATOMIC_RELEASE);
}

uint32_t vector_in_use(void)
{
	uint32_t count = 0;

	for (unsigned int i = 0; i < 256; i++)
		count += __atomic_load_n(&numbers[i].pairs, __ATOMIC_RELAXED);
	return count;
}

static void stray(const struct irq_arrival *arrival)
{
	const struct number *number = &numbers[arrival->vector];

	if (__atomic_load_n(&number->pairs, __ATOMIC_RELAXED)) {
		number->irq->stray_handler(number->irq, arrival, number->irq->context);
		return;
	}
	unexpected_cpu = arrival->cpu;
	unexpected_vector = arrival->vector;
	__atomic_add_fetch(&unexpected, 1, __ATOMIC_RELAXED);
}

void vector_arrived(uint32_t cpu, uint8_t vector)
{
	struct pair *pair = &pairs[cpu][vector];
	struct irq_arrival arrival = {.cpu = cpu, .vector = vector};

	switch (__atomic_load_n(&pair->state, __ATOMIC_ACQUIRE)) {
	case PAIR_OWNED:
		arrival.generation = pair->generation;
		pair->irq->handler(pair->irq, &arrival, pair->irq->context);
		break;
	case PAIR_INTERMEDIATE:
		/*
		 * The mover was here with interrupts off, so it has looked already: either it sent
		 * this message again, and the copy is what counts, or it missed it.
		 */
		if (pair->irq->originals_seen < pair->irq->replays_sent)
			pair->irq->originals_seen++;
		else
			stray(&arrival);
		break;
	default:
		stray(&arrival);
	}
}

uint64_t vector_unexpected(uint32_t *cpu, uint8_t *vector)
{
	*cpu = unexpected_cpu;
	*vector = unexpected_vector;
	return __atomic_load_n(&unexpected, __ATOMIC_RELAXED);
}
