// SPDX-License-Identifier: MIT
#include "kernel/irq/vector.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/matrix.h"
#include "kernel/lock.h"
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

static struct pair *pairs[CPU_MAX];
static struct vector_set *irr; /* of each CPU, as vector_look_at_irr() saw it last */

/*
 * The lock is for the matrix and `meant_for`. Interrupts are off under it: a protocol that runs in
 * an interrupt takes it, too.
 */
static struct spinlock lock;
static struct matrix *matrix;
static struct irq *meant_for[MATRIX_VECTORS]; /* whose number it is; NULL: nobody's or shared */

static uint64_t unexpected;
static uint32_t unexpected_cpu;
static uint8_t unexpected_vector;
static vector_foreseen *foreseen_by_test;

static uint64_t on_shutdown;
static uint32_t on_shutdown_cpu;

int vector_init(void)
{
	matrix = memory_alloc(matrix_size(cpu_count()), 64);
	irr = memory_alloc(cpu_count() * sizeof(*irr), 64);
	if (!matrix || !irr)
		return -ENOMEM;
	matrix_init(matrix, cpu_count(), VECTOR_DEVICE_FIRST, VECTOR_DEVICE_LAST);
	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++) {
		pairs[cpu] = memory_alloc(MATRIX_VECTORS * sizeof(struct pair), 64);
		if (!pairs[cpu])
			return -ENOMEM;
		matrix_online(matrix, cpu);
	}
	return 0;
}

static struct vector_set vectors_of(const struct irq *irq)
{
	struct vector_set set = {0};

	for (uint32_t cpu = 0; cpu < matrix->cpus; cpu++)
		if (irq->on[cpu].vector)
			vector_set_add(&set, irq->on[cpu].vector);
	return set;
}

/*
 * Rather none that is taken on the irq's present CPU, either: without remapping a protocol may send
 * messages to that CPU with the new vector.
 */
int vector_alloc(struct irq *irq, uint32_t cpu)
{
	static const struct vector_set none;
	const struct vector_set own = vectors_of(irq);
	uint64_t flags = spin_lock_irqsave(&lock);
	const struct vector_set *here =
	        irq->vectors ? &matrix->cpu[irq->target.cpu].allocated : &none;
	int vector = matrix_alloc(matrix, cpu, &own, here);

	if (vector >= 0) {
		meant_for[vector] = matrix->users[vector] == 1 ? irq : NULL;
		pairs[cpu][vector].irq = irq;
		irq->on[cpu].vector = (uint8_t)vector;
		irq->vectors++;
	}
	spin_unlock_irqrestore(&lock, flags);
	return vector < 0 ? vector : 0;
}

int vector_claim(struct irq *irq, uint32_t cpu, uint8_t vector)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	bool has = pairs[cpu][vector].irq == irq;
	int error = has ? 0 : matrix_alloc_this(matrix, cpu, vector);

	if (!error) {
		meant_for[vector] = irq;
		pairs[cpu][vector].irq = irq;
		irq->vectors += !irq->on[cpu].vector;
		irq->on[cpu].vector = vector;
	}
	spin_unlock_irqrestore(&lock, flags);
	return error;
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
	uint64_t flags;
	int error;

	if (pair->irq == irq)
		return; /* from an earlier move between the same CPUs */
	flags = spin_lock_irqsave(&lock);
	error = matrix_alloc_this(matrix, target->cpu, target->vector);
	spin_unlock_irqrestore(&lock, flags);
	if (error)
		return;
	pair->irq = irq;
	__atomic_store_n(&pair->state, PAIR_INTERMEDIATE, __ATOMIC_RELEASE);
}

/* Under the lock. */
static void free_pair(uint32_t cpu, uint8_t vector)
{
	struct pair *pair = &pairs[cpu][vector];

	__atomic_store_n(&pair->state, PAIR_FREE, __ATOMIC_RELEASE);
	__atomic_store_n(&pair->irq, NULL, __ATOMIC_RELEASE);
	matrix_free(matrix, cpu, vector);
	if (!matrix->users[vector])
		meant_for[vector] = NULL;
}

/* A number the irq has on one CPU, it may have on any other as an intermediate. */
static void free_intermediates(const struct irq *irq, uint8_t vector)
{
	for (uint32_t cpu = 0; cpu < matrix->cpus; cpu++)
		if (pairs[cpu][vector].irq == irq && pairs[cpu][vector].state == PAIR_INTERMEDIATE)
			free_pair(cpu, vector);
}

