// SPDX-License-Identifier: MIT
// links: drivers/vtd/ir_domain.c drivers/vtd/irte.c drivers/vtd/indexes.c kernel/irq/message.c
/*
 * The remapping layer against a unit that is memory only: which entries an irq or a block of them
 * takes, what is in them, and what becomes of them when hardware does not answer.
 */
#include <asm-generic/errno.h>
#include <string.h>

#include "drivers/vtd/ir_domain.h"
#include "drivers/vtd/vtd.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/protocol.h"
#include "tests/host/unit.h"

#define ENTRIES 16
#define BLOCK   4
#define LAYER   1 /* between leaf and vector */

static struct vtd_unit unit;
static struct irte table[ENTRIES];
static uint64_t taken;
static struct vtd_unit *unit_of_devices;
static int publish_error, update_error;
static int withdraw_fails_at; /* an index, -1: none */

struct vtd_unit *vtd_unit_covering(const struct requester *requester)
{
	(void)requester;
	return unit_of_devices;
}

/* Since it was last cleared: the entries that were invalidated, a bit for each. */
static uint32_t invalidated;

int vtd_unit_allocate(struct vtd_unit *of, unsigned int count)
{
	return vtd_indexes_take(&of->indexes, count);
}

void vtd_unit_free(struct vtd_unit *of, uint16_t index, unsigned int count)
{
	vtd_indexes_give_back(&of->indexes, index, count);
}

int vtd_unit_publish_new(struct vtd_unit *of, uint16_t index, const struct irte *value)
{
	irte_publish_new(&of->table[index], value);
	return publish_error;
}

int vtd_unit_store_target(struct vtd_unit *of, uint16_t index, const struct irte *value)
{
	return irte_publish_target(&of->table[index], value);
}

int vtd_unit_invalidate(struct vtd_unit *of, uint16_t index)
{
	(void)of;
	invalidated |= 1U << index;
	return publish_error;
}

int vtd_unit_withdraw(struct vtd_unit *of, uint16_t index)
{
	irte_withdraw(&of->table[index]);
	return index == withdraw_fails_at ? -ETIMEDOUT : 0;
}

static void nothing(struct irq *irq)
{
	(void)irq;
}

static const struct irq_leaf edge = {.domain.name = "edge"};
static const struct irq_leaf level = {.domain.name = "level", .end_of_interrupt = nothing};

static struct irq irqs[BLOCK];

static int begin(void **state)
{
	(void)state;
	memset(table, 0, sizeof(table));
	unit = (struct vtd_unit){.name = "vtd0", .table = table};
	vtd_indexes_init(&unit.indexes, &taken, ENTRIES);
	unit_of_devices = &unit;
	publish_error = update_error = 0;
	withdraw_fails_at = -1;
	memset(irqs, 0, sizeof(irqs));
	for (int i = 0; i < BLOCK; i++) {
		irqs[i].leaf = &edge;
		irqs[i].requester.id = 0x0018;
		irqs[i].target = (struct irq_target){.cpu = i, .apic_id = i, .vector = 0x31 + i};
		irqs[i].block = &irqs[i];
		irqs[i].block_size = 1;
	}
	return 0;
}

static void make_block(void)
{
	for (uint16_t i = 0; i < BLOCK; i++) {
		irqs[i].block = &irqs[0];
		irqs[i].block_size = BLOCK;
		irqs[i].block_offset = i;
	}
}

static int alloc(int i)
{
	return vtd_ir_domain.alloc(&irqs[i], &irqs[i].chain[LAYER]);
}

static void release(int i)
{
	vtd_ir_domain.free(&irqs[i], &irqs[i].chain[LAYER]);
}

static int activate(int i)
{
	return vtd_ir_domain.activate(&irqs[i], &irqs[i].chain[LAYER]);
}

static void assert_entry(uint32_t index, uint64_t lo, uint64_t hi)
{
	assert_int_equal(table[index].lo, lo);
	assert_int_equal(table[index].hi, hi);
}

