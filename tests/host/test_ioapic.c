// SPDX-License-Identifier: MIT
// links: kernel/cpu/ioapic.c kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c
// links: kernel/irq/ioapic_leaf.c kernel/irq/irq.c kernel/irq/irq_list.c kernel/irq/leaf.c
// links: kernel/irq/matrix.c kernel/irq/message.c kernel/irq/protocol.c
// links: kernel/irq/protocols/naive.c kernel/irq/vector.c kernel/irq/vector_domain.c
// links: tests/host/fake_ioapic.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c tests/host/irq_fixture.c
//
// The pins of IO-APICs: their registers, as message stores, and edge-triggered irqs on them.
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/irq/ioapic_leaf.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/vector.h"
#include "tests/host/fake_ioapic.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

#define MASKED     0x10000ULL
#define LEVEL      0x8000ULL
#define REMOTE_IRR 0x4000ULL
#define ACTIVE_LOW 0x2000ULL

static struct ioapic_store store;
static struct irq *irq;
static unsigned int arrivals;
static struct irq_arrival last;

static void handler(struct irq *which, const struct irq_arrival *arrival, void *context)
{
	assert_ptr_equal(which, irq);
	(void)context;
	arrivals++;
	last = *arrival;
}

static void every_pin_is_masked_at_the_start(void **state)
{
	(void)state;
	fake_ioapic_start(0x20);
	for (uint32_t gsi = 0; gsi < 2 * FAKE_IOAPIC_PINS; gsi++)
		assert_int_equal(fake_ioapic_entry(gsi), MASKED);
	assert_non_null(strstr(shim_printed(), "id 8 at 0xfec01000, version 20h, GSI 24 to 47"));
	assert_int_equal(ioapic_gsi_end(), 48);
}

/* The second one, changed by the caller, is refused for `reason`; the first one stays. */
static void assert_second_refused(const char *reason)
{
	shim_forget_printed();
	fake_ioapic_init();
	if (!strstr(shim_printed(), reason))
		fail_msg("expected \"%s\", printed was: %s", reason, shim_printed());
	assert_int_equal(ioapic_gsi_end(), FAKE_IOAPIC_PINS);
}

static void what_cannot_be_beside_another_is_refused(void **state)
{
	struct madt *madt = fake_ioapic_start(0x20);

	(void)state;
	madt->io_apics[1].gsi_base = FAKE_IOAPIC_PINS - 1;
	assert_second_refused("another one has some of its GSIs");
	madt->io_apics[1].gsi_base = 0xfffffff0;
	assert_second_refused("its GSIs go beyond 32 bits");
	madt->io_apics[1].gsi_base = FAKE_IOAPIC_PINS;
	madt->io_apics[1].id = FAKE_IOAPIC_ID;
	assert_second_refused("another one has its id");
	madt->io_apics[1].address++;
	assert_second_refused("# ioapic: id 7 at 0xfec01001 refused: memory is there");
}

static void what_has_no_version_is_refused(void **state)
{
	(void)state;
	fake_ioapic_start(0);
	assert_non_null(strstr(shim_printed(), "nothing there has an IO-APIC's version"));
	assert_int_equal(ioapic_gsi_end(), 0);
}

static void a_pin_is_found_by_its_gsi(void **state)
{
	struct ioapic_pin pin = {.gsi = 12345};

	(void)state;
	fake_ioapic_start(0x20);
	assert_int_equal(ioapic_pin_by_gsi(48, &pin), -ENOENT);
	assert_int_equal(pin.gsi, 12345);
	assert_int_equal(ioapic_pin_by_gsi(24 + 17, &pin), 0);
	assert_int_equal(pin.number, 17);
	assert_int_equal(pin.ioapic_id, FAKE_IOAPIC_ID + 1);
	assert_int_equal(fake_ioapic_entry(24 + 17), MASKED | LEVEL | ACTIVE_LOW);
	assert_int_equal(fake_ioapic_entry(17), MASKED);
}

static void assert_isa_pin(uint8_t source, uint32_t gsi, uint64_t entry)
{
	struct ioapic_pin pin;

	assert_int_equal(ioapic_pin_by_isa(source, &pin), 0);
	assert_int_equal(pin.gsi, gsi);
	assert_int_equal(pin.level, !!(entry & LEVEL));
	assert_int_equal(pin.active_low, !!(entry & ACTIVE_LOW));
	assert_int_equal(fake_ioapic_entry(gsi), MASKED | entry);
}

static void a_legacy_interrupt_has_the_pin_its_override_says(void **state)
{
	struct madt *madt = fake_ioapic_start(0x20);
	struct ioapic_pin pin;

	(void)state;
	madt->override_count = 4;
	madt->overrides[0] = (struct madt_override){.source = 0, .gsi = 2};
	madt->overrides[1] = (struct madt_override){
	        .source = 9, .gsi = 9, .flags = MADT_POLARITY_HIGH | MADT_TRIGGER_LEVEL};
	madt->overrides[2] = (struct madt_override){
	        .source = 10, .gsi = 30, .flags = MADT_POLARITY_LOW | MADT_TRIGGER_EDGE};
	madt->overrides[3] = (struct madt_override){.source = 11, .gsi = 99};
	assert_isa_pin(0, 2, 0);
	assert_isa_pin(4, 4, 0);
	assert_isa_pin(9, 9, LEVEL);
	assert_isa_pin(10, 30, ACTIVE_LOW);
	assert_int_equal(ioapic_pin_by_isa(11, &pin), -ENOENT);
}

