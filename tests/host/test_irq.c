// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/protocols/naive.c kernel/irq/vector.c
// links: kernel/irq/vector_domain.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c tests/host/irq_fixture.c
// links: kernel/irq/protocols/masked.c kernel/irq/protocols/two_step.c
//
// An irq's three contexts: allocated, requested, moved; without remapping and with it.
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/irq/dispatch.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/vector.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

static void an_irq_goes_through_its_three_contexts(void **state)
{
	(void)state;
	fake_store_init(&fixture.store, true);
	assert_int_equal(allocate_irq(&irq_leaf_msi, &fixture.store, &fixture.irq), 0);
	assert_int_equal(irq_count(), 1);
	assert_ptr_equal(irq_first(), fixture.irq);
	assert_int_equal(fixture.irq->levels, 2);
	assert_string_equal(fixture.irq->chain[0].domain->name, "msi");
	assert_string_equal(fixture.irq->chain[1].domain->name, "vector");
	assert_int_equal(fixture.irq->target.vector, VECTOR_SHUTDOWN);
	assert_int_equal(vectors_in_use(), 0);
	assert_int_equal(vectors_reserved(), 1);

	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_int_equal(fixture.irq->target.generation, 2);
	assert_int_equal(vectors_in_use(), 1);
	assert_int_equal(vectors_reserved(), 0);
	assert_delivered_on(1);

	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
	assert_int_equal(fixture.irq->target.generation, 3);
	assert_int_equal(fixture.irq->previous.generation, 2);
	assert_int_equal(fixture.irq->previous.cpu, 1);
	assert_delivered_on(2);
	assert_int_equal(fixture.irq->on[1].arrived, 1);
	assert_int_equal(fixture.irq->on[2].arrived, 1);

	assert_int_equal(irq_release(fixture.irq), 0);
	assert_int_equal(fixture.irq->target.vector, VECTOR_SHUTDOWN);
	assert_int_equal(vectors_in_use(), 0);
	assert_int_equal(vectors_reserved(), 1);
	assert_int_equal(irq_count(), 1);
	irq_free(fixture.irq);
}

static void remapping_stands_between_leaf_and_vector(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msix, 1);
	assert_int_equal(fixture.irq->levels, 3);
	assert_string_equal(fixture.irq->chain[0].domain->name, "msix");
	assert_ptr_equal(fixture.irq->chain[1].domain, &fake_remapping_domain);
	assert_string_equal(fixture.irq->chain[2].domain->name, "vector");
	assert_true(message_is_remappable(&fixture.store.words));
	give_irq_back();
}

/* What one layer of the chain says of a move. */
static int set_affinity_of(unsigned int level, uint32_t cpu)
{
	struct irq_layer *layer = &fixture.irq->chain[level];

	return layer->domain->set_affinity(fixture.irq, layer, cpu);
}

static void remapping_absorbs_a_move(void **state)
{
	struct message before;

	(void)state;
	take_irq(&irq_leaf_msi, 1);
	before = fixture.store.words;
	fake_store_forget(&fixture.store);
	for (int n = 0; n < 1000; n++) {
		assert_int_equal(
		        irq_set_affinity(fixture.irq, (fixture.irq->target.cpu + 1) % FAKE_CPUS),
		        0);
		assert_delivered_on(fixture.irq->target.cpu);
	}
	fixture.irq->previous = fixture.irq->target;
	assert_int_equal(set_affinity_of(1, fixture.irq->target.cpu), IRQ_ABSORBED);
	assert_int_equal(fixture.store.count, 0);
	assert_memory_equal(&fixture.store.words, &before, sizeof(before));
	give_irq_back();
}

static void without_remapping_the_message_changes(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	fixture.irq->previous = fixture.irq->target;
	assert_int_equal(set_affinity_of(1, 2), IRQ_MESSAGE_CHANGED);
	assert_int_equal(set_affinity_of(0, 2), IRQ_ABSORBED);
	assert_delivered_on(2);
	give_irq_back();
}

