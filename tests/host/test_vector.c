// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/irq.c kernel/irq/leaf.c
// links: kernel/irq/message.c kernel/irq/protocol.c kernel/irq/protocols/naive.c
// links: kernel/irq/vector.c kernel/irq/vector_domain.c
// links: tests/host/fake_machine.c tests/host/fake_remapping.c tests/host/fake_store.c
// links: tests/host/irq_fixture.c
//
// Who owns which pair of CPU and vector, up to the last one.
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "tests/host/fake_machine.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define VECTORS (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1)

/* One irq more than there are vectors; all but the last are requested on CPU 1. */
static struct fake_store stores[VECTORS + 1];
static struct irq *irqs[VECTORS + 1];

static void take_all_vectors(void)
{
	for (int i = 0; i <= VECTORS; i++) {
		fake_store_init(&stores[i], false);
		assert_int_equal(allocate_irq(&irq_leaf_msi, &stores[i], &irqs[i]), 0);
	}
	for (int i = 0; i < VECTORS; i++)
		assert_int_equal(request_irq(irqs[i], 1), 0);
	assert_int_equal(vector_in_use(), VECTORS);
}

static void give_all_back(int requested)
{
	for (int i = 0; i < requested; i++)
		irq_release(irqs[i]);
	for (int i = 0; i <= VECTORS; i++)
		irq_free(irqs[i]);
}

static void there_are_so_many_vectors_and_no_more(void **state)
{
	bool seen[256] = {false};

	(void)state;
	take_all_vectors();
	assert_int_equal(request_irq(irqs[VECTORS], 1), -ENOSPC);
	assert_int_equal(request_irq(irqs[VECTORS], 2), -ENOSPC);
	assert_int_equal(stores[VECTORS].count, 0);
	for (int i = 0; i < VECTORS; i++) {
		assert_false(seen[irqs[i]->target.vector]);
		seen[irqs[i]->target.vector] = true;
		fake_store_fire(&stores[i]);
		assert_int_equal(fixture.last.vector, irqs[i]->target.vector);
	}
	assert_int_equal(fixture.arrivals, VECTORS);
	irq_release(irqs[0]);
	assert_int_equal(request_irq(irqs[VECTORS], 2), 0);
	irq_release(irqs[VECTORS]);
	assert_int_equal(request_irq(irqs[0], 2), 0);
	give_all_back(VECTORS);
}

static void without_a_free_vector_a_move_keeps_the_old_target(void **state)
{
	struct irq_target before;

	(void)state;
	take_all_vectors();
	before = irqs[7]->target;
	assert_int_equal(irq_set_affinity(irqs[7], 2), -ENOSPC);
	assert_memory_equal(&irqs[7]->target, &before, sizeof(before));
	fake_store_fire(&stores[7]);
	assert_int_equal(fixture.arrivals, 1);
	assert_int_equal(fixture.last.cpu, 1);
	give_all_back(VECTORS);
}

/* The target left behind is drained when its vector is all that is left. */
static void one_free_vector_is_enough_to_move_on_and_on(void **state)
{
	(void)state;
	take_all_vectors();
	irq_release(irqs[VECTORS - 1]);
	for (unsigned int n = 0; n < 1000; n++) {
		assert_int_equal(irq_set_affinity(irqs[7], n % FAKE_CPUS), 0);
		fake_store_fire(&stores[7]);
		assert_int_equal(fixture.arrivals, n + 1);
		assert_int_equal(fixture.last.cpu, n % FAKE_CPUS);
	}
	give_all_back(VECTORS - 1);
}

static void the_two_targets_of_a_move_differ_in_the_vector(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	for (uint32_t n = 0; n < 5000; n++) {
		uint32_t next = (fixture.irq->target.cpu + 1 + n % (FAKE_CPUS - 1)) % FAKE_CPUS;

		assert_int_equal(irq_set_affinity(fixture.irq, next), 0);
		assert_int_not_equal(fixture.irq->target.vector, fixture.irq->previous.vector);
		assert_delivered_on(next);
		if (n % 10 == 0)
			irq_drain(fixture.irq);
	}
	give_irq_back();
}

/* The number tells whose it is, wherever it comes in. */
static void a_stray_reaches_the_irq_that_has_the_number(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	fake_machine_interrupt(FAKE_APIC_ID(3), fixture.irq->target.vector);
	assert_int_equal(fixture.strays, 1);
	assert_int_equal(fixture.arrivals, 1);
	fixture.strays = 0;
	give_irq_back();
}

/* Not even one that got its vector. */
static void a_vector_of_nobody_is_counted_as_unexpected(void **state)
{
	uint8_t vector, freed;
	uint32_t cpu;

	(void)state;
	take_irq(&irq_leaf_msi, 1);
	freed = fixture.irq->target.vector;
	give_irq_back();
	assert_int_equal(vector_unexpected(&cpu, &vector), 0);
	fake_machine_interrupt(FAKE_APIC_ID(1), freed);
	assert_int_equal(vector_unexpected(&cpu, &vector), 1);
	assert_int_equal(cpu, 1);
	assert_int_equal(vector, freed);
	assert_int_equal(fixture.arrivals, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(there_are_so_many_vectors_and_no_more),
	        DIRECT(without_a_free_vector_a_move_keeps_the_old_target),
	        DIRECT(one_free_vector_is_enough_to_move_on_and_on),
	        DIRECT(the_two_targets_of_a_move_differ_in_the_vector),
	        DIRECT(a_stray_reaches_the_irq_that_has_the_number),
	        DIRECT(a_vector_of_nobody_is_counted_as_unexpected),
	};

	return cmocka_run_group_tests_name("vector", tests, irq_fixture_start, NULL);
}
