// SPDX-License-Identifier: MIT
// links: drivers/vtd/entry_cmpxchg16b.c kernel/irq/protocol.c tests/entry/ways.c
//
// The ways to update a remapping entry on one in plain memory: what a reader sees in each window,
// and that all of them end with the right entry.
#include <asm-generic/errno.h>
#include <string.h>

#include "drivers/vtd/irte.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/protocol.h"
#include "tests/host/unit.h"

#define WINDOWS_MAX 2

#define OLD_LO 0x0000010000310001 /* vector 31 to APIC 1 */
#define NEW_LO 0x0000020000520001 /* vector 52 to APIC 2 */
#define HI     0x40018

/* The low quadword in W1, W2, ...: the high one does not change. */
static const struct expectation {
	const char *protocol;
	unsigned int windows;
	uint64_t lo[WINDOWS_MAX];
} expectations[] = {
        {"entry-cmpxchg16b", 0, {0}},
        {"entry-vector-first", 1, {0x0000010000520001}},
        {"entry-destination-first", 1, {0x0000020000310001}},
        {"entry-clear-present", 2, {0x0000010000310000, 0x0000020000520000}},
        {"entry-low-first", 1, {NEW_LO}},
        {"entry-bitfield", 0, {0}},
};

#define EXPECTATIONS (sizeof(expectations) / sizeof(expectations[0]))

static const struct expectation *expected;
static struct irte entry;
static unsigned int windows_seen;

static void reader(struct irq *irq, unsigned int window)
{
	(void)irq;
	assert_int_equal(window, ++windows_seen);
	assert_true(window <= expected->windows);
	assert_int_equal(entry.lo, expected->lo[window - 1]);
	assert_int_equal(entry.hi, HI);
}

static void a_reader_sees_what_the_timeline_says(void **state)
{
	const struct irte value = {NEW_LO, HI};
	struct irq irq = {.at_window = reader};

	(void)state;
	for (expected = expectations; expected < expectations + EXPECTATIONS; expected++) {
		const struct protocol *protocol = protocol_find(expected->protocol);

		assert_non_null(protocol);
		assert_int_equal(protocol->entry_windows, expected->windows);
		entry = (struct irte){OLD_LO, HI};
		windows_seen = 0;
		assert_int_equal(protocol->update_entry(&irq, &entry, &value), 0);
		assert_int_equal(windows_seen, expected->windows);
		assert_memory_equal(&entry, &value, sizeof(entry));
	}
}

static void what_is_beside_the_target_stays(void **state)
{
	const struct irte value = {0xffffffff005200ff, 0xfffffffffff40018};
	struct irq irq = {0};

	(void)state;
	for (size_t i = 0; i < EXPECTATIONS; i++) {
		entry = (struct irte){0x00000000003100ff, 0xfffffffffff40018};
		protocol_find(expectations[i].protocol)->update_entry(&irq, &entry, &value);
		assert_memory_equal(&entry, &value, sizeof(entry));
	}
}

static void every_way_is_expected_and_says_what_it_is(void **state)
{
	const struct protocol *protocol;
	unsigned int n;

	(void)state;
	for (n = 0; (protocol = protocol_get(n)); n++) {
		assert_true(n < EXPECTATIONS);
		assert_string_equal(protocol->name, expectations[n].protocol);
		assert_true(protocol->needs_remapping);
		assert_null(protocol->move);
		assert_int_equal(protocol->mistaken, !!strcmp(protocol->name, "entry-cmpxchg16b"));
		assert_int_equal(protocol->needs_cmpxchg16b, !protocol->mistaken);
	}
	assert_int_equal(n, EXPECTATIONS);
}

static void an_exchange_needs_the_value_it_replaces(void **state)
{
	const struct irte old = {OLD_LO, HI}, value = {NEW_LO, HI + 1};
	const struct irte others[] = {{OLD_LO + 1, HI}, {OLD_LO, HI + 1}};

	(void)state;
	entry = old;
	assert_true(irte_exchange(&entry, &old, &value));
	assert_memory_equal(&entry, &value, sizeof(entry));
	for (int i = 0; i < 2; i++) {
		entry = others[i];
		assert_false(irte_exchange(&entry, &old, &value));
		assert_memory_equal(&entry, &others[i], sizeof(entry));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_reader_sees_what_the_timeline_says),
	        cmocka_unit_test(what_is_beside_the_target_stays),
	        cmocka_unit_test(every_way_is_expected_and_says_what_it_is),
	        cmocka_unit_test(an_exchange_needs_the_value_it_replaces),
	};

	return cmocka_run_group_tests_name("entry_ways", tests, NULL, NULL);
}
