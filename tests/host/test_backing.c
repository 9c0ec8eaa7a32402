// SPDX-License-Identifier: MIT
// links: kernel/virt/backing.c tests/host/backing_fixture.c
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/protocols/naive.c kernel/irq/vector.c
// links: kernel/irq/vector_domain.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c tests/host/irq_fixture.c kernel/irq/protocols/masked.c
//
// The host's side of the call: what a guest asks for is had, moved and given back, or refused with
// nothing changed.
#include <asm-generic/errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "kernel/virt/hypercall.h"
#include "tests/host/backing_fixture.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define NONE     HYPERCALL_VECTOR_NONE
#define RESERVED HYPERCALL_VECTOR_RESERVED
#define ANY      -EIO /* an error that no layer has by itself */
#define CYCLES   10000

static struct irq *backing_irq(unsigned int slot)
{
	return guest.backings.slot[slot].irq;
}

/* As the guest's leaf does it, once: with the message that the call's result makes. */
static void take_entry(unsigned int slot)
{
	int64_t entry = guest_update(slot, RESERVED, 0);

	assert_in_range(entry, 0, UINT16_MAX);
	guest.stores[slot].words = message_remappable((uint16_t)entry);
	guest.stores[slot].masked = false;
}

static void take(unsigned int slot, uint32_t vcpu, uint8_t vector)
{
	take_entry(slot);
	assert_int_equal(guest_update(slot, vector, vcpu),
	                 message_index(&guest.stores[slot].words));
	assert_posted(slot, vcpu, vector);
}

static void give_back(unsigned int slot)
{
	assert_int_equal(guest_update(slot, NONE, 0), 0);
}

static void a_store_goes_through_its_three_contexts(void **state)
{
	(void)state;
	take_entry(0);
	assert_int_equal(irq_count(), 1);
	assert_int_equal(fake_remapping_active(), 1);
	assert_int_equal(vectors_in_use(), 0);
	assert_int_equal(vectors_reserved(), 1);
	assert_int_equal(backing_count(&guest.backings), 1);

	assert_int_equal(guest_update(0, 0x41, 0), message_index(&guest.stores[0].words));
	assert_int_equal(backing_irq(0)->target.cpu, guest.cpu_of[0]);
	assert_int_equal(vectors_in_use(), 1);
	assert_int_equal(vectors_reserved(), 0);
	assert_posted(0, 0, 0x41);

	assert_int_equal(guest_update(0, 0x52, 1), message_index(&guest.stores[0].words));
	assert_int_equal(backing_irq(0)->target.cpu, guest.cpu_of[1]);
	assert_posted(0, 1, 0x52);

	assert_int_equal(guest_update(0, RESERVED, 0), message_index(&guest.stores[0].words));
	assert_int_equal(vectors_in_use(), 0);
	assert_int_equal(vectors_reserved(), 1);
	assert_not_posted(0);
	give_back(0);
	assert_int_equal(backing_count(&guest.backings), 0);
}

/* A guest whose leaf cannot reserve asks for a vector at once; any order of the three will do. */
static void each_state_leads_to_each(void **state)
{
	static const uint64_t ways[][4] = {
	        {0x41, 0x41, 0x41, NONE},
	        {RESERVED, RESERVED, 0x41, NONE},
	        {0x41, RESERVED, RESERVED, NONE},
	        {0x41, RESERVED, 0x42, NONE},
	};

	(void)state;
	for (unsigned int way = 0; way < 4; way++) {
		for (unsigned int step = 0; step < 4; step++)
			assert_int_equal(guest_update(1, ways[way][step], 1), 0);
		assert_nothing_left();
	}
	assert_int_equal(guest_update(1, NONE, 0), -ENOENT);
}

static void slots_have_backings_of_their_own(void **state)
{
	(void)state;
	for (unsigned int slot = 0; slot < GUEST_SLOTS; slot++)
		take(slot, slot % GUEST_VCPUS, (uint8_t)(0x60 + slot));
	for (unsigned int slot = 0; slot < GUEST_SLOTS; slot++)
		assert_posted(slot, slot % GUEST_VCPUS, (uint8_t)(0x60 + slot));
	give_back(2);
	assert_posted(3, 1, 0x63);
	backing_end(&guest.backings);
}

