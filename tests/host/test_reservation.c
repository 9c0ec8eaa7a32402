// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/protocols/naive.c kernel/irq/vector.c
// links: kernel/irq/vector_domain.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c tests/host/irq_fixture.c
//
// Reservation: an irq that is allocated and not requested has the shutdown vector and a promise.
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/irq/dispatch.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/vector.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define ANY  -EIO
#define MANY 1000

/* As an IO-APIC pin: it has a vector in all its contexts. */
static const struct irq_leaf never_reserves = {
        .domain = LEAF_DOMAIN("never"),
        .reservation = IRQ_RESERVES_NEVER,
};

static const struct irq_leaf always_reserves = {
        .domain = LEAF_DOMAIN("always"),
        .reservation = IRQ_RESERVES_ALWAYS,
};

/* IMS without remapping, which a test can have on purpose, is like any other here. */
static const struct {
	const struct irq_leaf *leaf;
	bool maskable, reserves;
} claims[] = {
        {&irq_leaf_msi, true, true},    {&irq_leaf_msi, false, false},
        {&irq_leaf_msix, true, true},   {&irq_leaf_msix, false, false},
        {&irq_leaf_ims, true, true},    {&irq_leaf_ims, false, true},
        {&never_reserves, true, false}, {&never_reserves, false, false},
        {&always_reserves, true, true}, {&always_reserves, false, true},
};

static void allocate(const struct irq_leaf *leaf, bool maskable, bool without_reservation)
{
	const struct irq_request request = {
	        .leaf = leaf,
	        .store = &fixture.store.store,
	        .protocol = protocol_find("naive-address-first"),
	        .without_remapping_on_purpose = true,
	        .without_reservation = without_reservation,
	};

	fake_store_init(&fixture.store, maskable);
	assert_int_equal(irq_alloc(&request, &fixture.irq), 0);
}

static void assert_reserved(bool reserved)
{
	uint8_t vector = fixture.irq->target.vector;

	assert_int_equal(fixture.irq->reserves, reserved);
	assert_int_equal(fixture.irq->reserved, reserved);
	assert_int_equal(vectors_reserved(), reserved);
	assert_int_equal(vectors_in_use(), !reserved);
	assert_int_equal(vector == VECTOR_SHUTDOWN, reserved);
	assert_int_equal(vector_targets_on(fixture.irq->target.cpu), !reserved);
	assert_false(fixture.irq->active);
}

static void assert_requested(void)
{
	assert_false(fixture.irq->reserved);
	assert_int_equal(vectors_reserved(), 0);
	assert_int_not_equal(fixture.irq->target.vector, VECTOR_SHUTDOWN);
	assert_true(fixture.irq->active);
}

static void who_reserves_does_so_at_allocation_and_after_a_release(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		for (int without = 0; without < 2; without++) {
			bool reserves = claims[i].reserves && !without;

			allocate(claims[i].leaf, claims[i].maskable, without);
			for (int n = 0; n < 3; n++) {
				assert_reserved(reserves);
				assert_int_equal(request_irq(fixture.irq, 1), 0);
				assert_requested();
				assert_delivered_on(1);
				assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
				assert_requested();
				assert_int_equal(irq_release(fixture.irq), 0);
			}
			assert_reserved(reserves);
			irq_free(fixture.irq);
			assert_nothing_left();
		}
	}
}

/* Nothing keeps such a device from sending, so it never names the vector that all share. */
static void an_unmaskable_irq_has_a_vector_in_all_of_them(void **state)
{
	uint8_t first;

	(void)state;
	assert_int_equal(allocate_irq(&irq_leaf_msi, &fixture.store, &fixture.irq), 0);
	first = fixture.irq->target.vector;
	assert_ptr_equal(vector_owner(fixture.irq->target.cpu, first, &(bool){0}), fixture.irq);
	assert_int_equal(vectors_in_use(), 1);
	assert_int_equal(vectors_reserved(), 0);

	assert_int_equal(request_irq(fixture.irq, IRQ_CPU_ANY), 0);
	assert_int_equal(fixture.irq->target.vector, first);
	assert_int_equal(fixture.irq->target.generation, 1);
	assert_delivered_on(fixture.irq->target.cpu);
	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
	assert_delivered_on(2);

	assert_int_equal(irq_release(fixture.irq), 0);
	assert_int_equal(fixture.irq->target.cpu, 2);
	assert_int_equal(vectors_in_use(), 1);
	assert_int_equal(vectors_reserved(), 0);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_delivered_on(1);
	give_irq_back();
}

