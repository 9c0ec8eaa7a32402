// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/protocols/naive.c kernel/irq/vector.c
// links: kernel/irq/vector_domain.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c tests/host/irq_fixture.c
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
#define ALL     (FAKE_CPUS * VECTORS)

/* One irq more than there are vectors on all CPUs. */
static struct fake_store stores[ALL + 1];
static struct irq *irqs[ALL + 1];
static int allocated;

static void allocate(int count)
{
	for (allocated = 0; allocated < count; allocated++) {
		fake_store_init(&stores[allocated], true);
		assert_int_equal(allocate_irq(&irq_leaf_msix, &stores[allocated], &irqs[allocated]),
		                 0);
	}
}

static void give_all_back(void)
{
	while (allocated-- > 0) {
		if (irqs[allocated]->active)
			assert_int_equal(irq_release(irqs[allocated]), 0);
		irq_free(irqs[allocated]);
	}
}

/* Irq `i` gets one message, at its target. */
static void assert_works(int i)
{
	const struct irq_target *target = &irqs[i]->target;
	unsigned int before = fixture.arrivals;

	fake_store_fire(&stores[i]);
	assert_int_equal(fixture.arrivals, before + 1);
	assert_ptr_equal(fixture.last_irq, irqs[i]);
	assert_int_equal(fixture.last.cpu, target->cpu);
	assert_int_equal(fixture.last.vector, target->vector);
	assert_int_equal(fixture.last.generation, target->generation);
}

static void a_cpu_has_so_many_vectors_and_no_more(void **state)
{
	bool seen[256] = {false};

	(void)state;
	allocate(VECTORS + 1);
	for (int i = 0; i < VECTORS; i++)
		assert_int_equal(request_irq(irqs[i], 1), 0);
	for (int n = 0; n < 100; n++) {
		assert_int_equal(request_irq(irqs[VECTORS], 1), -ENOSPC);
		assert_int_equal(vectors_in_use(), VECTORS);
	}
	for (int i = 0; i < VECTORS; i++) {
		assert_in_range(irqs[i]->target.vector, VECTOR_DEVICE_FIRST, VECTOR_DEVICE_LAST);
		assert_false(seen[irqs[i]->target.vector]);
		seen[irqs[i]->target.vector] = true;
		assert_works(i);
	}
	assert_int_equal(request_irq(irqs[VECTORS], 2), 0);
	assert_works(VECTORS);
	assert_int_equal(irq_release(irqs[7]), 0);
	assert_int_equal(irq_set_affinity(irqs[VECTORS], 1), 0);
	assert_works(VECTORS);
	give_all_back();
}

/* Spread evenly, and all of them found. */
static void all_cpus_together_have_so_many_vectors_and_no_more(void **state)
{
	struct vector_counts counts;

	(void)state;
	allocate(ALL + 1);
	for (int i = 0; i < ALL; i++) {
		assert_int_equal(request_irq(irqs[i], IRQ_CPU_ANY), 0);
		assert_int_equal(irqs[i]->target.cpu, i % FAKE_CPUS);
	}
	vector_count(&counts);
	assert_int_equal(counts.allocated, ALL);
	assert_int_equal(counts.available, 0);
	assert_int_equal(counts.reserved, 1);
	assert_int_equal(request_irq(irqs[ALL], IRQ_CPU_ANY), -ENOSPC);
	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++) {
		assert_int_equal(request_irq(irqs[ALL], cpu), -ENOSPC);
		assert_int_equal(vector_targets_on(cpu), VECTORS);
		assert_int_equal(vector_available_elsewhere(cpu), 0);
	}
	for (int i = 0; i < ALL; i++)
		assert_works(i);
	assert_int_equal(irq_release(irqs[2]), 0);
	assert_int_equal(vector_available_elsewhere(1), 1);
	assert_int_equal(vector_available_elsewhere(2), 0);
	assert_int_equal(request_irq(irqs[ALL], IRQ_CPU_ANY), 0);
	assert_int_equal(irqs[ALL]->target.cpu, 2);
	assert_works(ALL);
	give_all_back();
}

/* Those of the CPU it leaves are no help. */
static void a_move_to_a_full_cpu_keeps_the_old_target(void **state)
{
	struct irq_target before;

	(void)state;
	allocate(VECTORS + 1);
	for (int i = 0; i < VECTORS; i++)
		assert_int_equal(request_irq(irqs[i], 2), 0);
	assert_int_equal(request_irq(irqs[VECTORS], 1), 0);
	before = irqs[VECTORS]->target;
	for (int n = 0; n < 100; n++) {
		assert_int_equal(irq_set_affinity(irqs[VECTORS], 2), -ENOSPC);
		assert_memory_equal(&irqs[VECTORS]->target, &before, sizeof(before));
		assert_works(VECTORS);
	}
	assert_int_equal(vectors_in_use(), VECTORS + 1);
	for (int i = 0; i < VECTORS; i++)
		if (irqs[i]->target.vector != before.vector) {
			assert_int_equal(irq_release(irqs[i]), 0);
			break;
		}
	assert_int_equal(irq_set_affinity(irqs[VECTORS], 2), 0);
	assert_works(VECTORS);
	give_all_back();
}