static void an_irq_has_one_entry(void **state)
{
	struct message message;

	(void)state;
	assert_int_equal(alloc(0), 0);
	assert_int_equal(alloc(1), 0);
	assert_int_equal(unit.indexes.count, 2);
	assert_int_equal(activate(1), 0);
	assert_entry(1, 0x0000010000320001, 0x40018);
	assert_int_equal(vtd_ir_domain.compose(&irqs[1], &irqs[1].chain[LAYER], &message), 0);
	assert_int_equal(message.address_lo, 0xfee00030);
	assert_int_equal(message.data, 0);
	release(0);
	release(1);
	assert_int_equal(unit.indexes.count, 0);
}

static void a_block_has_entries_in_a_row_and_one_message(void **state)
{
	struct message message;

	(void)state;
	assert_int_equal(vtd_unit_allocate(&unit, 1), 0);
	make_block();
	for (int i = 0; i < BLOCK; i++) {
		assert_int_equal(alloc(i), 0);
		assert_ptr_equal(irqs[i].chain[LAYER].unit, &unit);
		assert_int_equal(irqs[i].chain[LAYER].index, 4 + i);
		assert_int_equal(unit.indexes.count, 1 + BLOCK);
		assert_int_equal(activate(i), 0);
		vtd_ir_domain.compose(&irqs[i], &irqs[i].chain[LAYER], &message);
		assert_int_equal(message.address_lo, 0xfee00098);
		assert_int_equal(message.data, 0);
	}
	assert_entry(4, 0x0000000000310001, 0x40018);
	assert_entry(7, 0x0000030000340001, 0x40018);
}

static void each_of_a_block_moves_alone(void **state)
{
	(void)state;
	make_block();
	for (int i = 0; i < BLOCK; i++) {
		assert_int_equal(alloc(i), 0);
		assert_int_equal(activate(i), 0);
	}
	irqs[2].target = (struct irq_target){.cpu = 9, .apic_id = 9, .vector = 0xef};
	assert_int_equal(vtd_ir_domain.set_affinity(&irqs[2], &irqs[2].chain[LAYER], 9),
	                 IRQ_ABSORBED);
	assert_entry(1, 0x0000010000320001, 0x40018);
	assert_entry(2, 0x0000090000ef0001, 0x40018);
	assert_entry(3, 0x0000030000340001, 0x40018);
}

/* The timeline of kernel/irq/protocols/remapped.c. */
static void in_window(struct irq *irq, unsigned int window)
{
	const struct {
		uint64_t lo;
		uint32_t invalidated;
	} expected[] = {
	        {0x0000000000310001, 0},
	        {0x0000090000ef0001, 0},
	        {0x0000090000ef0001, 1U << 0},
	};

	assert_true(window < 3);
	assert_int_equal(irq->number, window);
	irq->number++;
	assert_entry(0, expected[window].lo, 0x40018);
	assert_int_equal(invalidated, expected[window].invalidated);
}

static void a_move_is_a_store_and_then_an_invalidation(void **state)
{
	(void)state;
	assert_int_equal(alloc(0), 0);
	assert_int_equal(activate(0), 0);
	irqs[0].target = (struct irq_target){.cpu = 9, .apic_id = 9, .vector = 0xef};
	irqs[0].at_window = in_window;
	invalidated = 0;
	assert_int_equal(vtd_ir_domain.set_affinity(&irqs[0], &irqs[0].chain[LAYER], 9),
	                 IRQ_ABSORBED);
	assert_int_equal(irqs[0].number, 3);
}

/* A way of updating the entry that has two windows of its own. */
static int update(struct irq *irq, struct irte *entry, const struct irte *value)
{
	assert_ptr_equal(entry, &table[0]);
	if (update_error)
		return update_error;
	irq_window(irq, 1);
	irq_window(irq, 2);
	*entry = *value;
	return 0;
}