static void a_move_to_where_it_is_changes_nothing(void **state)
{
	struct irq_target before;

	(void)state;
	take_irq(&irq_leaf_msi, 1);
	before = fixture.irq->target;
	fake_store_forget(&fixture.store);
	assert_int_equal(irq_set_affinity(fixture.irq, 1), 0);
	assert_memory_equal(&fixture.irq->target, &before, sizeof(before));
	assert_int_equal(fixture.store.count, 0);
	assert_delivered_on(1);
	give_irq_back();
}

static void remapping_stays_while_irqs_exist(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	assert_int_equal(irq_set_remapping_domain(&fake_remapping_domain), -EBUSY);
	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
	assert_false(message_is_remappable(&fixture.store.words));
	give_irq_back();
	assert_int_equal(irq_set_remapping_domain(&fake_remapping_domain), 0);
}

static int allocate_irq_by(const char *protocol)
{
	const struct irq_request request = {
	        .leaf = &irq_leaf_msi,
	        .store = &fixture.store.store,
	        .protocol = protocol_find(protocol),
	};

	return irq_alloc(&request, &fixture.irq);
}

/* With remapping the destination does not have to fit into the message. */
static void remapping_reaches_every_apic_id(void **state)
{
	struct message before;

	(void)state;
	fake_machine_set_apic_id(3, 256);
	take_irq(&irq_leaf_msi, 1);
	before = fixture.store.words;
	assert_int_equal(irq_set_affinity(fixture.irq, 3), 0);
	fake_store_fire(&fixture.store);
	assert_int_equal(fixture.last.cpu, 3);
	assert_memory_equal(&fixture.store.words, &before, sizeof(before));
	give_irq_back();
}

/* A wide store has two words for the CPU; unless they are kept together, it is as any other. */
static void a_wide_store_reaches_every_apic_id_behind_its_mask(void **state)
{
	static const struct {
		const char *protocol;
		int error;
	} moves[] = {{"masked", 0}, {"two-step", -ERANGE}};

	(void)state;
	fake_machine_set_apic_id(3, 0x10203);
	for (int i = 0; i < 2; i++) {
		fake_store_init(&fixture.store, true);
		fixture.store.store.wide = true;
		assert_int_equal(allocate_irq_by(moves[i].protocol), 0);
		assert_int_equal(request_irq(fixture.irq, 1), 0);
		assert_delivered_on(1);
		assert_int_equal(irq_set_affinity(fixture.irq, 3), moves[i].error);
		assert_delivered_on(moves[i].error ? 1 : 3);
		assert_int_equal(fixture.store.words.address_hi, moves[i].error ? 0 : 0x10200);
		give_irq_back();
	}
}

static void ims_needs_remapping(void **state)
{
	(void)state;
	assert_int_equal(allocate_irq(&irq_leaf_ims, &fixture.store, &fixture.irq), -ENODEV);
	assert_nothing_left();
	assert_int_equal(irq_set_remapping_domain(&fake_remapping_domain), 0);
	take_irq(&irq_leaf_ims, 1);
	assert_true(message_is_remappable(&fixture.store.words));
	give_irq_back();
}

static void ims_without_remapping_can_be_had_on_purpose(void **state)
{
	struct irq_request on_purpose = {
	        .leaf = &irq_leaf_ims,
	        .store = &fixture.store.store,
	        .protocol = protocol_find("naive-address-first"),
	        .without_remapping_on_purpose = true,
	};

	(void)state;
	assert_int_equal(irq_alloc(&on_purpose, &fixture.irq), 0);
	assert_int_equal(fixture.irq->levels, 2);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_delivered_on(1);
	give_irq_back();
}

static void assert_operations(const struct message *old, const char *expected)
{
	char operations[256];

	fake_store_tell(&fixture.store, old, &fixture.store.words, operations, sizeof(operations));
	assert_string_equal(operations, expected);
	fake_store_forget(&fixture.store);
}

