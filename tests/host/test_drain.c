// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/protocols/naive.c kernel/irq/protocols/two_step.c
// links: kernel/irq/vector.c kernel/irq/vector_domain.c tests/host/fake_machine.c
// links: tests/host/fake_remapping.c tests/host/fake_store.c tests/host/irq_fixture.c
//
// A vector that an irq has left behind is freed when the last message that names it has been taken,
// and not before.
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/irq/dispatch.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/vector.h"
#include "tests/host/fake_machine.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define CPUS (IRQ_VECTORS_MAX + 3)

/* Something that happens as CPU `on` takes the `nth` barrier after this. */
static struct {
	uint32_t on;
	unsigned int nth, taken;
	void (*function)(void);
} event;

static void watch(uint32_t cpu, uint8_t vector)
{
	if (vector == VECTOR_BARRIER && cpu == event.on && ++event.taken == event.nth)
		event.function();
}

static void at_barrier(unsigned int nth, uint32_t on, void (*function)(void))
{
	event.on = on;
	event.nth = nth;
	event.taken = 0;
	event.function = function;
	fake_machine_watch(watch);
}

static struct irq_target left_behind;

/* fixture.irq has moved from CPU 1, its target `left_behind`, to CPU 2. */
static void begin(void)
{
	take_irq(&irq_leaf_msi, 1);
	irq_drain(NULL);
	left_behind = fixture.irq->target;
	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
	assert_int_equal(vectors_in_use(), 2);
	fixture.arrivals = 0;
}

static void send_to_left_behind(void)
{
	fake_machine_interrupt(left_behind.apic_id, left_behind.vector);
}

static void assert_arrived_at_left_behind(unsigned int arrivals)
{
	assert_int_equal(fixture.arrivals, arrivals);
	assert_int_equal(fixture.last.cpu, left_behind.cpu);
	assert_int_equal(fixture.last.vector, left_behind.vector);
	assert_int_equal(fixture.last.generation, left_behind.generation);
}

static void end(void)
{
	uint8_t vector;
	uint32_t cpu;

	fake_machine_watch(NULL);
	assert_int_equal(vector_unexpected(&cpu, &vector), 0);
	irq_drain(NULL);
	assert_int_equal(vectors_in_use(), 1);
	assert_delivered_on(fixture.irq->target.cpu);
	give_irq_back();
}

static void nothing_in_flight_frees_at_once(void **state)
{
	bool intermediate;

	(void)state;
	begin();
	irq_drain(NULL);
	assert_int_equal(vectors_in_use(), 1);
	assert_int_equal(fixture.irq->vectors, 1);
	assert_null(vector_owner(1, left_behind.vector, &intermediate));
	assert_int_equal(fixture.irq->on[1].vector, 0);
	assert_int_equal(fixture.irq->on[2].vector, fixture.irq->target.vector);
	end();
}

/* A slow CPU has it in its IRR until the first barrier. */
static void a_message_in_the_irr_is_waited_for(void **state)
{
	(void)state;
	begin();
	fake_machine_slow(1, true);
	send_to_left_behind();
	assert_int_equal(fixture.arrivals, 0);
	irq_drain(NULL);
	assert_arrived_at_left_behind(1);
	assert_int_equal(vectors_in_use(), 1);
	end();
}

static void a_cpu_with_interrupts_off_is_waited_for(void **state)
{
	(void)state;
	begin();
	fake_machine_hold_for(1, 1000);
	send_to_left_behind();
	irq_drain(NULL);
	assert_arrived_at_left_behind(1);
	assert_int_equal(vectors_in_use(), 1);
	end();
}

static void send_on_flush(struct fake_store *store)
{
	store->after_operation = NULL;
	assert_int_equal(store->records[store->count - 1].operation, FAKE_FLUSH);
	send_to_left_behind();
}

/* The flush pushes it ahead, so it must come before the first barrier. */
static void a_message_on_its_way_from_the_device_is_waited_for(void **state)
{
	(void)state;
	begin();
	fake_machine_slow(1, true);
	fake_store_forget(&fixture.store);
	fixture.store.after_operation = send_on_flush;
	irq_drain(NULL);
	assert_null(fixture.store.after_operation);
	assert_arrived_at_left_behind(1);
	assert_int_equal(vectors_in_use(), 1);
	end();
}