static void what_there_is_not_is_refused(void **state)
{
	uint64_t handle = hypercall_handle(GUEST_DEVICE, 0);

	(void)state;
	assert_int_equal(guest_update(GUEST_SLOTS, RESERVED, 0), -EINVAL);
	assert_int_equal(guest_update(0, 0x41, GUEST_VCPUS), -EINVAL);
	assert_int_equal(guest_update(0, 0x41, 1UL << 32), -EINVAL);
	assert_int_equal(guest_update(0, 2, 0), -EINVAL);
	assert_int_equal(guest_update(0, 31, 0), -EINVAL);
	assert_int_equal(guest_update(0, 256, 0), -EINVAL);
	assert_int_equal(guest_update(0, 0x100000041, 0), -EINVAL);
	assert_int_equal(backing_update(&guest.backings, handle + 0x10000, RESERVED, 0), -ENODEV);
	assert_int_equal(backing_update(&guest.backings, handle | 1UL << 32, RESERVED, 0), -ENODEV);
	assert_int_equal(guest.backings.counts.refused, 9);
	assert_int_equal(guest.backings.counts.allocs, 0);
	assert_nothing_left();
}

static void without_remapping_the_guest_gets_no_entry(void **state)
{
	(void)state;
	assert_int_equal(guest_update(0, RESERVED, 0), -ENODEV);
	assert_int_equal(guest_update(0, 0x41, 0), -ENODEV);
	assert_nothing_left();
}

static void a_device_is_had_once(void **state)
{
	static struct source other;

	(void)state;
	other = guest.source;
	assert_int_equal(backing_assign(&guest.backings, &other, true, NULL), -EBUSY);
	for (uint16_t n = 1; n < BACKING_DEVICES_MAX; n++) {
		struct source *more = calloc(1, sizeof(*more));

		assert_non_null(more);
		more->requester.id = n;
		assert_int_equal(backing_assign(&guest.backings, more, true, NULL), 0);
	}
	other.requester.id = BACKING_DEVICES_MAX;
	assert_int_equal(backing_assign(&guest.backings, &other, true, NULL), -ENOSPC);
	for (unsigned int n = 1; n < BACKING_DEVICES_MAX; n++)
		free(guest.backings.device[n].source);
}

static void slots_beyond_the_room_are_refused(void **state)
{
	static struct source big;

	(void)state;
	big = guest.source;
	big.requester.id = 1;
	big.slots = BACKING_SLOTS_MAX - GUEST_SLOTS + 1;
	assert_int_equal(backing_assign(&guest.backings, &big, true, NULL), -ENOSPC);
	big.slots--;
	assert_int_equal(backing_assign(&guest.backings, &big, true, NULL), 0);
}

/* A backing that is there stays what it was, another one leaves nothing. */
static void assert_all_as_before(bool there)
{
	inject_nothing();
	memset(&fake_remapping_errors, 0, sizeof(fake_remapping_errors));
	if (!there) {
		assert_nothing_left();
		assert_int_equal(backing_count(&guest.backings), 0);
		return;
	}
	assert_posted(0, 0, 0x41);
	assert_int_equal(backing_irq(0)->target.cpu, guest.cpu_of[0]);
	assert_int_equal(irq_count(), 1);
}

static void an_allocation_that_the_host_refuses_leaves_nothing(void **state)
{
	static const uint64_t vectors[] = {RESERVED, 0x41};

	(void)state;
	for (enum layer layer = LEAF; layer <= VECTOR; layer++)
		for (enum irq_step step = IRQ_STEP_ALLOC; step <= IRQ_STEP_ACTIVATE; step++)
			for (unsigned int n = 0; n < 2; n++) {
				inject(layer, step, ANY);
				assert_int_equal(guest_update(0, vectors[n], 0), ANY);
				assert_all_as_before(false);
			}
	fake_remapping_errors.alloc = -ENOSPC;
	assert_int_equal(guest_update(0, RESERVED, 0), -ENOSPC);
	assert_all_as_before(false);
}

static void a_first_vector_that_the_host_refuses_leaves_nothing(void **state)
{
	(void)state;
	for (enum layer layer = REMAPPING; layer <= VECTOR; layer++) {
		inject(layer, IRQ_STEP_SET_AFFINITY, ANY);
		assert_int_equal(guest_update(0, 0x41, 0), ANY);
		assert_all_as_before(false);
	}
}

static void a_request_that_the_host_refuses_leaves_the_reservation(void **state)
{
	(void)state;
	for (enum layer layer = REMAPPING; layer <= VECTOR; layer++) {
		take_entry(0);
		inject(layer, IRQ_STEP_SET_AFFINITY, ANY);
		assert_int_equal(guest_update(0, 0x41, 0), ANY);
		inject_nothing();
		assert_int_equal(vectors_in_use(), 0);
		assert_int_equal(vectors_reserved(), 1);
		assert_not_posted(0);
		assert_int_equal(guest_update(0, RESERVED, 0),
		                 message_index(&guest.stores[0].words));
		assert_int_equal(guest_update(0, 0x41, 0), message_index(&guest.stores[0].words));
		assert_all_as_before(true);
		give_back(0);
	}
}