static const struct protocol three_stores = {
        .name = "three-stores", .update_entry = update, .entry_windows = 2};

static void in_window_of_three_stores(struct irq *irq, unsigned int window)
{
	assert_int_equal(irq->number, window);
	irq->number++;
	assert_entry(0, window < 3 ? 0x0000000000310001 : 0x0000090000ef0001, 0x40018);
	assert_int_equal(invalidated, window == 4);
}

static void a_protocol_may_update_the_entry_in_its_own_way(void **state)
{
	struct irq *irq = &irqs[0];

	(void)state;
	assert_int_equal(alloc(0), 0);
	assert_int_equal(activate(0), 0);
	irq->protocol = &three_stores;
	irq->target = (struct irq_target){.cpu = 9, .apic_id = 9, .vector = 0xef};
	irq->at_window = in_window_of_three_stores;
	invalidated = 0;
	assert_int_equal(vtd_ir_domain.set_affinity(irq, &irq->chain[LAYER], 9), IRQ_ABSORBED);
	assert_int_equal(irq->number, 5);
}

static void the_first_of_a_block_gives_it_back(void **state)
{
	(void)state;
	make_block();
	for (int i = 0; i < BLOCK; i++)
		assert_int_equal(alloc(i), 0);
	for (int i = BLOCK - 1; i > 0; i--) {
		release(i);
		assert_int_equal(unit.indexes.count, BLOCK);
	}
	release(0);
	assert_int_equal(unit.indexes.count, 0);
}

/* Hardware may still know the entry, so nobody else may get it. */
static void an_entry_that_is_not_withdrawn_is_not_given_back(void **state)
{
	(void)state;
	make_block();
	for (int i = 0; i < BLOCK; i++)
		assert_int_equal(alloc(i), 0);
	withdraw_fails_at = 3;
	for (int i = BLOCK; i-- > 0;)
		release(i);
	assert_int_equal(unit.indexes.count, BLOCK);
	for (int i = 0; i < BLOCK; i++)
		assert_int_equal(table[i].lo & IRTE_LO_P, 0);
}

static void a_full_table_is_an_error(void **state)
{
	(void)state;
	for (int i = 0; i < ENTRIES - BLOCK + 1; i++)
		assert_int_equal(vtd_unit_allocate(&unit, 1), i);
	make_block();
	assert_int_equal(alloc(0), -ENOSPC);
	assert_int_equal(unit.indexes.count, ENTRIES - BLOCK + 1);
}

static void who_is_named_by_a_table_has_the_unit_it_names(void **state)
{
	static struct vtd_unit other;

	(void)state;
	unit_of_devices = &other;
	irqs[0].requester = (struct requester){.id = 0xff00, .by_name = true, .unit = &unit};
	assert_int_equal(alloc(0), 0);
	assert_ptr_equal(irqs[0].chain[LAYER].unit, &unit);
	assert_int_equal(activate(0), 0);
	assert_entry(0, 0x0000000000310001, 0x4ff00);
}

static void who_no_unit_covers_is_refused(void **state)
{
	(void)state;
	irqs[0].requester.by_name = true;
	assert_int_equal(alloc(0), -ENODEV);
	unit_of_devices = NULL;
	assert_int_equal(alloc(1), -ENODEV);
	assert_int_equal(unit.indexes.count, 0);
}

static void a_level_triggered_irq_has_a_level_triggered_entry(void **state)
{
	(void)state;
	irqs[0].leaf = &level;
	assert_int_equal(alloc(0), 0);
	assert_int_equal(activate(0), 0);
	assert_entry(0, 0x0000000000310011, 0x40018);
	irqs[0].target.vector = 0x52;
	assert_int_equal(vtd_ir_domain.set_affinity(&irqs[0], &irqs[0].chain[LAYER], 0),
	                 IRQ_ABSORBED);
	assert_entry(0, 0x0000000000520011, 0x40018);
}

