// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/ledger.c
// links: kernel/irq/message.c kernel/irq/protocol.c kernel/irq/vector.c kernel/irq/vector_domain.c
// links: kernel/irq/protocols/level.c kernel/irq/protocols/linux_direct.c
// links: kernel/irq/protocols/masked.c kernel/irq/protocols/naive.c kernel/irq/protocols/remapped.c
// links: kernel/irq/protocols/two_step.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c
//
// The table of protocols, and what each one claims of itself.
#include <string.h>

#include "kernel/irq/ioapic_leaf.h"
#include "kernel/irq/protocol.h"
#include "tests/host/fake_store.h"
#include "tests/host/unit.h"

/* Nothing is moved here. */
void ioapic_store_end_of_interrupt(struct message_store *store)
{
	(void)store;
}

static void the_table_is_in_order_of_place(void **state)
{
	static const char *const names[] = {
	        "naive-address-first",   "naive-data-first", "masked",   "level", "two-step",
	        "two-step-no-retrigger", "linux-direct",     "remapped",
	};
	unsigned int count = sizeof(names) / sizeof(names[0]);

	(void)state;
	for (unsigned int n = 0; n < count; n++) {
		assert_non_null(protocol_get(n));
		assert_string_equal(protocol_get(n)->name, names[n]);
		assert_ptr_equal(protocol_find(names[n]), protocol_get(n));
	}
	assert_null(protocol_get(count));
	assert_null(protocol_find("two"));
	assert_null(protocol_find(""));
}

static void only_remapping_leaves_the_store_alone(void **state)
{
	const struct protocol *protocol;

	(void)state;
	for (unsigned int n = 0; (protocol = protocol_get(n)); n++) {
		bool remapped = !strcmp(protocol->name, "remapped");

		assert_int_equal(protocol->needs_remapping, remapped);
		assert_int_equal(!protocol->move, remapped);
		assert_int_equal(protocol->needs_mask, !strcmp(protocol->name, "masked") ||
		                                               !strcmp(protocol->name, "level"));
		assert_int_equal(protocol->for_level, !strcmp(protocol->name, "level"));
	}
}

static void promises_are_what_the_argument_says(void **state)
{
	static const struct {
		const char *protocol;
		bool unmaskable, maskable;
	} promises[] = {
	        {"naive-address-first", false, false},
	        {"naive-data-first", false, false},
	        {"masked", true, true},
	        {"level", true, true},
	        {"two-step", true, true},
	        {"two-step-no-retrigger", false, false},
	        {"linux-direct", false, true},
	        {"remapped", true, true},
	};
	struct fake_store unmaskable, maskable;

	(void)state;
	fake_store_init(&unmaskable, false);
	fake_store_init(&maskable, true);
	for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
		const struct protocol *protocol = protocol_find(promises[i].protocol);

		assert_int_equal(protocol_promises_no_loss(protocol, &unmaskable.store),
		                 promises[i].unmaskable);
		assert_int_equal(protocol_promises_no_loss(protocol, &maskable.store),
		                 promises[i].maskable);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_table_is_in_order_of_place),
	        cmocka_unit_test(only_remapping_leaves_the_store_alone),
	        cmocka_unit_test(promises_are_what_the_argument_says),
	};

	return cmocka_run_group_tests_name("protocol", tests, NULL, NULL);
}