static void a_move_that_the_host_refuses_leaves_the_old_target(void **state)
{
	(void)state;
	take(0, 0, 0x41);
	for (enum layer layer = REMAPPING; layer <= VECTOR; layer++) {
		inject(layer, IRQ_STEP_SET_AFFINITY, ANY);
		assert_int_equal(guest_update(0, 0x52, 1), ANY);
		assert_all_as_before(true);
	}
	fake_remapping_errors.set_affinity = -ETIMEDOUT;
	assert_int_equal(guest_update(0, 0x52, 1), -ETIMEDOUT);
	assert_all_as_before(true);
	give_back(0);
}

static void a_host_out_of_vectors_says_so(void **state)
{
	(void)state;
	assert_int_equal(vector_limit(1), 0);
	guest.cpu_of[1] = guest.cpu_of[0];
	take(0, 0, 0x41);
	take_entry(1);
	assert_int_equal(guest_update(1, 0x52, 1), -ENOSPC);
	assert_not_posted(1);
	assert_posted(0, 0, 0x41);
	give_back(0);
	assert_int_equal(guest_update(1, 0x52, 1), message_index(&guest.stores[1].words));
	assert_posted(1, 1, 0x52);
	give_back(1);
}

/* What the entry does not let go of stays with the irq, which is freed all the same. */
static void a_release_that_the_host_refuses_is_an_error_and_can_be_repeated(void **state)
{
	(void)state;
	take(0, 0, 0x41);
	fake_remapping_errors.set_affinity = ANY;
	assert_int_equal(guest_update(0, RESERVED, 0), ANY);
	assert_int_equal(guest_update(0, RESERVED, 0), ANY);
	fake_remapping_errors.set_affinity = 0;
	assert_int_equal(guest_update(0, RESERVED, 0), 0);
	assert_int_equal(vectors_in_use(), 0);

	assert_int_equal(guest_update(0, 0x41, 0), 0);
	assert_posted(0, 0, 0x41);
	fake_remapping_errors.set_affinity = ANY;
	give_back(0);
	fake_remapping_errors.set_affinity = 0;
	assert_nothing_left();
}

/* Meanwhile the guest wants it again, and is refused: the vector is still to be given back. */
static void a_refused_request_between_two_releases_keeps_no_vector(void **state)
{
	(void)state;
	take(0, 0, 0x41);
	fake_remapping_errors.set_affinity = ANY;
	assert_int_equal(guest_update(0, RESERVED, 0), ANY);
	assert_int_equal(guest_update(0, 0x52, 1), ANY);
	assert_int_equal(guest_update(0, RESERVED, 0), ANY);
	fake_remapping_errors.set_affinity = 0;
	assert_int_equal(guest_update(0, RESERVED, 0), 0);
	assert_int_equal(vectors_in_use(), 0);
	assert_int_equal(vectors_reserved(), 1);
	give_back(0);
}

static int one_in_three(const struct irq *irq, const struct irq_layer *layer, enum irq_step step)
{
	(void)irq, (void)layer, (void)step;
	return rand() % 3 ? 0 : ANY;
}

static void nothing_leaks_in_thousands_of_lives_with_errors(void **state)
{
	unsigned int refused = 0;

	(void)state;
	srand(1);
	irq_inject(one_in_three);
	for (unsigned int n = 0; n < CYCLES; n++) {
		uint64_t vectors[] = {RESERVED, 0x41, 0x52, 0x41, RESERVED};

		for (unsigned int step = 0; step < 5; step++)
			refused += guest_update(n % GUEST_SLOTS, vectors[step], step & 1) < 0;
		/* -ENOENT when each of them failed. */
		guest_update(n % GUEST_SLOTS, NONE, 0);
		assert_nothing_left();
	}
	inject_nothing();
	assert_true(refused > CYCLES);
	assert_int_equal(guest.backings.counts.refused >= refused, true);
	take(0, 0, 0x41);
	give_back(0);
}

/* It waits in the old host CPU's IRR and is the new target's when it is taken. */
static void a_message_of_before_a_move_comes_in_at_the_new_target(void **state)
{
	unsigned int before;

	(void)state;
	take(0, 0, 0x41);
	fake_machine_hold(guest.cpu_of[0]);
	before = guest.posts;
	fake_store_fire(&guest.stores[0]);
	assert_int_equal(guest_update(0, 0x52, 1), message_index(&guest.stores[0].words));
	assert_int_equal(guest.posts, before);
	fake_machine_let_go(guest.cpu_of[0]);
	assert_int_equal(guest.posts, before + 1);
	assert_int_equal(guest.vcpu, 1);
	assert_int_equal(guest.vector, 0x52);
	give_back(0);
}