/* Not only what irq->on says: there are intermediate pairs and claimed ones, too. */
void vector_free_others(struct irq *irq, const struct irq_target *keep)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	for (uint32_t cpu = 0; cpu < matrix->cpus; cpu++)
		for (unsigned int v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++) {
			if (pairs[cpu][v].irq != irq ||
			    (keep && keep->cpu == cpu && keep->vector == v))
				continue;
			free_pair(cpu, (uint8_t)v);
			if (irq->on[cpu].vector == v) {
				irq->on[cpu].vector = 0;
				irq->vectors--;
			}
		}
	spin_unlock_irqrestore(&lock, flags);
}

void vector_look_at_irr(void)
{
	struct vector_set *set = &irr[this_cpu()->index];

	for (unsigned int v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++)
		if (apic_irr((uint8_t)v))
			vector_set_add(set, (uint8_t)v);
		else
			vector_set_remove(set, (uint8_t)v);
}

bool vector_others_pending(const struct irq *irq, const struct irq_target *keep)
{
	const struct vector_set numbers = vectors_of(irq);

	for (unsigned int v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++) {
		if (!vector_set_has(&numbers, (uint8_t)v))
			continue;
		for (uint32_t cpu = 0; cpu < matrix->cpus; cpu++)
			if (pairs[cpu][v].irq == irq && vector_set_has(&irr[cpu], (uint8_t)v) &&
			    !(keep->cpu == cpu && keep->vector == v))
				return true;
	}
	return false;
}

void vector_reserve(void)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	matrix_reserve(matrix);
	spin_unlock_irqrestore(&lock, flags);
}

void vector_unreserve(void)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	matrix_unreserve(matrix);
	spin_unlock_irqrestore(&lock, flags);
}

void vector_online(uint32_t cpu)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	matrix_online(matrix, cpu);
	spin_unlock_irqrestore(&lock, flags);
}

void vector_offline(uint32_t cpu)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	matrix_offline(matrix, cpu);
	spin_unlock_irqrestore(&lock, flags);
}

/* Without the lock: on a CPU that is about to leave, hotplug.c waits for moves that have begun. */
bool vector_is_online(uint32_t cpu)
{
	return __atomic_load_n(&matrix->cpu[cpu].online, __ATOMIC_SEQ_CST);
}

void vector_forget(uint32_t cpu)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	for (unsigned int v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++) {
		struct irq *irq = pairs[cpu][v].irq;

		if (!irq)
			continue;
		if (irq->on[cpu].vector == v) {
			/* In moves to this CPU the others may have had it. */
			free_intermediates(irq, (uint8_t)v);
			irq->on[cpu].vector = 0;
			irq->vectors--;
		}
		free_pair(cpu, (uint8_t)v);
	}
	irr[cpu] = (struct vector_set){0};
	spin_unlock_irqrestore(&lock, flags);
}

int vector_best_cpu(uint32_t cpus)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	int cpu = matrix_best_cpu(matrix, cpus);

	spin_unlock_irqrestore(&lock, flags);
	return cpu;
}

void vector_count(struct vector_counts *counts)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	counts->allocated = 0;
	for (uint32_t cpu = 0; cpu < matrix->cpus; cpu++)
		counts->allocated += matrix->cpu[cpu].count;
	counts->reserved = matrix->reserved;
	counts->available = matrix->online * matrix->usable - matrix->allocated;
	spin_unlock_irqrestore(&lock, flags);
}

uint32_t vector_targets_on(uint32_t cpu)
{
	uint32_t count = 0;

	for (const struct irq *irq = irq_first(); irq; irq = irq->next)
		count += irq->target.cpu == cpu && irq->target.vector != VECTOR_SHUTDOWN;
	return count;
}

uint32_t vector_available_elsewhere(uint32_t cpu)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	uint32_t count = matrix_available_elsewhere(matrix, cpu);

	spin_unlock_irqrestore(&lock, flags);
	return count;
}

int vector_limit(uint32_t count)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	uint32_t last = count ? VECTOR_DEVICE_FIRST + count - 1 : VECTOR_DEVICE_LAST;
	int error = matrix_set_usable(matrix, VECTOR_DEVICE_FIRST, (uint8_t)last);

	spin_unlock_irqrestore(&lock, flags);
	return error;
}