/* The two targets of a move differ in the vector, or two-step could not tell them apart. */
static void the_same_number_on_the_new_cpu_is_no_help(void **state)
{
	struct irq_target before;

	(void)state;
	assert_int_equal(vector_limit(1), 0);
	allocate(1);
	assert_int_equal(request_irq(irqs[0], 1), 0);
	before = irqs[0]->target;
	assert_int_equal(irq_set_affinity(irqs[0], 2), -ENOSPC);
	assert_memory_equal(&irqs[0]->target, &before, sizeof(before));
	assert_works(0);
	give_all_back();
}

/* Any irq's vector may be what the last one left behind; it is drained when it is needed. */
static void one_free_vector_is_enough_to_move_on_and_on(void **state)
{
	uint32_t hole;

	(void)state;
	allocate(ALL);
	for (int i = 0; i < ALL - 1; i++)
		assert_int_equal(request_irq(irqs[i], IRQ_CPU_ANY), 0);
	hole = FAKE_CPUS - 1;
	for (int n = 0; n < 1000; n++) {
		int i = n % (ALL - 1);
		uint32_t from = irqs[i]->target.cpu;

		if (from == hole)
			continue;
		assert_int_equal(irq_set_affinity(irqs[i], hole), 0);
		assert_int_equal(irqs[i]->target.cpu, hole);
		assert_works(i);
		hole = from;
	}
	give_all_back();
}

/* The CPU with the most vectors left has none, nor the first: it is on CPU 2. */
static void any_cpu_is_the_one_where_a_vector_was_left_behind(void **state)
{
	(void)state;
	assert_int_equal(vector_limit(2), 0);
	allocate(2 * FAKE_CPUS);
	for (int i = 0; i < allocated - 1; i++)
		assert_int_equal(request_irq(irqs[i], IRQ_CPU_ANY), 0);
	/* One of the two, for the vector that is left on CPU 3 has the other's number. */
	assert_true(!irq_set_affinity(irqs[2], 3) || !irq_set_affinity(irqs[6], 3));
	assert_int_equal(request_irq(irqs[7], IRQ_CPU_ANY), 0);
	assert_int_equal(irqs[7]->target.cpu, 2);
	assert_works(7);
	give_all_back();
}

/* While there is one that no irq has, wherever it is. */
static void a_number_is_not_shared_without_need(void **state)
{
	bool seen[256] = {false};

	(void)state;
	allocate(VECTORS);
	for (int i = 0; i < VECTORS; i++) {
		assert_int_equal(request_irq(irqs[i], (uint32_t)(i % FAKE_CPUS)), 0);
		assert_false(seen[irqs[i]->target.vector]);
		seen[irqs[i]->target.vector] = true;
	}
	give_all_back();
}

/* Not even where numbers are shared. */
static void the_two_targets_of_a_move_differ_in_the_vector(void **state)
{
	const int few = 8;

	(void)state;
	assert_int_equal(vector_limit(few), 0);
	allocate(few * (FAKE_CPUS - 1));
	for (int i = 0; i < allocated; i++)
		assert_int_equal(request_irq(irqs[i], IRQ_CPU_ANY), 0);
	for (int n = 0; n < 5000; n++) {
		struct irq *irq = irqs[n % allocated];
		uint32_t next = (irq->target.cpu + 1U + (uint32_t)n % (FAKE_CPUS - 1)) % FAKE_CPUS;
		int error = irq_set_affinity(irq, next);

		assert_true(error == 0 || error == -ENOSPC);
		assert_true(error || irq->target.vector != irq->previous.vector);
		assert_works(n % allocated);
	}
	give_all_back();
}

/*
 * Where all numbers are in use somewhere: a protocol may send messages with the new number to the
 * old CPU, so it is none that another irq has there, although it comes next.
 */
static void a_number_taken_on_the_present_cpu_is_chosen_last(void **state)
{
	(void)state;
	assert_int_equal(vector_limit(3), 0);
	allocate(3);
	assert_int_equal(request_irq(irqs[0], 1), 0);
	assert_int_equal(request_irq(irqs[1], 1), 0);
	assert_int_equal(request_irq(irqs[2], 2), 0);
	assert_int_equal(irqs[1]->target.vector, VECTOR_DEVICE_FIRST + 1);
	assert_int_equal(irq_set_affinity(irqs[0], 3), 0);
	assert_int_equal(irqs[0]->target.vector, irqs[2]->target.vector);
	give_all_back();
}

