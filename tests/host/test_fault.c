// SPDX-License-Identifier: MIT
// links: drivers/vtd/fault.c
#include "drivers/vtd/fault.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

#include <string.h>

/* F, and the fault reason at bits 103:96. */
#define RECORD_HI(reason, source) (0x8000000000000000ULL | (uint64_t)(reason) << 32 | (source))

static void nothing_recorded_is_no_fault(void **state)
{
	struct vtd_fault fault;

	(void)state;
	assert_false(vtd_fault_decode(0, 0, &fault));
	assert_false(vtd_fault_decode(~0ULL, ~0x8000000000000000ULL, &fault));
}

static void source_id_refused_golden_record(void **state)
{
	struct vtd_fault fault;

	(void)state;
	assert_true(vtd_fault_decode(0x0005000000000000, 0x8000002600000018, &fault));
	assert_int_equal(fault.reason, VTD_FAULT_SOURCE_ID);
	assert_int_equal(fault.source_id, 0x0018);
	assert_true(fault.interrupt);
	assert_true(fault.has_index);
	assert_int_equal(fault.index, 5);
}

static void dma_golden_record(void **state)
{
	struct vtd_fault fault;

	(void)state;
	assert_true(vtd_fault_decode(0x00000000fee00fff, 0xc000000600000100, &fault));
	assert_int_equal(fault.reason, 6);
	assert_int_equal(fault.source_id, 0x0100);
	assert_false(fault.interrupt);
	assert_false(fault.has_index);
	assert_true(fault.read);
	assert_int_equal(fault.address, 0xfee00000);
}

/* VT-d r5.10, 11.4.7.6: the reasons for which FI holds no index. */
static void only_some_reasons_come_with_an_index(void **state)
{
	const uint8_t without[] = {0x20, 0x25, 0x29, 0x2a, 0x2b};
	struct vtd_fault fault;

	(void)state;
	for (unsigned int r = 0x20; r <= 0x2b; r++) {
		assert_true(vtd_fault_decode(0x1234000000000000, RECORD_HI(r, 0), &fault));
		assert_true(fault.interrupt);
		assert_int_equal(fault.has_index, !memchr(without, r, sizeof(without)));
		assert_int_equal(fault.index, fault.has_index ? 0x1234 : 0);
	}
}

static void every_reason_has_a_text(void **state)
{
	(void)state;
	for (unsigned int r = 0; r <= 0xff; r++)
		assert_true(strlen(vtd_fault_reason(r)) > 0);
	assert_string_equal(vtd_fault_reason(VTD_FAULT_NOT_PRESENT), "entry not present");
	assert_string_equal(vtd_fault_reason(0x2f), "reserved fault reason");
	assert_string_equal(vtd_fault_reason(0x41), "address translation fault");
}

static void a_fault_prints_as_one_clear_line(void **state)
{
	const struct vtd_fault_log log = {.name = "vtd0"};
	struct vtd_fault fault;

	(void)state;
	shim_forget_printed();
	vtd_fault_decode(0x0005000000000000, RECORD_HI(VTD_FAULT_SOURCE_ID, 0x0118), &fault);
	vtd_fault_print(&log, &fault);
	assert_string_equal(shim_printed(), "# vtd0: fault 26h source id refused: source "
	                                    "0000:01:03.0, interrupt request, index 5\n");
	shim_forget_printed();
	vtd_fault_decode(0, RECORD_HI(VTD_FAULT_COMPATIBILITY_BLOCKED, 0x0018), &fault);
	vtd_fault_print(&log, &fault);
	assert_string_equal(shim_printed(), "# vtd0: fault 25h compatibility format blocked: "
	                                    "source 0000:00:03.0, interrupt request\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_recorded_is_no_fault),
	        cmocka_unit_test(source_id_refused_golden_record),
	        cmocka_unit_test(dma_golden_record),
	        cmocka_unit_test(only_some_reasons_come_with_an_index),
	        cmocka_unit_test(every_reason_has_a_text),
	        cmocka_unit_test(a_fault_prints_as_one_clear_line),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