static void take_store(uint32_t gsi, bool level)
{
	struct ioapic_pin pin;

	assert_int_equal(ioapic_pin_by_gsi(gsi, &pin), 0);
	pin.level = level;
	if (!level)
		pin.low &= ~(uint32_t)(LEVEL | ACTIVE_LOW);
	ioapic_store_init(&store, &pin);
}

static void assert_reads_as(const struct message *expected)
{
	struct message message;

	store.store.ops->read(&store.store, &message);
	assert_memory_equal(&message, expected, sizeof(message));
}

/* 82093AA, 3.2.4: destination in 63:56, vector in 7:0. */
static void a_compatibility_message_is_an_entry(void **state)
{
	struct message message;
	unsigned int before;

	(void)state;
	fake_ioapic_start(0x20);
	take_store(20, true);
	before = fake_ioapic_writes();
	assert_int_equal(message_compatibility(0xa5, 0x42, &message), 0);
	store_write_message(&store.store, &message);
	assert_int_equal(fake_ioapic_entry(20),
	                 0xa500000000000000ULL | MASKED | LEVEL | ACTIVE_LOW | 0x42);
	assert_int_equal(fake_ioapic_writes(), before + 2); /* one for each half */
	assert_reads_as(&message);
	store.store.ops->unmask(&store.store);
	store.store.ops->write(&store.store, MESSAGE_DATA, 0x43);
	assert_int_equal(fake_ioapic_entry(20), 0xa500000000000000ULL | LEVEL | ACTIVE_LOW | 0x43);
}

/* VT-d r5.10, 5.1.5.1: the index in 63:49, the format in 48; the pin's number for the vector. */
static void a_remappable_message_is_an_entry(void **state)
{
	struct message message = message_remappable(0x7ffe);

	(void)state;
	fake_ioapic_start(0x20);
	take_store(24 + 21, true);
	store_write_message(&store.store, &message);
	assert_int_equal(fake_ioapic_entry(24 + 21),
	                 0xfffd000000000000ULL | MASKED | LEVEL | ACTIVE_LOW | 21);
	assert_reads_as(&message);
}

static void only_a_level_pin_can_be_masked_by_a_protocol(void **state)
{
	(void)state;
	fake_ioapic_start(0x20);
	take_store(20, true);
	assert_true(store_maskable(&store.store));
	assert_false(store.store.ops->pending(&store.store));
	assert_ptr_equal(ioapic_leaf(&store), &irq_leaf_ioapic_level);
	take_store(20, false);
	assert_false(store_maskable(&store.store));
	assert_ptr_equal(ioapic_leaf(&store), &irq_leaf_ioapic_edge);
}

/* With the line asserted the pin sends once, and again only after its end of interrupt. */
static void end_one_pin(uint8_t version)
{
	fake_ioapic_start(version);
	take_store(20, true);
	store.store.ops->write(&store.store, MESSAGE_DATA, 0x42);
	ioapic_unmask(&store.pin);
	ioapic_end_of_interrupt(&store.pin);
	assert_int_equal(fake_ioapic_entry(20), LEVEL | ACTIVE_LOW | 0x42);

	fake_ioapic_line(20, true);
	assert_true(ioapic_remote_irr(&store.pin));
	fake_ioapic_line(20, false);
	assert_true(ioapic_remote_irr(&store.pin));
	ioapic_end_of_interrupt(&store.pin);
	assert_int_equal(fake_ioapic_entry(20), LEVEL | ACTIVE_LOW | 0x42);

	fake_ioapic_line(20, true);
	ioapic_mask(&store.pin);
	ioapic_end_of_interrupt(&store.pin);
	assert_int_equal(fake_ioapic_entry(20), MASKED | LEVEL | ACTIVE_LOW | 0x42);
	ioapic_unmask(&store.pin);
	assert_true(ioapic_remote_irr(&store.pin));
	ioapic_end_of_interrupt(&store.pin);
	assert_true(ioapic_remote_irr(&store.pin));
	fake_ioapic_line(20, false);
	ioapic_end_of_interrupt(&store.pin);
	assert_false(ioapic_remote_irr(&store.pin));
}

static void one_pin_is_ended_by_its_register(void **state)
{
	(void)state;
	end_one_pin(0x20);
	assert_true(ioapic_has_eoi_register(&store.pin));
}

static void one_pin_is_ended_without_a_register(void **state)
{
	(void)state;
	end_one_pin(0x11);
	assert_false(ioapic_has_eoi_register(&store.pin));
}

static int allocate(void)
{
	const struct irq_request request = {
	        .leaf = ioapic_leaf(&store),
	        .store = &store.store,
	        .protocol = protocol_find("naive-address-first"),
	};

	return irq_alloc(&request, &irq);
}

