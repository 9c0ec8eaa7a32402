// SPDX-License-Identifier: MIT
// links: tests/fault/case.c kernel/irq/message.c drivers/vtd/fault.c drivers/vtd/irte.c
#include <string.h>

#include "tests/fault/case.h"
#include "tests/host/unit.h"

#define SENDER 0x0318 /* 03:03.0 */
#define SIZE   256
#define INDEX  21

/* Vector 41h to APIC 3, from the sender alone. */
static const struct irte right = {.lo = 0x0000030000410001, .hi = 0x0000000000040318};

static const struct fault_case *find(const char *name)
{
	const struct fault_case *which;

	for (unsigned int n = 0; (which = fault_case_get(n)); n++)
		if (!strcmp(which->name, name))
			return which;
	fail_msg("no case is called %s", name);
	return NULL;
}

static void assert_entry(const char *name, uint64_t hi, uint64_t lo)
{
	struct irte entry = fault_entry(find(name), &right, SENDER);

	assert_int_equal(entry.hi, hi);
	assert_int_equal(entry.lo, lo);
}

static void golden_entries(void **state)
{
	(void)state;
	assert_entry("not-present", 0x40318, 0x0000030000410000);
	assert_entry("not-present-fpd", 0x40318, 0x0000030000410002);
	assert_entry("reserved-12", 0x40318, 0x0000030000411001);
	assert_entry("reserved-15", 0x40318, 0x0000030000418001);
	assert_entry("reserved-31", 0x40318, 0x0000030080410001);
	assert_entry("reserved-32", 0x40318, 0x0000030100410001);
	assert_entry("reserved-39", 0x40318, 0x0000038000410001);
	assert_entry("reserved-48", 0x40318, 0x0001030000410001);
	assert_entry("reserved-63", 0x40318, 0x8000030000410001);
	assert_entry("reserved-84", 0x140318, 0x0000030000410001);
	assert_entry("reserved-127", 0x8000000000040318, 0x0000030000410001);
	assert_entry("delivery-mode-011", 0x40318, 0x0000030000410061);
	assert_entry("delivery-mode-110", 0x40318, 0x00000300004100c1);
	assert_entry("available", 0x40318, 0x0000030000410f01);
	assert_entry("fpd", 0x40318, 0x0000030000410003);
	assert_entry("source-id", 0x48398, 0x0000030000410001);
}

static void golden_sources(void **state)
{
	(void)state;
	assert_entry("anyone", 0x0fce7, 0x0000030000410001);
	assert_entry("anyone-sq11", 0x3fce7, 0x0000030000410001);
	assert_entry("sq00", 0x40318, 0x0000030000410001);
	assert_entry("sq01-bit2", 0x5031c, 0x0000030000410001);
	assert_entry("sq10-bits2:1", 0x6031e, 0x0000030000410001);
	assert_entry("sq11-bits2:0", 0x7031f, 0x0000030000410001);
	assert_entry("bus", 0x80303, 0x0000030000410001);
	assert_entry("bus-sq11", 0xb0303, 0x0000030000410001);
	assert_entry("bus-first", 0x80304, 0x0000030000410001);
	assert_entry("bus-above", 0x80405, 0x0000030000410001);
	assert_entry("bus-below", 0x80102, 0x0000030000410001);
	assert_entry("bus-inverted", 0x80403, 0x0000030000410001);
	assert_entry("svt11", 0xc0318, 0x0000030000410001);
}

/* The specification's rule, once more and in other words than the table's. */
static bool may_send(const struct irte *entry, uint16_t sender)
{
	static const uint16_t ignored[] = {0, 0x0004, 0x0006, 0x0007};
	struct irte_fields fields = irte_decode(entry, false);
	uint8_t bus = sender >> 8;

	switch ((unsigned int)fields.validation) {
	case IRTE_SVT_NONE:
		return true;
	case IRTE_SVT_REQUESTER:
		return !((sender ^ fields.source_id) & ~ignored[fields.source_id_qualifier]);
	case IRTE_SVT_BUS_RANGE:
		return bus >= fields.source_id >> 8 && bus <= (fields.source_id & 0xff);
	default:
		return false;
	}
}

