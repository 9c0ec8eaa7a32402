// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/protocols/naive.c kernel/irq/vector.c
// links: kernel/irq/vector_domain.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c tests/host/irq_fixture.c
//
// Every layer fails at every step: the error comes back, what was in force stays so, and nothing is
// left behind.
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define ANY   -EIO /* an error that no layer has by itself */
#define TIMES 200  /* so that a leak of one in each shows */

/* All that a failed step must leave as it was. */
struct snapshot {
	struct irq_target target;
	struct message words;
	bool masked, active, reserved;
	uint32_t vectors, reservations, entries, entries_active, irqs;
};

/* Compared by memory: the gaps between members are the same, too. */
static void take_snapshot(struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
	s->target = fixture.irq->target;
	s->words = fixture.store.words;
	s->masked = fixture.store.masked;
	s->active = fixture.irq->active;
	s->reserved = fixture.irq->reserved;
	s->vectors = vectors_in_use();
	s->reservations = vectors_reserved();
	s->entries = fake_remapping_allocated();
	s->entries_active = fake_remapping_active();
	s->irqs = irq_count();
}

static void assert_unchanged(const struct snapshot *before)
{
	struct snapshot now;

	take_snapshot(&now);
	assert_memory_equal(&now, before, sizeof(now));
}

/* Once with a reservation, once without. */
static void for_both_stores(void (*check)(void))
{
	for (int maskable = 0; maskable < 2; maskable++) {
		fake_store_init(&fixture.store, maskable);
		check();
		assert_nothing_left();
	}
}

static void allocate(void)
{
	assert_int_equal(allocate_irq(&irq_leaf_msi, &fixture.store, &fixture.irq), 0);
}

static void assert_it_works(void)
{
	inject_nothing();
	memset(&fake_remapping_errors, 0, sizeof(fake_remapping_errors));
	allocate();
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_delivered_on(1);
	give_irq_back();
}

static void assert_allocation_fails(int error)
{
	for (int n = 0; n < TIMES; n++) {
		fixture.irq = NULL;
		assert_int_equal(allocate_irq(&irq_leaf_msi, &fixture.store, &fixture.irq), error);
		assert_null(fixture.irq);
		assert_nothing_left();
	}
}

static bool has_layer(enum layer layer)
{
	return layer != REMAPPING || fixture.remapped;
}

static void each_layer_fails_to_allocate_and_to_activate(void)
{
	for (enum layer layer = LEAF; layer <= VECTOR; layer++) {
		for (enum irq_step step = IRQ_STEP_ALLOC; step <= IRQ_STEP_ACTIVATE; step++) {
			if (!has_layer(layer))
				continue;
			inject(layer, step, ANY);
			assert_allocation_fails(ANY);
			assert_it_works();
		}
	}
}

static void an_allocation_that_fails_takes_nothing(void **state)
{
	(void)state;
	for_both_stores(each_layer_fails_to_allocate_and_to_activate);
}

static void the_entry_fails(void)
{
	int *const errors[] = {
	        &fake_remapping_errors.alloc,
	        &fake_remapping_errors.activate,
	        &fake_remapping_errors.compose,
	};

	for (int i = 0; i < 3; i++) {
		*errors[i] = ANY;
		assert_allocation_fails(ANY);
		assert_it_works();
	}
}

static void an_allocation_without_an_entry_takes_nothing(void **state)
{
	(void)state;
	for_both_stores(the_entry_fails);
}

/* Compatibility format has 8 bits for an APIC id; and somebody has it once it is in an entry. */
static void no_apic_id_fits(void)
{
	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++)
		fake_machine_set_apic_id(cpu, 256 + cpu);
	assert_allocation_fails(-ERANGE);
	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++)
		fake_machine_set_apic_id(cpu, FAKE_APIC_ID(cpu));
	assert_it_works();
}

static void an_allocation_whose_message_cannot_be_composed_takes_nothing(void **state)
{
	(void)state;
	for_both_stores(no_apic_id_fits);
}