static void pulse(uint32_t gsi)
{
	fake_ioapic_line(gsi, true);
	fake_ioapic_line(gsi, false);
}

/* Not reserved: it has a vector from the start, and its pin is open from request to release. */
static void an_edge_reaches_its_irq(void **state)
{
	(void)state;
	fake_ioapic_start(0x20);
	take_store(4, false);
	arrivals = 0;
	assert_int_equal(allocate(), 0);
	assert_false(irq->reserves);
	assert_int_equal(irq->vectors, 1);
	pulse(4);
	assert_int_equal(irq_request(irq, 2, handler, NULL, NULL), 0);
	assert_int_equal(arrivals, 0);
	pulse(4);
	assert_int_equal(arrivals, 1);
	assert_int_equal(last.cpu, 2);
	assert_int_equal(irq_set_affinity(irq, 3), 0);
	pulse(4);
	assert_int_equal(arrivals, 2);
	assert_int_equal(last.cpu, 3);
	irq_release(irq);
	pulse(4);
	assert_int_equal(arrivals, 2);
	assert_true(fake_ioapic_entry(4) & MASKED);
	assert_int_equal(irq_request(irq, 1, handler, NULL, NULL), 0);
	pulse(4);
	assert_int_equal(arrivals, 3);
	irq_release(irq);
	irq_free(irq);
}

static void a_remapped_move_leaves_the_entry_alone(void **state)
{
	uint64_t before;

	(void)state;
	fake_ioapic_start(0x20);
	take_store(4, false);
	arrivals = 0;
	assert_int_equal(allocate(), 0);
	assert_int_equal(irq_request(irq, 2, handler, NULL, NULL), 0);
	before = fake_ioapic_entry(4);
	assert_int_equal(irq_set_affinity(irq, 3), 0);
	assert_int_equal(fake_ioapic_entry(4), before);
	pulse(4);
	assert_int_equal(arrivals, 1);
	assert_int_equal(last.cpu, 3);
	irq_release(irq);
	irq_free(irq);
}

/* Bit 15 of an index would be bit 11 of the entry. */
static int compose_a_high_index(struct irq *which, struct irq_layer *layer, struct message *message)
{
	(void)which, (void)layer;
	*message = message_remappable(0x8000);
	return 0;
}

static void an_index_that_does_not_fit_is_refused(void **state)
{
	struct irq_domain big_table = fake_remapping_domain;

	(void)state;
	big_table.compose = compose_a_high_index;
	fake_ioapic_start(0x20);
	take_store(4, false);
	assert_int_equal(irq_set_remapping_domain(&big_table), 0);
	assert_int_equal(allocate(), -ERANGE);
	assert_int_equal(irq_set_remapping_domain(NULL), 0);
	assert_int_equal(fake_ioapic_entry(4), MASKED);
}

/* Left by whoever had the pin before: it would stay silent. */
static void a_remote_irr_that_was_left_is_ended(void **state)
{
	(void)state;
	fake_ioapic_start(0x20);
	take_store(20, true);
	ioapic_unmask(&store.pin);
	fake_ioapic_line(20, true);
	fake_ioapic_line(20, false);
	take_store(20, true);
	assert_true(fake_ioapic_entry(20) & REMOTE_IRR);
	assert_int_equal(allocate(), 0);
	assert_false(fake_ioapic_entry(20) & REMOTE_IRR);
	irq_free(irq);
}

static void the_dump_shows_the_entry(void **state)
{
	char text[128];

	(void)state;
	fake_ioapic_start(0x20);
	take_store(20, true);
	assert_int_equal(allocate(), 0);
	irq->chain[0].domain->describe(irq, &irq->chain[0], text, sizeof(text));
	assert_non_null(strstr(text, "GSI 20, entry "));
	assert_non_null(strstr(text, ", active low, masked"));
	irq_free(irq);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(every_pin_is_masked_at_the_start),
	        DIRECT(what_cannot_be_beside_another_is_refused),
	        DIRECT(what_has_no_version_is_refused),
	        DIRECT(a_pin_is_found_by_its_gsi),
	        DIRECT(a_legacy_interrupt_has_the_pin_its_override_says),
	        DIRECT(a_compatibility_message_is_an_entry),
	        DIRECT(a_remappable_message_is_an_entry),
	        DIRECT(only_a_level_pin_can_be_masked_by_a_protocol),
	        DIRECT(one_pin_is_ended_by_its_register),
	        DIRECT(one_pin_is_ended_without_a_register),
	        DIRECT(an_edge_reaches_its_irq),
	        REMAPPED(an_edge_reaches_its_irq),
	        REMAPPED(a_remapped_move_leaves_the_entry_alone),
	        DIRECT(an_index_that_does_not_fit_is_refused),
	        DIRECT(a_remote_irr_that_was_left_is_ended),
	        REMAPPED(a_remote_irr_that_was_left_is_ended),
	        DIRECT(the_dump_shows_the_entry),
	};

	return cmocka_run_group_tests_name("ioapic", tests, irq_fixture_start, NULL);
}