/* As of a protocol that ran with interrupts off when the first barrier was sent. */
static void a_replay_under_way_at_the_first_barrier_is_waited_for(void **state)
{
	(void)state;
	begin();
	at_barrier(1, 1, send_to_left_behind);
	irq_drain(NULL);
	assert_arrived_at_left_behind(1);
	assert_int_equal(vectors_in_use(), 1);
	end();
}

/* A device that has the old message even after the flush: it may send once more at any time. */
static void a_vector_pending_at_the_second_barrier_is_not_freed(void **state)
{
	(void)state;
	begin();
	for (unsigned int n = 1; n <= 3; n++) {
		at_barrier(2, 1, send_to_left_behind);
		irq_drain(NULL);
		assert_arrived_at_left_behind(n);
		assert_int_equal(vectors_in_use(), 2);
	}
	end();
}

static void fire(void)
{
	fake_store_fire(&fixture.store);
}

/* The present target may be pending all the time. */
static void a_message_to_the_present_target_holds_nothing_up(void **state)
{
	(void)state;
	begin();
	at_barrier(2, 2, fire);
	irq_drain(NULL);
	assert_int_equal(fixture.arrivals, 1);
	assert_int_equal(vectors_in_use(), 1);
	end();
}

static void an_irq_that_somebody_holds_is_left_alone(void **state)
{
	(void)state;
	begin();
	assert_true(irq_hold(fixture.irq));
	irq_drain(NULL);
	assert_int_equal(vectors_in_use(), 2);
	send_to_left_behind();
	assert_arrived_at_left_behind(1);
	assert_int_equal(fixture.irq->moving, 1);
	irq_let_go(fixture.irq);
	end();
}

static void hold(void)
{
	assert_true(irq_hold(fixture.irq));
}

static void the_callers_own_is_drained_though_it_is_held(void **state)
{
	(void)state;
	begin();
	hold();
	irq_drain(fixture.irq);
	assert_int_equal(vectors_in_use(), 1);
	assert_int_equal(fixture.irq->moving, 1);
	irq_let_go(fixture.irq);
	end();
}

static void an_irq_that_somebody_takes_hold_of_meanwhile_is_left_alone(void **state)
{
	(void)state;
	for (unsigned int nth = 1; nth <= 2; nth++) {
		begin();
		at_barrier(nth, 3, hold);
		irq_drain(NULL);
		assert_int_equal(vectors_in_use(), 2);
		irq_let_go(fixture.irq);
		end();
	}
}

static void move_on(void)
{
	assert_int_equal(irq_set_affinity(fixture.irq, 4), 0);
}

static void move_on_and_back(void)
{
	move_on();
	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
}

/* What it left behind meanwhile was not in force, and so not waited for, at the first barrier. */
static void an_irq_that_is_moved_meanwhile_is_left_alone(void **state)
{
	void (*const moves[])(void) = {move_on, move_on_and_back};

	(void)state;
	for (unsigned int n = 0; n < 4; n++) {
		begin();
		at_barrier(1 + n / 2, 3, moves[n % 2]);
		irq_drain(NULL);
		assert_int_equal(vectors_in_use(), 3);
		send_to_left_behind();
		assert_arrived_at_left_behind(1);
		end();
	}
}

static struct fake_store full_store, other_store;
static struct irq *full, *other;

static void allocate(struct fake_store *store, struct irq **irq)
{
	fake_store_init(store, true);
	assert_int_equal(allocate_irq(&irq_leaf_msix, store, irq), 0);
}

/* All but one on CPU 1 are given out, and fixture.irq has left that one behind. */
static void fill_cpu_1(void)
{
	assert_int_equal(vector_limit(2), 0);
	begin();
	allocate(&full_store, &full);
	assert_int_equal(request_irq(full, 1), 0);
	allocate(&other_store, &other);
}

static void empty_cpu_1(void)
{
	assert_int_equal(irq_release(other), 0);
	irq_free(other);
	assert_int_equal(irq_release(full), 0);
	irq_free(full);
	end();
}

static void what_others_left_behind_is_found_when_nothing_else_is_free(void **state)
{
	(void)state;
	fill_cpu_1();
	fake_machine_slow(1, true);
	send_to_left_behind();
	assert_int_equal(request_irq(other, 1), 0);
	assert_arrived_at_left_behind(1);
	assert_int_equal(other->target.vector, left_behind.vector);
	fake_machine_slow(1, false);
	fake_store_fire(&other_store);
	assert_ptr_equal(fixture.last_irq, other);
	empty_cpu_1();
}