/* Irqs that were given back can still be had; the next one needs memory. */
static void no_memory_for_an_irq(void **state)
{
	static struct irq *taken[64];
	int count = 0, error;

	(void)state;
	fake_store_init(&fixture.store, true);
	fake_machine_use_up_memory(true);
	while (!(error = allocate_irq(&irq_leaf_msi, &fixture.store, &fixture.irq)))
		taken[count++] = fixture.irq;
	assert_int_equal(error, -ENOMEM);
	assert_int_equal(irq_count(), count);
	assert_int_equal(vectors_reserved(), count);
	fake_machine_use_up_memory(false);
	while (count)
		irq_free(taken[--count]);
}

/* The irq is not requested, and a request for `cpu` fails as often as it is made. */
static void assert_request_fails(uint32_t cpu, int error)
{
	struct snapshot before;

	take_snapshot(&before);
	for (int n = 0; n < TIMES; n++) {
		assert_int_equal(request_irq(fixture.irq, cpu), error);
		assert_unchanged(&before);
		assert_null(fixture.irq->handler);
		assert_null(fixture.irq->stray_handler);
		assert_int_equal(irq_set_affinity(fixture.irq, 1), -EINVAL);
	}
}

static void assert_request_works(void)
{
	inject_nothing();
	memset(&fake_remapping_errors, 0, sizeof(fake_remapping_errors));
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_delivered_on(1);
	give_irq_back();
}

/* With remapping nobody asks the leaf. */
static bool is_asked_to_move(enum layer layer)
{
	return has_layer(layer) && !(layer == LEAF && fixture.remapped);
}

static void each_layer_fails_to_be_requested(void)
{
	for (enum layer layer = LEAF; layer <= VECTOR; layer++) {
		allocate();
		inject(layer, IRQ_STEP_SET_AFFINITY, ANY);
		if (is_asked_to_move(layer))
			assert_request_fails(2, ANY);
		assert_request_works();
	}
}

static void a_request_that_fails_takes_nothing(void **state)
{
	(void)state;
	for_both_stores(each_layer_fails_to_be_requested);
}

static void the_entry_fails_to_be_requested(void)
{
	allocate();
	fake_remapping_errors.set_affinity = ANY;
	assert_request_fails(2, ANY);
	assert_request_works();
}

static void a_request_that_the_entry_refuses_takes_nothing(void **state)
{
	(void)state;
	for_both_stores(the_entry_fails_to_be_requested);
}

static void no_such_cpu_to_be_requested(void)
{
	allocate();
	assert_request_fails(FAKE_CPUS, -EINVAL);
	assert_request_fails(IRQ_CPU_SHUTDOWN - 1, -EINVAL);
	vector_offline(3);
	assert_request_fails(3, -EINVAL);
	vector_online(3);
	if (!fixture.remapped) {
		fake_machine_set_apic_id(3, 256);
		assert_request_fails(3, -ERANGE);
	}
	assert_request_works();
}

static void a_cpu_that_cannot_be_reached_cannot_be_the_first_target(void **state)
{
	(void)state;
	for_both_stores(no_such_cpu_to_be_requested);
}

/* The vectors that failed moves leave are the irq's to use again, and a drain frees them. */
static void assert_move_fails(uint32_t cpu, int error)
{
	struct snapshot before;

	take_snapshot(&before);
	fake_store_forget(&fixture.store);
	for (int n = 0; n < TIMES; n++) {
		assert_int_equal(irq_set_affinity(fixture.irq, cpu), error);
		assert_delivered_on(before.target.cpu);
		assert_int_equal(fixture.store.count, 0);
		assert_true(fixture.irq->vectors <= 2);
	}
	irq_drain(fixture.irq);
	before.vectors = 1;
	assert_unchanged(&before);
}

static void take(void)
{
	take_irq(&irq_leaf_msi, 1);
	irq_drain(NULL);
}