static void a_message_is_complete_before_it_can_be_sent(void **state)
{
	struct message reserved, requested;

	(void)state;
	fake_store_init(&fixture.store, true);
	assert_int_equal(allocate_irq(&irq_leaf_msix, &fixture.store, &fixture.irq), 0);
	reserved = fixture.store.words;
	assert_operations(&reserved, "mask address=new high data=new flush");
	assert_int_equal(message_vector(&reserved), VECTOR_SHUTDOWN);

	assert_int_equal(request_irq(fixture.irq, 1), 0);
	requested = fixture.store.words;
	assert_operations(&reserved, "address=new high data=new flush unmask flush");
	assert_int_equal(message_vector(&requested), fixture.irq->target.vector);

	assert_int_equal(irq_release(fixture.irq), 0);
	assert_memory_equal(&fixture.store.words, &reserved, sizeof(reserved));
	assert_operations(&requested, "mask flush address=new high data=new flush");
	irq_free(fixture.irq);
	assert_operations(&reserved, "mask flush");
}

/* With remapping the one message is for good, and a request only unmasks. */
static void a_remapped_message_is_written_once(void **state)
{
	(void)state;
	fake_store_init(&fixture.store, true);
	assert_int_equal(allocate_irq(&irq_leaf_msix, &fixture.store, &fixture.irq), 0);
	assert_operations(&fixture.store.words, "mask address=new high data=new flush");
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_operations(&fixture.store.words, "unmask flush");
	assert_int_equal(irq_release(fixture.irq), 0);
	assert_operations(&fixture.store.words, "mask flush");
	irq_free(fixture.irq);
	assert_operations(&fixture.store.words, "mask flush");
}

/* What was sent before the release comes in while its vector is still owned. */
static void a_release_waits_for_what_was_sent(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	fake_machine_slow(1, true);
	fake_store_fire(&fixture.store);
	assert_int_equal(fixture.arrivals, 1);
	give_irq_back();
	assert_int_equal(fixture.arrivals, 2);
}

/* However long that takes. */
static void a_release_waits_for_a_busy_cpu(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	fake_machine_hold_for(1, 1000);
	fake_store_fire(&fixture.store);
	assert_int_equal(fixture.arrivals, 1);
	give_irq_back();
	assert_int_equal(fixture.arrivals, 2);
}

/* A released device that cannot be masked may have sent to the vector that is about to be freed. */
static void what_was_sent_before_an_irq_is_freed_reaches_no_other(void **state)
{
	struct fake_store first;
	struct irq *irq;

	(void)state;
	assert_int_equal(vector_limit(1), 0);
	fake_store_init(&first, false);
	assert_int_equal(allocate_irq(&irq_leaf_msi, &first, &irq), 0);
	assert_int_equal(irq->target.cpu, 0);
	fake_machine_run_on(1);
	fake_machine_slow(0, true);
	fake_store_fire(&first);
	irq_free(irq);
	assert_int_equal(allocate_irq(&irq_leaf_msi, &fixture.store, &fixture.irq), 0);
	assert_int_equal(request_irq(fixture.irq, 0), 0);
	fake_machine_slow(0, false);
	assert_int_equal(fixture.arrivals, 0);
	assert_delivered_on(0);
	give_irq_back();
}

static int other_error;

static void move_it_at_the_same_time(struct fake_store *s)
{
	s->after_operation = NULL;
	fake_machine_run_on(3);
	other_error = irq_set_affinity(fixture.irq, 3);
	fake_machine_run_on(0);
}

static void a_second_move_at_the_same_time_is_busy(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	fixture.store.after_operation = move_it_at_the_same_time;
	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
	assert_int_equal(other_error, -EBUSY);
	assert_delivered_on(2);
	assert_int_equal(irq_set_affinity(fixture.irq, 3), 0);
	assert_delivered_on(3);
	give_irq_back();
}

static void only_a_requested_irq_can_be_moved(void **state)
{
	(void)state;
	assert_int_equal(allocate_irq(&irq_leaf_msi, &fixture.store, &fixture.irq), 0);
	assert_int_equal(irq_set_affinity(fixture.irq, 1), -EINVAL);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	irq_release(fixture.irq);
	assert_int_equal(irq_set_affinity(fixture.irq, 2), -EINVAL);
	irq_free(fixture.irq);
}