/* It came in though nobody has requested the irq: it must not vanish without a word. */
static void assert_counted_on_shutdown(void)
{
	uint32_t cpu = 99, unexpected_cpu;
	uint8_t vector;
	uint64_t before = vector_on_shutdown(&cpu);
	uint64_t unexpected = vector_unexpected(&unexpected_cpu, &vector);
	unsigned int arrivals = fixture.arrivals;

	fake_store_fire(&fixture.store);
	assert_int_equal(vector_on_shutdown(&cpu), before + 1);
	assert_int_equal(cpu, fixture.irq->target.cpu);
	assert_int_equal(vector_unexpected(&unexpected_cpu, &vector), unexpected);
	assert_int_equal(fixture.arrivals, arrivals);
	assert_int_equal(fixture.strays, 0);
}

static void a_message_on_the_shutdown_vector_is_counted(void **state)
{
	uint32_t cpu;
	uint64_t before;

	(void)state;
	allocate(&irq_leaf_ims, false, false);
	assert_counted_on_shutdown();
	assert_counted_on_shutdown();
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	before = vector_on_shutdown(&cpu);
	assert_delivered_on(1);
	assert_int_equal(vector_on_shutdown(&cpu), before);
	assert_int_equal(irq_release(fixture.irq), 0);
	assert_counted_on_shutdown();
	irq_free(fixture.irq);
}

/* One that was held back by the mask names the vector of the request when it is let go. */
static void a_message_held_back_reaches_who_requests(void **state)
{
	uint32_t cpu;
	uint64_t before = vector_on_shutdown(&cpu);

	(void)state;
	allocate(&irq_leaf_msix, true, false);
	fake_store_fire(&fixture.store);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_int_equal(fixture.arrivals, 1);
	assert_int_equal(fixture.last.cpu, 1);
	assert_int_equal(vector_on_shutdown(&cpu), before);
	give_irq_back();
}

static struct fake_store stores[MANY];
static struct irq *irqs[MANY];

/* Promises are not refused; whether they can be kept shows at the request. */
static void more_can_be_reserved_than_there_are_vectors(void **state)
{
	struct vector_counts counts;
	int kept;

	(void)state;
	assert_int_equal(vector_limit(10), 0);
	for (int i = 0; i < MANY; i++) {
		fake_store_init(&stores[i], true);
		assert_int_equal(allocate_irq(&irq_leaf_msix, &stores[i], &irqs[i]), 0);
	}
	vector_count(&counts);
	assert_int_equal(counts.reserved, MANY);
	assert_int_equal(counts.available, 10 * FAKE_CPUS);
	for (kept = 0; !request_irq(irqs[kept], IRQ_CPU_ANY); kept++)
		assert_int_equal(vectors_reserved(), MANY - kept - 1);
	assert_int_equal(kept, 10 * FAKE_CPUS);
	for (int i = kept; i < MANY; i++) {
		assert_int_equal(request_irq(irqs[i], IRQ_CPU_ANY), -ENOSPC);
		assert_int_equal(irqs[i]->target.vector, VECTOR_SHUTDOWN);
		assert_int_equal(vectors_reserved(), MANY - kept);
	}
	assert_int_equal(irq_release(irqs[0]), 0);
	assert_int_equal(request_irq(irqs[MANY - 1], IRQ_CPU_ANY), 0);
	assert_int_equal(request_irq(irqs[0], IRQ_CPU_ANY), -ENOSPC);
	assert_int_equal(irq_release(irqs[MANY - 1]), 0);
	for (int i = 0; i < MANY; i++) {
		if (irqs[i]->active)
			assert_int_equal(irq_release(irqs[i]), 0);
		irq_free(irqs[i]);
	}
}

/* As before Linux 4.15: the first to ask get them all, and never use them. */
static void without_reservation_the_vectors_are_gone_at_allocation(void **state)
{
	struct irq_request request = {.leaf = &irq_leaf_msix, .without_reservation = true};

	(void)state;
	assert_int_equal(vector_limit(10), 0);
	for (int i = 0; i < 10 * FAKE_CPUS; i++) {
		fake_store_init(&stores[i], true);
		request.store = &stores[i].store;
		assert_int_equal(irq_alloc(&request, &irqs[i]), 0);
	}
	for (int n = 0; n < 100; n++) {
		request.store = &fixture.store.store;
		assert_int_equal(irq_alloc(&request, &fixture.irq), -ENOSPC);
		assert_int_equal(irq_count(), 10 * FAKE_CPUS);
	}
	allocate(&irq_leaf_msix, true, false);
	assert_int_equal(request_irq(fixture.irq, IRQ_CPU_ANY), -ENOSPC);
	irq_free(irqs[0]);
	assert_int_equal(request_irq(fixture.irq, IRQ_CPU_ANY), 0);
	assert_delivered_on(0);
	give_irq_back();
	for (int i = 1; i < 10 * FAKE_CPUS; i++)
		irq_free(irqs[i]);
}