static void behind_a_bridge_any_of_the_bus_may_send(void **state)
{
	(void)state;
	irqs[0].requester.id = 0x0200;
	irqs[0].requester.bus_only = true;
	assert_int_equal(alloc(0), 0);
	assert_int_equal(activate(0), 0);
	assert_entry(0, 0x0000000000310001, 0x80202);
}

static void errors_leave_the_entry_as_it_was(void **state)
{
	(void)state;
	assert_int_equal(alloc(0), 0);
	publish_error = -EIO;
	assert_int_equal(activate(0), -EIO);
	assert_int_equal(table[0].lo & IRTE_LO_P, 0);

	publish_error = 0;
	assert_int_equal(activate(0), 0);
	irqs[0].target = (struct irq_target){.cpu = 2, .apic_id = 2, .vector = 0x60};
	publish_error = -EIO;
	assert_int_equal(vtd_ir_domain.set_affinity(&irqs[0], &irqs[0].chain[LAYER], 2), -EIO);
	assert_entry(0, 0x0000000000310001, 0x40018);
	irqs[0].protocol = &three_stores;
	assert_int_equal(vtd_ir_domain.set_affinity(&irqs[0], &irqs[0].chain[LAYER], 2), -EIO);
	assert_entry(0, 0x0000000000310001, 0x40018);
	update_error = -EBUSY;
	assert_int_equal(vtd_ir_domain.set_affinity(&irqs[0], &irqs[0].chain[LAYER], 2), -EBUSY);
	assert_entry(0, 0x0000000000310001, 0x40018);
	irqs[0].target.apic_id = 256;
	assert_int_equal(vtd_ir_domain.set_affinity(&irqs[0], &irqs[0].chain[LAYER], 3), -EINVAL);
	assert_entry(0, 0x0000000000310001, 0x40018);
}

static void the_entry_is_described(void **state)
{
	char text[160], small[12];

	(void)state;
	assert_int_equal(alloc(0), 0);
	assert_int_equal(alloc(1), 0);
	assert_int_equal(activate(1), 0);
	vtd_ir_domain.describe(&irqs[1], &irqs[1].chain[LAYER], text, sizeof(text));
	assert_string_equal(text, "vtd0 entry 1: vector 32 to APIC 1, source 0018 = "
	                          "00000100_00320001 00000000_00040018");
	vtd_ir_domain.describe(&irqs[1], &irqs[1].chain[LAYER], small, sizeof(small));
	assert_string_equal(small, "vtd0 entry ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(an_irq_has_one_entry, begin),
	        cmocka_unit_test_setup(a_block_has_entries_in_a_row_and_one_message, begin),
	        cmocka_unit_test_setup(each_of_a_block_moves_alone, begin),
	        cmocka_unit_test_setup(a_move_is_a_store_and_then_an_invalidation, begin),
	        cmocka_unit_test_setup(a_protocol_may_update_the_entry_in_its_own_way, begin),
	        cmocka_unit_test_setup(the_first_of_a_block_gives_it_back, begin),
	        cmocka_unit_test_setup(an_entry_that_is_not_withdrawn_is_not_given_back, begin),
	        cmocka_unit_test_setup(a_full_table_is_an_error, begin),
	        cmocka_unit_test_setup(who_is_named_by_a_table_has_the_unit_it_names, begin),
	        cmocka_unit_test_setup(who_no_unit_covers_is_refused, begin),
	        cmocka_unit_test_setup(a_level_triggered_irq_has_a_level_triggered_entry, begin),
	        cmocka_unit_test_setup(behind_a_bridge_any_of_the_bus_may_send, begin),
	        cmocka_unit_test_setup(errors_leave_the_entry_as_it_was, begin),
	        cmocka_unit_test_setup(the_entry_is_described, begin),
	};

	return cmocka_run_group_tests_name("ir_domain", tests, NULL, NULL);
}