static void nothing_can_be_requested_twice(void **state)
{
	(void)state;
	take_irq(&irq_leaf_msi, 1);
	assert_int_equal(request_irq(fixture.irq, 2), -EBUSY);
	assert_int_equal(request_irq(fixture.irq, 1), -EBUSY);
	assert_delivered_on(1);
	give_irq_back();
}

static void what_somebody_holds_cannot_be_requested(void **state)
{
	(void)state;
	assert_int_equal(allocate_irq(&irq_leaf_msi, &fixture.store, &fixture.irq), 0);
	assert_true(irq_hold(fixture.irq));
	assert_int_equal(request_irq(fixture.irq, 1), -EBUSY);
	irq_let_go(fixture.irq);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_delivered_on(1);
	give_irq_back();
}

/* The list is in order of numbers, whatever the order in which irqs come and go. */
static void numbers_are_used_again_and_stay_in_order(void **state)
{
	static struct fake_store stores[5];
	struct irq *irqs[5], *irq;
	uint32_t numbers[5];

	(void)state;
	for (int i = 0; i < 5; i++) {
		fake_store_init(&stores[i], true);
		assert_int_equal(allocate_irq(&irq_leaf_msi, &stores[i], &irqs[i]), 0);
		numbers[i] = irqs[i]->number;
	}
	irq_free(irqs[3]);
	irq_free(irqs[1]);
	assert_int_equal(allocate_irq(&irq_leaf_msi, &stores[1], &irqs[1]), 0);
	assert_int_equal(allocate_irq(&irq_leaf_msi, &stores[3], &irqs[3]), 0);
	assert_int_equal(irqs[1]->number, numbers[1]);
	assert_int_equal(irqs[3]->number, numbers[3]);
	irq = irq_first();
	for (int i = 0; i < 5; i++, irq = irq->next) {
		assert_non_null(irq);
		assert_true(!irq->next || irq->number < irq->next->number);
	}
	assert_null(irq);
	for (int i = 0; i < 5; i++)
		irq_free(irqs[i]);
}

static void thousands_of_cycles_leak_nothing(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 5000; n++) {
		take_irq(n % 2 ? &irq_leaf_msi : &irq_leaf_msix, n % FAKE_CPUS);
		for (uint32_t move = 0; move < n % 5; move++)
			assert_int_equal(irq_set_affinity(fixture.irq, (n + 3 * move) % FAKE_CPUS),
			                 0);
		assert_delivered_on(fixture.irq->target.cpu);
		give_irq_back();
		assert_nothing_left();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(an_irq_goes_through_its_three_contexts),
	        DIRECT(without_remapping_the_message_changes),
	        DIRECT(a_move_to_where_it_is_changes_nothing),
	        DIRECT(remapping_stays_while_irqs_exist),
	        DIRECT(ims_needs_remapping),
	        DIRECT(ims_without_remapping_can_be_had_on_purpose),
	        DIRECT(a_message_is_complete_before_it_can_be_sent),
	        DIRECT(a_release_waits_for_what_was_sent),
	        DIRECT(a_release_waits_for_a_busy_cpu),
	        DIRECT(what_was_sent_before_an_irq_is_freed_reaches_no_other),
	        DIRECT(a_second_move_at_the_same_time_is_busy),
	        DIRECT(only_a_requested_irq_can_be_moved),
	        DIRECT(nothing_can_be_requested_twice),
	        DIRECT(what_somebody_holds_cannot_be_requested),
	        DIRECT(numbers_are_used_again_and_stay_in_order),
	        DIRECT(thousands_of_cycles_leak_nothing),
	        REMAPPED(remapping_stands_between_leaf_and_vector),
	        REMAPPED(a_remapped_message_is_written_once),
	        REMAPPED(remapping_absorbs_a_move),
	        REMAPPED(a_move_to_where_it_is_changes_nothing),
	        REMAPPED(thousands_of_cycles_leak_nothing),
	        REMAPPED(remapping_reaches_every_apic_id),
	        DIRECT(a_wide_store_reaches_every_apic_id_behind_its_mask),
	};

	return cmocka_run_group_tests_name("irq", tests, irq_fixture_start, NULL);
}
