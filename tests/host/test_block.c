// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/protocols/naive.c kernel/irq/vector.c
// links: kernel/irq/vector_domain.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c tests/host/irq_fixture.c
//
// Blocks of irqs that share a message but for the data's lowest bits: with remapping as many as
// were asked for, each with an entry and a CPU of its own, and without it one.
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/irq/vector.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

#define ANY       -EIO
#define BLOCK_MAX 32 /* PCIe 6.0, 7.7.1.2 "Message Control Register for MSI" */

static struct fake_store stores[BLOCK_MAX];
static struct irq *irqs[BLOCK_MAX];

static int allocate_block(unsigned int count, bool maskable)
{
	const struct irq_request request = {.leaf = &irq_leaf_msi, .name = "device"};
	struct message_store *of_stores[BLOCK_MAX];

	for (unsigned int n = 0; n < count; n++) {
		fake_store_init(&stores[n], maskable);
		stores[n].number = n;
		of_stores[n] = &stores[n].store;
		irqs[n] = NULL;
	}
	return irq_alloc_block(&request, of_stores, count, irqs);
}

static void free_block(unsigned int count)
{
	while (count-- > 0)
		irq_free(irqs[count]);
}

static void assert_works(unsigned int n)
{
	unsigned int before = fixture.arrivals;

	fake_store_fire(&stores[n]);
	assert_int_equal(fixture.arrivals, before + 1);
	assert_ptr_equal(fixture.last_irq, irqs[n]);
	assert_int_equal(fixture.last.cpu, irqs[n]->target.cpu);
	assert_int_equal(fixture.last.vector, irqs[n]->target.vector);
}

/* One message for all: each gets the first one's, and the device adds its number. */
static void assert_is_a_block(unsigned int count)
{
	uint32_t first = irqs[0]->chain[1].index;

	assert_int_equal(first % count, 0);
	assert_int_equal(fake_remapping_allocated(), count);
	assert_int_equal(fake_remapping_active(), count);
	for (unsigned int n = 0; n < count; n++) {
		assert_ptr_equal(irqs[n]->block, irqs[0]);
		assert_int_equal(irqs[n]->block_size, count);
		assert_int_equal(irqs[n]->block_offset, n);
		assert_int_equal(irqs[n]->chain[1].index, first + n);
		assert_memory_equal(&stores[n].words, &stores[0].words, sizeof(struct message));
		assert_int_equal(stores[n].words.data & (count - 1), 0);
	}
}

static void a_block_of(unsigned int count, bool maskable)
{
	assert_int_equal(allocate_block(count, maskable), count);
	assert_is_a_block(count);
	assert_int_equal(vectors_reserved(), maskable ? count : 0);
	assert_int_equal(vectors_in_use(), maskable ? 0 : count);
	for (unsigned int n = 0; n < count; n++)
		assert_int_equal(request_irq(irqs[n], n % FAKE_CPUS), 0);
	for (unsigned int round = 1; round < FAKE_CPUS; round++) {
		for (unsigned int n = 0; n < count; n++) {
			assert_int_equal(irq_set_affinity(irqs[n], (n + round) % FAKE_CPUS), 0);
			assert_works(n);
		}
		for (unsigned int n = 0; n < count; n++)
			assert_works(n);
	}
	for (unsigned int n = 0; n < count; n++)
		assert_int_equal(irq_release(irqs[n]), 0);
	free_block(count);
	assert_nothing_left();
}

static void each_of_a_block_goes_where_it_likes(void **state)
{
	(void)state;
	for (unsigned int count = 1; count <= BLOCK_MAX; count *= 2) {
		a_block_of(count, false);
		a_block_of(count, true);
	}
	assert_string_equal(shim_printed(), "");
}

static void blocks_lie_side_by_side(void **state)
{
	struct fake_store single;
	struct irq *irq;

	(void)state;
	fake_store_init(&single, true);
	assert_int_equal(allocate_irq(&irq_leaf_msix, &single, &irq), 0);
	assert_int_equal(irq->block_size, 1);
	assert_ptr_equal(irq->block, irq);
	assert_int_equal(allocate_block(8, true), 8);
	assert_int_equal(irqs[0]->chain[1].index % 8, 0);
	assert_int_equal(fake_remapping_allocated(), 9);
	irq_free(irq);
	assert_int_equal(fake_remapping_allocated(), 8);
	assert_int_equal(request_irq(irqs[7], 1), 0);
	assert_works(7);
	assert_int_equal(irq_release(irqs[7]), 0);
	free_block(8);
}