/* A release that fails at `layer`: the irq keeps its vector, silent. */
static void fail_to_release(enum layer layer)
{
	struct irq_target before;
	struct message words;

	allocate(&irq_leaf_msix, true, false);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_delivered_on(1);
	before = fixture.irq->target;
	words = fixture.store.words;
	inject(layer, IRQ_STEP_SET_AFFINITY, ANY);
	assert_int_equal(irq_release(fixture.irq), ANY);
	inject_nothing();
	assert_memory_equal(&fixture.irq->target, &before, sizeof(before));
	assert_memory_equal(&fixture.store.words, &words, sizeof(words));
	assert_true(fixture.store.masked);
	assert_false(fixture.irq->active);
	assert_int_equal(vectors_in_use(), 1);
	assert_int_equal(vectors_reserved(), 0);
	assert_int_equal(irq_set_affinity(fixture.irq, 2), -EINVAL);
	assert_false(fixture.irq->moving);
}

/* A request elsewhere that fails must not cost it the vector that its entry still names. */
static void request_what_was_not_released(enum layer layer)
{
	uint8_t vector = fixture.irq->target.vector;
	bool intermediate;

	inject(layer, IRQ_STEP_SET_AFFINITY, ANY);
	assert_int_equal(request_irq(fixture.irq, 2), ANY);
	inject_nothing();
	assert_int_equal(vectors_in_use(), 1);
	assert_int_equal(vectors_reserved(), 0);
	assert_ptr_equal(vector_owner(1, vector, &intermediate), fixture.irq);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_int_equal(fixture.irq->target.vector, vector);
	assert_delivered_on(1);
	assert_int_equal(irq_set_affinity(fixture.irq, 3), 0);
	assert_delivered_on(3);
}

static void a_release_that_fails_keeps_the_vector_until_the_irq_is_freed(void **state)
{
	(void)state;
	for (enum layer layer = LEAF; layer <= VECTOR; layer++) {
		if (layer == (fixture.remapped ? LEAF : REMAPPING))
			continue;
		fail_to_release(layer);
		irq_free(fixture.irq);
		assert_nothing_left();

		fail_to_release(layer);
		assert_int_equal(irq_release(fixture.irq), 0);
		assert_reserved(true);
		irq_free(fixture.irq);
		assert_nothing_left();

		fail_to_release(layer);
		request_what_was_not_released(layer);
		give_irq_back();
		assert_nothing_left();
	}
}

static void an_entry_that_does_not_let_go_fails_the_release(void **state)
{
	(void)state;
	allocate(&irq_leaf_msix, true, false);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	fake_remapping_errors.set_affinity = ANY;
	assert_int_equal(irq_release(fixture.irq), ANY);
	assert_int_equal(vectors_in_use(), 1);
	fake_remapping_errors.set_affinity = 0;
	irq_free(fixture.irq);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(who_reserves_does_so_at_allocation_and_after_a_release),
	        DIRECT(an_unmaskable_irq_has_a_vector_in_all_of_them),
	        DIRECT(a_message_held_back_reaches_who_requests),
	        DIRECT(more_can_be_reserved_than_there_are_vectors),
	        DIRECT(without_reservation_the_vectors_are_gone_at_allocation),
	        DIRECT(a_release_that_fails_keeps_the_vector_until_the_irq_is_freed),
	        REMAPPED(who_reserves_does_so_at_allocation_and_after_a_release),
	        REMAPPED(a_message_on_the_shutdown_vector_is_counted),
	        REMAPPED(an_unmaskable_irq_has_a_vector_in_all_of_them),
	        REMAPPED(a_message_held_back_reaches_who_requests),
	        REMAPPED(without_reservation_the_vectors_are_gone_at_allocation),
	        REMAPPED(a_release_that_fails_keeps_the_vector_until_the_irq_is_freed),
	        REMAPPED(an_entry_that_does_not_let_go_fails_the_release),
	};

	return cmocka_run_group_tests_name("reservation", tests, irq_fixture_start, NULL);
}