/* It is on its way to a vCPU that moves between host CPUs: neither lost nor sent twice. */
static void backings_follow_their_vcpu(void **state)
{
	(void)state;
	take(0, 0, 0x41);
	take(1, 1, 0x52);
	take_entry(2);
	guest.cpu_of[0] = 3;
	assert_int_equal(backing_follow(&guest.backings, 0), 0);
	assert_int_equal(backing_irq(0)->target.cpu, 3);
	assert_int_equal(backing_irq(1)->target.cpu, guest.cpu_of[1]);
	assert_posted(0, 0, 0x41);
	assert_posted(1, 1, 0x52);

	guest.cpu_of[0] = 0;
	inject(VECTOR, IRQ_STEP_SET_AFFINITY, ANY);
	assert_int_equal(backing_follow(&guest.backings, 0), 1);
	inject_nothing();
	assert_int_equal(backing_irq(0)->target.cpu, 3);
	assert_posted(0, 0, 0x41);
	backing_end(&guest.backings);
}

static void each_message_is_counted_once(void **state)
{
	const struct backing_counts *counts = &guest.backings.counts;

	(void)state;
	take(0, 0, 0x41);
	assert_posted(0, 0, 0x41);
	guest.merges = true;
	assert_posted(0, 0, 0x41);
	assert_int_equal(counts->posts, 2);
	assert_int_equal(counts->merged, 1);
	assert_int_equal(counts->unrouted, 0);
	assert_int_equal(counts->strays, 0);
	assert_int_equal(counts->updates, 2);
	assert_int_equal(counts->retargets, 1);
	assert_int_equal(guest_update(0, 0x42, 0), 0);
	assert_int_equal(counts->retargets, 1); /* another vector of the same vCPU */
	assert_posted(0, 0, 0x42);
	give_back(0);
}

/* The host's own store: its message, its mask bit, with remapping and without. */
static void a_store_that_the_host_writes_is_unmasked_at_the_request(void **state)
{
	struct fake_store *store = &guest.stores[0];

	(void)state;
	assert_in_range(guest_update(0, RESERVED, 0), 0, UINT16_MAX);
	assert_true(store->masked);
	assert_in_range(guest_update(0, 0x41, 0), 0, UINT16_MAX);
	assert_false(store->masked);
	assert_int_equal(message_is_remappable(&store->words), fixture.remapped);
	assert_posted(0, 0, 0x41);
	assert_in_range(guest_update(0, 0x52, 1), 0, UINT16_MAX);
	assert_posted(0, 1, 0x52);
	assert_in_range(guest_update(0, RESERVED, 0), 0, UINT16_MAX);
	assert_true(store->masked);
	give_back(0);
}

#define GUEST(test) cmocka_unit_test_setup_teardown(test, guest_begin, irq_fixture_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        GUEST(a_store_goes_through_its_three_contexts),
	        GUEST(each_state_leads_to_each),
	        GUEST(slots_have_backings_of_their_own),
	        GUEST(what_there_is_not_is_refused),
	        cmocka_unit_test_setup_teardown(without_remapping_the_guest_gets_no_entry,
	                                        guest_begin_direct, irq_fixture_end),
	        GUEST(a_device_is_had_once),
	        GUEST(slots_beyond_the_room_are_refused),
	        GUEST(an_allocation_that_the_host_refuses_leaves_nothing),
	        GUEST(a_first_vector_that_the_host_refuses_leaves_nothing),
	        GUEST(a_request_that_the_host_refuses_leaves_the_reservation),
	        GUEST(a_move_that_the_host_refuses_leaves_the_old_target),
	        GUEST(a_host_out_of_vectors_says_so),
	        GUEST(a_release_that_the_host_refuses_is_an_error_and_can_be_repeated),
	        GUEST(a_refused_request_between_two_releases_keeps_no_vector),
	        GUEST(nothing_leaks_in_thousands_of_lives_with_errors),
	        GUEST(a_message_of_before_a_move_comes_in_at_the_new_target),
	        GUEST(backings_follow_their_vcpu),
	        GUEST(each_message_is_counted_once),
	        cmocka_unit_test_setup_teardown(
	                a_store_that_the_host_writes_is_unmasked_at_the_request,
	                guest_begin_trapped, irq_fixture_end),
	        cmocka_unit_test_setup_teardown(
	                a_store_that_the_host_writes_is_unmasked_at_the_request,
	                guest_begin_trapped_direct, irq_fixture_end),
	};

	return cmocka_run_group_tests(tests, irq_fixture_start, NULL);
}