static void without_remapping_a_block_is_one_irq_and_says_so(void **state)
{
	(void)state;
	for (int maskable = 0; maskable < 2; maskable++) {
		shim_forget_printed();
		assert_int_equal(allocate_block(8, maskable), 1);
		assert_string_equal(shim_printed(),
		                    "# irq: device asks for 8 vectors and gets 1: without "
		                    "remapping they could only move together, to vectors in a "
		                    "row\n");
		assert_int_equal(irq_count(), 1);
		assert_null(irqs[1]);
		assert_int_equal(irqs[0]->block_size, 1);
		assert_int_equal(request_irq(irqs[0], 1), 0);
		assert_works(0);
		assert_int_equal(irq_release(irqs[0]), 0);
		free_block(1);
		assert_nothing_left();
	}
}

static void one_without_remapping_is_nothing_to_talk_about(void **state)
{
	(void)state;
	assert_int_equal(allocate_block(1, true), 1);
	assert_string_equal(shim_printed(), "");
	free_block(1);
}

/* Which irq of the block, and at which layer and step. */
static struct {
	uint16_t offset;
	unsigned int level;
	enum irq_step step;
} broken;

static int broken_there(const struct irq *irq, const struct irq_layer *layer, enum irq_step step)
{
	return irq->block_offset == broken.offset && layer == &irq->chain[broken.level] &&
	                       step == broken.step
	               ? ANY
	               : 0;
}

/* Whichever fails, those before it are given back, and the entries in one piece. */
static void a_failure_in_the_middle_takes_nothing(void **state)
{
	(void)state;
	for (int maskable = 0; maskable < 2; maskable++)
		for (broken.offset = 0; broken.offset < 8; broken.offset++)
			for (broken.level = 0; broken.level < 3; broken.level++)
				for (broken.step = IRQ_STEP_ALLOC; broken.step <= IRQ_STEP_ACTIVATE;
				     broken.step++) {
					irq_inject(broken_there);
					assert_int_equal(allocate_block(8, maskable), ANY);
					assert_nothing_left();
					irq_inject(NULL);
					a_block_of(8, maskable);
				}
}

/* More entries than are free, and as many as are free but not in a row. */
static void a_block_needs_its_entries_in_a_row(void **state)
{
	static struct fake_store single[FAKE_ENTRIES];
	static struct irq *irq[FAKE_ENTRIES];
	uint32_t count;

	(void)state;
	for (count = 0; count < FAKE_ENTRIES; count++) {
		fake_store_init(&single[count], true);
		assert_int_equal(allocate_irq(&irq_leaf_msix, &single[count], &irq[count]), 0);
	}
	assert_int_equal(allocate_irq(&irq_leaf_msix, &fixture.store, &fixture.irq), -ENOSPC);
	for (uint32_t i = 0; i < FAKE_ENTRIES; i += 2)
		irq_free(irq[i]);
	for (int n = 0; n < 100; n++) {
		assert_int_equal(allocate_block(2, true), -ENOSPC);
		assert_int_equal(irq_count(), FAKE_ENTRIES / 2);
		assert_int_equal(vectors_reserved(), FAKE_ENTRIES / 2);
		assert_int_equal(fake_remapping_allocated(), FAKE_ENTRIES / 2);
	}
	irq_free(irq[1]);
	assert_int_equal(allocate_block(2, true), 2);
	free_block(2);
	for (uint32_t i = 3; i < FAKE_ENTRIES; i += 2)
		irq_free(irq[i]);
}

/* A device that cannot be masked needs a vector for each from the start. */
static void a_block_without_enough_vectors_takes_nothing(void **state)
{
	(void)state;
	assert_int_equal(vector_limit(7), 0);
	for (int n = 0; n < 100; n++) {
		assert_int_equal(allocate_block(32, false), -ENOSPC);
		assert_nothing_left();
	}
	assert_int_equal(allocate_block(32, true), 32);
	assert_int_equal(vectors_reserved(), 32);
	free_block(32);
	assert_int_equal(vector_limit(0), 0);
	a_block_of(32, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(without_remapping_a_block_is_one_irq_and_says_so),
	        DIRECT(one_without_remapping_is_nothing_to_talk_about),
	        REMAPPED(each_of_a_block_goes_where_it_likes),
	        REMAPPED(blocks_lie_side_by_side),
	        REMAPPED(a_failure_in_the_middle_takes_nothing),
	        REMAPPED(a_block_needs_its_entries_in_a_row),
	        REMAPPED(a_block_without_enough_vectors_takes_nothing),
	};

	return cmocka_run_group_tests_name("block", tests, irq_fixture_start, NULL);
}
