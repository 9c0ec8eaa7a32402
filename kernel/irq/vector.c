// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "kernel/lock.h"
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

/* A vector number, across all CPUs. */
struct number {
	struct irq *irq;
	uint32_t pairs; /* how many CPUs have it in use */
};

static struct pair *pairs[CPU_MAX];
static struct number numbers[256];
static uint8_t next_vector = VECTOR_DEVICE_FIRST;
static uint32_t in_use;
static struct spinlock lock;

/* Each number may be retired on two CPUs: as an intermediate target and as the one after it. */
#define RETIRED_MAX (2 * (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1))
/* A drain begins when so many are retired, and is waited for when so many are. */
#define RETIRED_MANY     64
#define RETIRED_TOO_MANY 160

/* The first `draining` of the retired pairs wait for the barrier `ticket`. */
static struct irq_target retired[RETIRED_MAX];
static uint32_t retired_count;
static uint32_t draining;
static uint64_t ticket;

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

	numbers[target->vector].irq = irq;
	numbers[target->vector].pairs++;
	in_use++;
	pair->irq = irq;
	pair->generation = target->generation;
	__atomic_store_n(&pair->state, state, __ATOMIC_RELEASE);
}

/* Goes round, so that a number just freed rests longest. 0: none free. */
static uint8_t free_number(void)
{
	for (unsigned int i = VECTOR_DEVICE_FIRST; i <= VECTOR_DEVICE_LAST; i++) {
		uint8_t vector = next_vector;

		next_vector = vector == VECTOR_DEVICE_LAST ? VECTOR_DEVICE_FIRST : vector + 1;
		if (!numbers[vector].pairs)
			return vector;
	}
	return 0;
}

int vector_alloc(struct irq *irq, uint32_t cpu, uint32_t generation, struct irq_target *target)
{
	struct cpu *c = cpu_get(cpu);
	uint64_t flags;
	uint8_t vector;

	if (!c)
		return -EINVAL;
	flags = spin_lock_irqsave(&lock);
	vector = free_number();
	if (vector) {
		target->cpu = cpu;
		target->apic_id = c->apic_id;
		target->generation = generation;
		target->vector = vector;
		own(irq, target, PAIR_OWNED);
	}
	spin_unlock_irqrestore(&lock, flags);
	return vector ? 0 : -ENOSPC;
}

void vector_expect_intermediate(struct irq *irq, const struct irq_target *target)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	own(irq, target, PAIR_INTERMEDIATE);
	spin_unlock_irqrestore(&lock, flags);
}

static void free_pair(const struct irq_target *target)
{
	__atomic_store_n(&pairs[target->cpu][target->vector].state, PAIR_FREE, __ATOMIC_RELEASE);
	numbers[target->vector].pairs--;
	in_use--;
}

void vector_free(const struct irq_target *target)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	free_pair(target);
	spin_unlock_irqrestore(&lock, flags);
}

void vector_retire(const struct irq_target *target)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	retired[retired_count++] = *target;
	spin_unlock_irqrestore(&lock, flags);
}

/* With the lock held. Those retired meanwhile wait for the next barrier. */
static void free_drained(void)
{
	for (uint32_t i = 0; i < draining; i++)
		free_pair(&retired[i]);
	retired_count -= draining;
	for (uint32_t i = 0; i < retired_count; i++)
		retired[i] = retired[draining + i];
	draining = 0;
}

/*
 * Begins a drain, or ends the one under way when its barrier is done. The barrier may have to wait
 * for another one, so it is begun without the lock.
 */
static void drain_step(void)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	uint32_t count = draining ? 0 : retired_count;

	if (draining && ticket && barrier_done(ticket))
		free_drained();
	draining += count;
	if (count)
		ticket = 0;
	spin_unlock_irqrestore(&lock, flags);
	if (count)
		__atomic_store_n(&ticket, barrier_begin(), __ATOMIC_RELEASE);
}

void vector_drain(void)
{
	/* What is draining already, and then what came after it. */
	for (int round = 0; round < 2; round++) {
		drain_step();
		while (__atomic_load_n(&draining, __ATOMIC_ACQUIRE)) {
			pause();
			drain_step();
		}
	}
}

void vector_drain_if_short(void)
{
	if (__atomic_load_n(&retired_count, __ATOMIC_RELAXED) < RETIRED_MANY)
		return;
	do
		drain_step();
	while (__atomic_load_n(&retired_count, __ATOMIC_RELAXED) > RETIRED_TOO_MANY);
}

uint32_t vector_in_use(void)
{
	return in_use;
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
