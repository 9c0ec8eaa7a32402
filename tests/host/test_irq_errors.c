// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/irq.c kernel/irq/leaf.c
// links: kernel/irq/message.c kernel/irq/protocol.c kernel/irq/protocols/naive.c
// links: kernel/irq/vector.c kernel/irq/vector_domain.c
// links: tests/host/fake_machine.c tests/host/fake_remapping.c tests/host/fake_store.c
// links: tests/host/irq_fixture.c
//
// Every layer fails at every step: the error comes back, the old target keeps working, and nothing
// is left behind.
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/irq/vector.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define ANY -EIO /* an error that no layer has by itself */

/* Irqs that were given back can still be had; the next one needs memory. */
static void no_memory_for_an_irq(void **state)
{
	static struct irq *taken[64];
	int count = 0, error;

	(void)state;
	fake_machine_use_up_memory(true);
	while (!(error = allocate_irq(&irq_leaf_msi, &fixture.store, &fixture.irq)))
		taken[count++] = fixture.irq;
	assert_int_equal(error, -ENOMEM);
	assert_int_equal(irq_count(), count);
	fake_machine_use_up_memory(false);
	while (count)
		irq_free(taken[--count]);
}

static void an_error_of_alloc_takes_nothing(void **state)
{
	(void)state;
	fake_remapping_errors.alloc = ANY;
	for (int n = 0; n < 1000; n++) {
		assert_int_equal(allocate_irq(&irq_leaf_msi, &fixture.store, &fixture.irq), ANY);
		assert_nothing_left();
	}
}

/* `error` comes out of a request, which takes nothing; without it the same irq works. */
static void assert_request_fails(int *injected, uint32_t cpu, int error)
{
	assert_int_equal(allocate_irq(&irq_leaf_msi, &fixture.store, &fixture.irq), 0);
	for (int n = 0; n < 1000; n++) {
		*injected = error;
		assert_int_equal(request_irq(fixture.irq, cpu), error);
		assert_int_equal(vector_in_use(), 0);
		assert_int_equal(fake_remapping_active(), 0);
		assert_int_equal(fixture.store.count, 0);
		assert_int_equal(irq_set_affinity(fixture.irq, 1), -EINVAL);
	}
	*injected = 0;
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_delivered_on(1);
	give_irq_back();
}

static void an_error_of_activate_takes_nothing(void **state)
{
	(void)state;
	assert_request_fails(&fake_remapping_errors.activate, 1, ANY);
}

static void an_error_of_compose_takes_nothing(void **state)
{
	(void)state;
	assert_request_fails(&fake_remapping_errors.compose, 1, ANY);
}

static void a_cpu_that_does_not_run_cannot_be_the_first_target(void **state)
{
	int none;

	(void)state;
	assert_request_fails(&none, FAKE_CPUS, -EINVAL);
}

/* Compatibility format has 8 bits for it. */
static void an_apic_id_that_does_not_fit_cannot_be_the_first_target(void **state)
{
	int none;

	(void)state;
	fake_machine_set_apic_id(3, 256);
	assert_request_fails(&none, 3, -EINVAL);
}

/* Moves to `cpu` fail with `error`, as often as they are tried, and the old target stays. */
static void assert_move_fails(int *injected, uint32_t cpu, int error)
{
	struct irq_target before;

	take_irq(&irq_leaf_msi, 1);
	before = fixture.irq->target;
	fake_store_forget(&fixture.store);
	for (int n = 0; n < 1000; n++) {
		*injected = error;
		assert_int_equal(irq_set_affinity(fixture.irq, cpu), error);
		assert_memory_equal(&fixture.irq->target, &before, sizeof(before));
		assert_int_equal(fixture.store.count, 0);
		assert_delivered_on(1);
	}
	*injected = 0;
	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
	assert_delivered_on(2);
	irq_drain(fixture.irq);
	assert_int_equal(vector_in_use(), 1);
	give_irq_back();
}

static void a_failed_move_in_remapping_keeps_the_old_target(void **state)
{
	(void)state;
	assert_move_fails(&fake_remapping_errors.set_affinity, 2, ANY);
}

static void a_failed_move_to_no_cpu_keeps_the_old_target(void **state)
{
	int none;

	(void)state;
	assert_move_fails(&none, FAKE_CPUS, -EINVAL);
}

static void a_failed_compose_keeps_the_old_target(void **state)
{
	int none;

	(void)state;
	fake_machine_set_apic_id(3, 256);
	assert_move_fails(&none, 3, -EINVAL);
}

/* A failed move, then one that works, in turns: the generations never get mixed up. */
static void failures_between_moves_do_no_harm(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	for (int n = 0; n < 1000; n++) {
		uint32_t next = (fixture.irq->target.cpu + 1) % FAKE_CPUS;

		fake_remapping_errors.set_affinity = ANY;
		assert_int_equal(irq_set_affinity(fixture.irq, next), ANY);
		assert_delivered_on(fixture.irq->target.cpu);
		fake_remapping_errors.set_affinity = 0;
		assert_int_equal(irq_set_affinity(fixture.irq, next), 0);
		assert_delivered_on(next);
		assert_true(fixture.irq->target.generation > fixture.irq->previous.generation);
	}
	give_irq_back();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(no_memory_for_an_irq),
	        DIRECT(a_cpu_that_does_not_run_cannot_be_the_first_target),
	        DIRECT(an_apic_id_that_does_not_fit_cannot_be_the_first_target),
	        DIRECT(a_failed_move_to_no_cpu_keeps_the_old_target),
	        DIRECT(a_failed_compose_keeps_the_old_target),
	        REMAPPED(an_error_of_alloc_takes_nothing),
	        REMAPPED(an_error_of_activate_takes_nothing),
	        REMAPPED(an_error_of_compose_takes_nothing),
	        REMAPPED(a_failed_move_in_remapping_keeps_the_old_target),
	        REMAPPED(failures_between_moves_do_no_harm),
	};

	return cmocka_run_group_tests_name("irq_errors", tests, irq_fixture_start, NULL);
}
