// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c
// links: kernel/irq/message.c kernel/irq/protocol.c kernel/irq/protocols/naive.c
// links: kernel/irq/vector.c kernel/irq/vector_domain.c
// links: tests/host/fake_machine.c tests/host/fake_remapping.c tests/host/fake_store.c
// links: tests/host/irq_fixture.c
//
// Targets that a test chooses: vector_claim().
#include <asm-generic/errno.h>

#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define O 0x60
#define N 0x90

/* To `cpu`, even if that is where it is. */
static void move(uint32_t cpu)
{
	assert_true(irq_hold(fixture.irq));
	assert_int_equal(irq_move(fixture.irq, cpu), 0);
	irq_let_go(fixture.irq);
	assert_delivered_on(cpu);
}

static void forget_the_rest(void)
{
	vector_free_others(fixture.irq, &fixture.irq->target);
	assert_int_equal(vectors_in_use(), 1);
	assert_int_equal(fixture.irq->vectors, 1);
}

static void a_move_takes_the_claimed_vector(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	assert_int_equal(vector_claim(fixture.irq, 2, N), 0);
	move(2);
	assert_int_equal(fixture.irq->target.vector, N);
	forget_the_rest();
	give_irq_back();
}

static void the_same_vector_can_be_had_on_two_cpus(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	assert_int_equal(vector_claim(fixture.irq, 1, O), 0);
	move(1);
	assert_int_equal(vector_claim(fixture.irq, 2, O), 0);
	move(2);
	assert_int_equal(fixture.irq->target.vector, fixture.irq->previous.vector);
	forget_the_rest();
	give_irq_back();
}

static void the_vector_before_is_answered_until_it_is_freed(void **state)
{
	bool intermediate;

	(void)state;
	take_irq(&irq_leaf_msi, 1);
	assert_int_equal(vector_claim(fixture.irq, 1, O), 0);
	move(1);
	assert_int_equal(vector_claim(fixture.irq, 1, N), 0);
	move(1);
	assert_ptr_equal(vector_owner(1, O, &intermediate), fixture.irq);
	forget_the_rest();
	assert_null(vector_owner(1, O, &intermediate));
	assert_ptr_equal(vector_owner(1, N, &intermediate), fixture.irq);
	give_irq_back();
}

static void what_is_claimed_is_given_back_with_the_irq(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	assert_int_equal(vector_claim(fixture.irq, 1, O), 0);
	assert_int_equal(vector_claim(fixture.irq, 1, N), 0);
	assert_int_equal(vector_claim(fixture.irq, 3, N), 0);
	give_irq_back(); /* irq_fixture_end() looks whether nothing is left */
}

static void what_is_taken_cannot_be_claimed(void **state)
{
	struct fake_store store;
	struct irq *other;

	(void)state;
	take_irq(&irq_leaf_msi, 1);
	fake_store_init(&store, true);
	assert_int_equal(allocate_irq(&irq_leaf_msix, &store, &other), 0);
	assert_int_equal(request_irq(other, 2), 0);
	assert_int_equal(vector_claim(fixture.irq, 2, other->target.vector), -EBUSY);
	assert_int_equal(vector_claim(fixture.irq, 2, VECTOR_SPURIOUS), -EINVAL);
	assert_int_equal(irq_release(other), 0);
	irq_free(other);
	give_irq_back();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(a_move_takes_the_claimed_vector),
	        DIRECT(the_same_vector_can_be_had_on_two_cpus),
	        DIRECT(the_vector_before_is_answered_until_it_is_freed),
	        DIRECT(what_is_claimed_is_given_back_with_the_irq),
	        DIRECT(what_is_taken_cannot_be_claimed),
	        REMAPPED(a_move_takes_the_claimed_vector),
	        REMAPPED(the_same_vector_can_be_had_on_two_cpus),
	        REMAPPED(the_vector_before_is_answered_until_it_is_freed),
	};

	return cmocka_run_group_tests_name("claim", tests, irq_fixture_start, NULL);
}
