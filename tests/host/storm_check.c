// SPDX-License-Identifier: MIT
#include "tests/host/storm_check.h"

#include <asm-generic/errno.h>

#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "tests/host/unit.h"

#define MANY 200 /* of some error, or success, in a whole storm */

struct fake_store storm_stores[STORM_IRQS];

static unsigned int arrivals; /* that there must have been */
static uint64_t on_shutdown, unexpected;

static struct {
	int result; /* 0: or more */
	unsigned int times;
} results[] = {{0, 0},      {-ENOSPC, 0}, {-EINVAL, 0},    {-ERANGE, 0},
               {-EBUSY, 0}, {-ENODEV, 0}, {STORM_ERROR, 0}};

#define RESULTS (sizeof(results) / sizeof(results[0]))

void storm_agree(int kernel, int expected)
{
	assert_int_equal(kernel, expected);
	for (size_t r = 0; r < RESULTS; r++)
		if (results[r].result == (kernel < 0 ? kernel : 0)) {
			results[r].times++;
			return;
		}
	fail_msg("a result that nothing is said of: %d", kernel);
}

void storm_check_variety(void)
{
	for (size_t r = 0; r < RESULTS; r++)
		assert_true(results[r].times > MANY);
}

void storm_arrived(int i, const struct irq_target *target)
{
	arrivals++;
	assert_int_equal(fixture.arrivals, arrivals);
	assert_ptr_equal(fixture.last_irq, model.irqs[i].irq);
	assert_int_equal(fixture.last.cpu, target->cpu);
	assert_int_equal(fixture.last.vector, target->vector);
	assert_int_equal(fixture.last.generation, target->generation);
}

void storm_fire(int i)
{
	const struct model_irq *m = &model.irqs[i];
	bool maskable = store_maskable(&storm_stores[i].store);

	fake_store_fire(&storm_stores[i]);
	if (m->active)
		storm_arrived(i, &m->target);
	else if (!maskable && m->target.vector == VECTOR_SHUTDOWN)
		on_shutdown++;
	else if (!maskable)
		unexpected++;
}

static void check_counts(void)
{
	uint32_t vectors = 0, on_online = 0, reserved = 0, irqs = 0, online = 0;
	struct vector_counts counts;

	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++) {
		online += model.online[cpu];
		for (unsigned int v = 0; v < 256; v++) {
			bool taken = model.pairs[cpu][v].owner;

			vectors += taken;
			on_online += taken && model.online[cpu];
		}
	}
	for (int i = 0; i < STORM_IRQS; i++) {
		irqs += model.irqs[i].allocated;
		reserved += model.irqs[i].reserved;
	}
	vector_count(&counts);
	assert_int_equal(counts.allocated, vectors);
	assert_int_equal(counts.reserved, reserved);
	assert_int_equal(counts.available, online * model.vectors - on_online);
	assert_int_equal(irq_count(), irqs);
	assert_int_equal(fake_remapping_allocated(), model.remapped ? irqs : 0);
	assert_int_equal(fake_remapping_active(), model.remapped ? irqs : 0);
}

/* In the model a pair has one owner. */
static void check_owners(void)
{
	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++)
		for (unsigned int v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++) {
			const struct model_pair *pair = &model.pairs[cpu][v];
			bool intermediate;
			const struct irq *owner = vector_owner(cpu, (uint8_t)v, &intermediate);

			assert_ptr_equal(owner, pair->owner ? pair->owner->irq : NULL);
			assert_int_equal(intermediate, pair->intermediate);
		}
}

static void check_irq(const struct model_irq *m)
{
	const struct irq *irq = m->irq;

	assert_memory_equal(&irq->target, &m->target, sizeof(m->target));
	assert_int_equal(irq->active, m->active);
	assert_int_equal(irq->reserved, m->reserved);
	assert_int_equal(irq->vectors, model_vectors(m));
	assert_int_equal(irq->moving, 0);
	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++)
		assert_int_equal(irq->on[cpu].vector, m->on[cpu]);
}

static void check_store(const struct fake_store *store, const struct model_irq *m)
{
	assert_int_equal(store->masked, store_maskable(&store->store) && !m->active);
	assert_int_equal(message_is_remappable(&store->words), model.remapped);
	if (model.remapped)
		return;
	assert_int_equal(message_destination(&store->words), m->target.apic_id);
	assert_int_equal(message_vector(&store->words), m->target.vector);
}

void storm_check(void)
{
	uint32_t cpu;
	uint8_t vector;

	check_counts();
	check_owners();
	for (int i = 0; i < STORM_IRQS; i++)
		if (model.irqs[i].allocated) {
			check_irq(&model.irqs[i]);
			check_store(&storm_stores[i], &model.irqs[i]);
		}
	for (int i = 0; i < STORM_IRQS; i++)
		if (model.irqs[i].active)
			storm_fire(i);
	assert_int_equal(fixture.arrivals, arrivals);
	assert_int_equal(fixture.strays, 0);
	assert_int_equal(vector_on_shutdown(&cpu), on_shutdown);
	assert_int_equal(vector_unexpected(&cpu, &vector), unexpected);
}