/* On any bus but the last ones, which have none above them. */
static void each_case_of_a_source_expects_what_the_rule_says(void **state)
{
	const struct fault_case *which;

	(void)state;
	for (unsigned int n = 0; (which = fault_case_get(n)); n++) {
		if (which->source.form == SOURCE_AS_IS)
			continue;
		for (uint32_t sender = 0; sender < 0xfe00; sender += 0x31) {
			struct irte entry = fault_entry(which, &right, (uint16_t)sender);

			if (may_send(&entry, (uint16_t)sender) != (which->outcome == PASSES))
				fail_msg("%s, sender %04x", which->name, sender);
		}
	}
}

static void each_name_is_there_once(void **state)
{
	const struct fault_case *which;

	(void)state;
	for (unsigned int n = 0; (which = fault_case_get(n)); n++)
		assert_ptr_equal(find(which->name), which);
}

/* A record with no reason to expect would be taken for right whatever it says. */
static void what_is_recorded_has_a_reason(void **state)
{
	const struct fault_case *which;

	(void)state;
	for (unsigned int n = 0; (which = fault_case_get(n)); n++)
		assert_int_equal(!!which->reason, which->outcome == BLOCKED ||
		                                          which->outcome == BLOCKED_OR_RECORDED);
}

static void assert_message(enum fault_message which, uint32_t hi, uint32_t lo, uint32_t data,
                           uint32_t named)
{
	struct message message;
	uint32_t index;

	assert_true(fault_message(which, INDEX, SIZE, &message, &index));
	assert_int_equal(message.address_hi, hi);
	assert_int_equal(message.address_lo, lo);
	assert_int_equal(message.data, data);
	assert_int_equal(index, named);
}

static void golden_messages(void **state)
{
	(void)state;
	assert_message(MESSAGE_RIGHT, 0, 0xfee002b0, 0, INDEX);
	assert_message(MESSAGE_DATA_IGNORED, 0, 0xfee002b0, 0x5a5a, INDEX);
	assert_message(MESSAGE_SUBHANDLE, 0, 0xfee00158, 11, INDEX);
	assert_message(MESSAGE_LAST_ENTRY, 0, 0xfee01ff0, 0, 255);
	assert_message(MESSAGE_FIRST_BEYOND, 0, 0xfee02010, 0, 256);
	assert_message(MESSAGE_HANDLE_15, 0, 0xfee002b4, 0, 0x8015);
	assert_message(MESSAGE_SUM_BEYOND, 0, 0xfee01ff8, 1, 256);
	assert_message(MESSAGE_SUM_WRAPS, 0, 0xfeeffffc, 22, 0x10015);
	assert_message(MESSAGE_DATA_16, 0, 0xfee002b8, 0x10000, INDEX);
	assert_message(MESSAGE_DATA_31, 0, 0xfee002b8, 0x80000000, INDEX);
	assert_message(MESSAGE_UPPER_ADDRESS, 0x80000000, 0xfee002b0, 0, INDEX);
}

static void the_largest_table_has_nothing_beyond_it(void **state)
{
	struct message message;
	uint32_t named;

	(void)state;
	assert_false(fault_message(MESSAGE_FIRST_BEYOND, INDEX, 65536, &message, &named));
	assert_false(fault_message(MESSAGE_SUM_BEYOND, INDEX, 65536, &message, &named));
	assert_false(fault_message(MESSAGE_HANDLE_15, INDEX, 65536, &message, &named));
	assert_true(fault_message(MESSAGE_SUM_WRAPS, INDEX, 65536, &message, &named));
	assert_false(fault_message(MESSAGE_LAST_ENTRY, 255, 256, &message, &named));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(golden_entries),
	        cmocka_unit_test(golden_sources),
	        cmocka_unit_test(each_case_of_a_source_expects_what_the_rule_says),
	        cmocka_unit_test(each_name_is_there_once),
	        cmocka_unit_test(what_is_recorded_has_a_reason),
	        cmocka_unit_test(golden_messages),
	        cmocka_unit_test(the_largest_table_has_nothing_beyond_it),
	};

	return cmocka_run_group_tests_name("fault_case", tests, NULL, NULL);
}
