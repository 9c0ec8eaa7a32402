// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <stdbool.h>
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

/* One CPU/vector pair. Handlers read it while a mover writes: `state` goes last, is read first. */
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

static bool take(struct number *number)
{
	uint32_t none = 0;

	return __atomic_compare_exchange_n(&number->pairs, &none, 1, false, __ATOMIC_ACQUIRE,
	                                   __ATOMIC_RELAXED);
}

/* Goes round, so that a number just freed rests longest. */
uint8_t vector_alloc(struct irq *irq, uint32_t cpu)
{
	const uint32_t count = VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t next = __atomic_fetch_add(&next_number, 1, __ATOMIC_RELAXED) % count;
		uint8_t vector = (uint8_t)(VECTOR_DEVICE_FIRST + next);

		if (!take(&numbers[vector]))
			continue;
		numbers[vector].irq = irq;
		pairs[cpu][vector].irq = irq;
		return vector;
	}
	return 0;
}

void vector_own(struct irq *irq, const struct irq_target *target)
{
	struct pair *pair = &pairs[target->cpu][target->vector];

	pair->irq = irq;
	__atomic_store_n(&pair->generation, target->generation, __ATOMIC_RELAXED);
	__atomic_store_n(&pair->state, PAIR_OWNED, __ATOMIC_RELEASE);
}

void vector_expect_intermediate(struct irq *irq, const struct irq_target *target)
{
	struct pair *pair = &pairs[target->cpu][target->vector];

	if (pair->state == PAIR_INTERMEDIATE)
		return; /* from an earlier move between the same CPUs */
	__atomic_add_fetch(&numbers[target->vector].pairs, 1, __ATOMIC_RELAXED);
	pair->irq = irq;
	__atomic_store_n(&pair->state, PAIR_INTERMEDIATE, __ATOMIC_RELEASE);
}

static void free_others_on(struct irq *irq, uint32_t cpu, uint8_t keep)
{
	for (unsigned int v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++) {
		struct pair *pair = &pairs[cpu][v];

		if (pair->irq != irq || v == keep)
			continue;
		__atomic_store_n(&pair->state, PAIR_FREE, __ATOMIC_RELEASE);
		pair->irq = NULL;
		__atomic_sub_fetch(&numbers[v].pairs, 1, __ATOMIC_RELEASE);
	}
	irq->vector_on[cpu] = keep;
}

void vector_free_others(struct irq *irq, const struct irq_target *keep)
{
	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
		free_others_on(irq, cpu, keep && keep->cpu == cpu ? keep->vector : 0);
	irq->vectors = keep ? 1 : 0;
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