static void no_barrier(void)
{
	fail_msg("a barrier by a CPU whose interrupts are off");
}

/* A CPU that is leaving: the barrier would wait for it for ever. */
static void nothing_is_drained_with_interrupts_off(void **state)
{
	(void)state;
	fill_cpu_1();
	at_barrier(1, 2, no_barrier);
	assert_true(fake_machine_interrupts_off());
	assert_int_equal(request_irq(other, 1), -ENOSPC);
	fake_machine_interrupts_on();
	fake_machine_watch(NULL);
	send_to_left_behind();
	assert_arrived_at_left_behind(1);
	assert_int_equal(request_irq(other, 1), 0);
	empty_cpu_1();
}

/* So that one irq that goes round does not take a vector of each of many CPUs. */
static void an_irq_that_has_been_everywhere_is_drained(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 0);
	for (uint32_t n = 0; n < 100; n++) {
		assert_int_equal(irq_set_affinity(fixture.irq, n % CPUS), 0);
		assert_true(vectors_in_use() <= IRQ_VECTORS_MAX);
		assert_int_equal(fixture.irq->vectors, vectors_in_use());
		assert_delivered_on(n % CPUS);
	}
	end();
}

/* Message n on the old CPU, where the mover looks: it has been replayed when the CPU takes it. */
static void an_intermediate_target_is_freed_with_the_rest(void **state)
{
	struct protocol two_step = *protocol_find("two-step");
	uint8_t vector;
	bool intermediate;

	(void)state;
	begin();
	fixture.irq->protocol = &two_step;
	assert_int_equal(irq_set_affinity(fixture.irq, 3), 0);
	vector = fixture.irq->target.vector;
	assert_ptr_equal(vector_owner(2, vector, &intermediate), fixture.irq);
	assert_true(intermediate);
	assert_int_equal(vectors_in_use(), 4);

	fake_machine_slow(2, true);
	fixture.irq->replays_sent++;
	fake_machine_interrupt(FAKE_APIC_ID(2), vector);
	assert_int_equal(fixture.irq->originals_seen, 0);
	irq_drain(NULL);
	assert_int_equal(fixture.irq->originals_seen, 1);
	assert_int_equal(vectors_in_use(), 1);
	assert_null(vector_owner(2, vector, &intermediate));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(nothing_in_flight_frees_at_once),
	        DIRECT(a_message_in_the_irr_is_waited_for),
	        DIRECT(a_cpu_with_interrupts_off_is_waited_for),
	        DIRECT(a_message_on_its_way_from_the_device_is_waited_for),
	        DIRECT(a_replay_under_way_at_the_first_barrier_is_waited_for),
	        DIRECT(a_vector_pending_at_the_second_barrier_is_not_freed),
	        DIRECT(a_message_to_the_present_target_holds_nothing_up),
	        DIRECT(an_irq_that_somebody_holds_is_left_alone),
	        DIRECT(the_callers_own_is_drained_though_it_is_held),
	        DIRECT(an_irq_that_somebody_takes_hold_of_meanwhile_is_left_alone),
	        DIRECT(an_irq_that_is_moved_meanwhile_is_left_alone),
	        DIRECT(what_others_left_behind_is_found_when_nothing_else_is_free),
	        DIRECT(nothing_is_drained_with_interrupts_off),
	        DIRECT(an_irq_that_has_been_everywhere_is_drained),
	        DIRECT(an_intermediate_target_is_freed_with_the_rest),
	        REMAPPED(nothing_in_flight_frees_at_once),
	        REMAPPED(a_message_in_the_irr_is_waited_for),
	        REMAPPED(a_replay_under_way_at_the_first_barrier_is_waited_for),
	        REMAPPED(a_vector_pending_at_the_second_barrier_is_not_freed),
	        REMAPPED(an_irq_that_is_moved_meanwhile_is_left_alone),
	        REMAPPED(what_others_left_behind_is_found_when_nothing_else_is_free),
	        REMAPPED(nothing_is_drained_with_interrupts_off),
	        REMAPPED(an_irq_that_has_been_everywhere_is_drained),
	};

	fake_machine_set_cpus(CPUS);
	return cmocka_run_group_tests_name("drain", tests, irq_fixture_start, NULL);
}