static void the_number_of_vectors_can_be_limited(void **state)
{
	struct vector_counts counts;

	(void)state;
	assert_int_equal(vector_limit(2), 0);
	vector_count(&counts);
	assert_int_equal(counts.available, 2 * FAKE_CPUS);
	allocate(3);
	assert_int_equal(request_irq(irqs[0], 1), 0);
	assert_int_equal(vector_limit(3), -EBUSY);
	assert_int_equal(vector_limit(0), -EBUSY);
	assert_int_equal(request_irq(irqs[1], 1), 0);
	assert_int_equal(request_irq(irqs[2], 1), -ENOSPC);
	give_all_back();
	assert_int_equal(vector_limit(0), 0);
	vector_count(&counts);
	assert_int_equal(counts.available, ALL);
}

/* What it has stays, and what it has given away is counted, but not as available. */
static void a_cpu_that_is_offline_gives_no_vector(void **state)
{
	struct vector_counts counts;

	(void)state;
	allocate(2);
	assert_int_equal(request_irq(irqs[0], 1), 0);
	vector_offline(1);
	assert_works(0);
	assert_int_equal(request_irq(irqs[1], 1), -EINVAL);
	vector_count(&counts);
	assert_int_equal(counts.allocated, 1);
	assert_int_equal(counts.available, (FAKE_CPUS - 1) * VECTORS);
	assert_int_equal(vector_available_elsewhere(0), (FAKE_CPUS - 2) * VECTORS);
	assert_int_equal(vector_available_elsewhere(1), (FAKE_CPUS - 1) * VECTORS);
	assert_int_equal(vector_targets_on(1), 1);
	vector_online(1);
	assert_int_equal(irq_set_affinity(irqs[0], 2), 0);
	vector_offline(1);
	assert_int_equal(irq_set_affinity(irqs[0], 1), -EINVAL); /* though it has one there */
	vector_online(1);
	assert_int_equal(vector_best_cpu(FAKE_CPUS), 0);
	assert_int_equal(request_irq(irqs[1], 1), 0);
	assert_works(1);
	give_all_back();
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

static void assert_unexpected(uint32_t on_cpu, uint8_t number)
{
	uint32_t cpu;
	uint8_t vector;
	uint64_t before = vector_unexpected(&cpu, &vector);

	fake_machine_interrupt(FAKE_APIC_ID(on_cpu), number);
	assert_int_equal(vector_unexpected(&cpu, &vector), before + 1);
	assert_int_equal(cpu, on_cpu);
	assert_int_equal(vector, number);
}

/* Not even one that got its vector. */
static void a_vector_of_nobody_is_counted_as_unexpected(void **state)
{
	uint8_t freed;

	(void)state;
	take_irq(&irq_leaf_msi, 1);
	freed = fixture.irq->target.vector;
	give_irq_back();
	assert_unexpected(1, freed);
	assert_int_equal(fixture.arrivals, 1);
}

/* Nor when the irq itself is still there. */
static void a_number_that_was_given_back_means_nobody(void **state)
{
	uint8_t old;

	(void)state;
	take_irq(&irq_leaf_msi, 1);
	old = fixture.irq->target.vector;
	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
	irq_drain(NULL);
	assert_unexpected(1, old);
	assert_int_equal(fixture.strays, 0);
	give_irq_back();
}

/* The stray of a number that two irqs have is blamed on neither. */
static void a_stray_on_a_shared_number_is_unexpected(void **state)
{
	(void)state;
	assert_int_equal(vector_limit(1), 0);
	allocate(2);
	assert_int_equal(request_irq(irqs[0], 1), 0);
	assert_int_equal(request_irq(irqs[1], 2), 0);
	assert_int_equal(irqs[0]->target.vector, irqs[1]->target.vector);
	assert_unexpected(3, irqs[0]->target.vector);
	assert_works(0);
	assert_works(1);
	assert_int_equal(fixture.strays, 0);
	give_all_back();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(a_cpu_has_so_many_vectors_and_no_more),
	        DIRECT(all_cpus_together_have_so_many_vectors_and_no_more),
	        DIRECT(a_move_to_a_full_cpu_keeps_the_old_target),
	        DIRECT(the_same_number_on_the_new_cpu_is_no_help),
	        DIRECT(one_free_vector_is_enough_to_move_on_and_on),
	        DIRECT(any_cpu_is_the_one_where_a_vector_was_left_behind),
	        DIRECT(a_number_is_not_shared_without_need),
	        DIRECT(the_two_targets_of_a_move_differ_in_the_vector),
	        DIRECT(a_number_taken_on_the_present_cpu_is_chosen_last),
	        DIRECT(the_number_of_vectors_can_be_limited),
	        DIRECT(a_cpu_that_is_offline_gives_no_vector),
	        DIRECT(a_stray_reaches_the_irq_that_has_the_number),
	        DIRECT(a_vector_of_nobody_is_counted_as_unexpected),
	        DIRECT(a_number_that_was_given_back_means_nobody),
	        DIRECT(a_stray_on_a_shared_number_is_unexpected),
	};

	return cmocka_run_group_tests_name("vector", tests, irq_fixture_start, NULL);
}