struct irq *vector_owner(uint32_t cpu, uint8_t vector, bool *intermediate)
{
	const struct pair *pair = &pairs[cpu][vector];
	uint32_t state = __atomic_load_n(&pair->state, __ATOMIC_ACQUIRE);

	*intermediate = state == PAIR_INTERMEDIATE;
	return state == PAIR_FREE ? NULL : pair->irq;
}

/* Without the lock, so that it can be called from anywhere; the figures may be of two moments. */
void vector_print(void)
{
	if (matrix)
		matrix_print(matrix);
}

static void stray(const struct irq_arrival *arrival)
{
	struct irq *irq = __atomic_load_n(&meant_for[arrival->vector], __ATOMIC_RELAXED);

	if (irq && irq->stray_handler) {
		irq->stray_handler(irq, arrival, irq->context);
		return;
	}
	if (foreseen_by_test && foreseen_by_test(arrival))
		return;
	unexpected_cpu = arrival->cpu;
	unexpected_vector = arrival->vector;
	__atomic_add_fetch(&unexpected, 1, __ATOMIC_RELAXED);
}

/*
 * An edge is ended first: the next one may come while this one is handled. A level is ended when
 * the handler has silenced the device, or it would be sent again at once.
 */
static void handle(struct irq *irq, const struct irq_arrival *arrival)
{
	void (*end_of_interrupt)(struct irq *) = irq->leaf->end_of_interrupt;

	if (!end_of_interrupt)
		apic_eoi();
	irq->on[arrival->cpu].arrived++;
	if (irq->handler)
		irq->handler(irq, arrival, irq->context);
	else
		stray(arrival); /* it has a vector, and nobody has requested it */
	if (end_of_interrupt) {
		apic_eoi();
		end_of_interrupt(irq);
	}
}

/*
 * The mover was here with interrupts off, so it has looked already: either it sent this message
 * again, and the copy is what counts, or it missed it. The copy may be quicker: where nobody waits
 * for both, the next message's original can come in on another CPU at the same time.
 */
static void handle_intermediate(struct irq *irq, const struct irq_arrival *arrival)
{
	apic_eoi();
	if (__atomic_load_n(&irq->originals_seen, __ATOMIC_RELAXED) <
	    __atomic_load_n(&irq->replays_sent, __ATOMIC_SEQ_CST))
		__atomic_add_fetch(&irq->originals_seen, 1, __ATOMIC_RELAXED);
	else
		stray(arrival);
}

/*
 * The irq is read after the state, and only once: a device that has an old message still, against
 * the rules, may send it while the pair is being freed.
 */
void vector_arrived(uint32_t cpu, uint8_t vector)
{
	if (!pairs[cpu]) {
		irq_before_start(vector);
		return;
	}

	struct pair *pair = &pairs[cpu][vector];
	uint32_t state = __atomic_load_n(&pair->state, __ATOMIC_ACQUIRE);
	struct irq *irq = __atomic_load_n(&pair->irq, __ATOMIC_RELAXED);
	struct irq_arrival arrival = {.cpu = cpu, .vector = vector};

	switch (irq ? state : PAIR_FREE) {
	case PAIR_OWNED:
		arrival.generation = pair->generation;
		handle(irq, &arrival);
		break;
	case PAIR_INTERMEDIATE:
		handle_intermediate(irq, &arrival);
		break;
	default:
		apic_eoi();
		stray(&arrival);
	}
}

void vector_shutdown_arrived(uint32_t cpu)
{
	apic_eoi();
	on_shutdown_cpu = cpu;
	__atomic_add_fetch(&on_shutdown, 1, __ATOMIC_RELAXED);
}

void vector_foresee(vector_foreseen *foreseen)
{
	__atomic_store_n(&foreseen_by_test, foreseen, __ATOMIC_SEQ_CST);
}

uint64_t vector_unexpected(uint32_t *cpu, uint8_t *vector)
{
	*cpu = unexpected_cpu;
	*vector = unexpected_vector;
	return __atomic_load_n(&unexpected, __ATOMIC_RELAXED);
}

uint64_t vector_on_shutdown(uint32_t *cpu)
{
	*cpu = on_shutdown_cpu;
	return __atomic_load_n(&on_shutdown, __ATOMIC_RELAXED);
}