static void assert_move_works(void)
{
	inject_nothing();
	memset(&fake_remapping_errors, 0, sizeof(fake_remapping_errors));
	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
	assert_delivered_on(2);
	irq_drain(fixture.irq);
	assert_int_equal(vectors_in_use(), 1);
	give_irq_back();
}

static void each_layer_fails_to_move(void)
{
	for (enum layer layer = LEAF; layer <= VECTOR; layer++) {
		take();
		inject(layer, IRQ_STEP_SET_AFFINITY, ANY);
		if (is_asked_to_move(layer))
			assert_move_fails(2, ANY);
		assert_move_works();
	}
}

static void a_move_that_fails_keeps_the_old_target(void **state)
{
	(void)state;
	for_both_stores(each_layer_fails_to_move);
}

static void the_entry_fails_to_move(void)
{
	take();
	fake_remapping_errors.set_affinity = ANY;
	assert_move_fails(2, ANY);
	assert_move_works();
}

static void a_move_that_the_entry_refuses_keeps_the_old_target(void **state)
{
	(void)state;
	for_both_stores(the_entry_fails_to_move);
}

static void no_such_cpu_to_move_to(void)
{
	take();
	assert_move_fails(FAKE_CPUS, -EINVAL);
	vector_offline(3);
	assert_move_fails(3, -EINVAL);
	vector_online(3);
	if (!fixture.remapped) {
		fake_machine_set_apic_id(3, 256);
		assert_move_fails(3, -ERANGE);
	}
	assert_move_works();
}

static void a_move_to_a_cpu_that_cannot_be_reached_keeps_the_old_target(void **state)
{
	(void)state;
	for_both_stores(no_such_cpu_to_move_to);
}

/* A failed move, then one that works, in turns: the generations never get mixed up. */
static void failures_between_moves_do_no_harm(void **state)
{
	(void)state;
	take();
	for (int n = 0; n < 1000; n++) {
		uint32_t next = (fixture.irq->target.cpu + 1) % FAKE_CPUS;

		inject(fixture.remapped ? REMAPPING : LEAF, IRQ_STEP_SET_AFFINITY, ANY);
		assert_int_equal(irq_set_affinity(fixture.irq, next), ANY);
		assert_delivered_on(fixture.irq->target.cpu);
		inject_nothing();
		assert_int_equal(irq_set_affinity(fixture.irq, next), 0);
		assert_delivered_on(next);
		assert_true(fixture.irq->target.generation > fixture.irq->previous.generation);
	}
	give_irq_back();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(an_allocation_that_fails_takes_nothing),
	        DIRECT(an_allocation_whose_message_cannot_be_composed_takes_nothing),
	        DIRECT(no_memory_for_an_irq),
	        DIRECT(a_request_that_fails_takes_nothing),
	        DIRECT(a_cpu_that_cannot_be_reached_cannot_be_the_first_target),
	        DIRECT(a_move_that_fails_keeps_the_old_target),
	        DIRECT(a_move_to_a_cpu_that_cannot_be_reached_keeps_the_old_target),
	        DIRECT(failures_between_moves_do_no_harm),
	        REMAPPED(an_allocation_that_fails_takes_nothing),
	        REMAPPED(an_allocation_without_an_entry_takes_nothing),
	        REMAPPED(a_request_that_fails_takes_nothing),
	        REMAPPED(a_request_that_the_entry_refuses_takes_nothing),
	        REMAPPED(a_cpu_that_cannot_be_reached_cannot_be_the_first_target),
	        REMAPPED(a_move_that_fails_keeps_the_old_target),
	        REMAPPED(a_move_that_the_entry_refuses_keeps_the_old_target),
	        REMAPPED(a_move_to_a_cpu_that_cannot_be_reached_keeps_the_old_target),
	        REMAPPED(failures_between_moves_do_no_harm),
	};

	return cmocka_run_group_tests_name("irq_errors", tests, irq_fixture_start, NULL);
}
