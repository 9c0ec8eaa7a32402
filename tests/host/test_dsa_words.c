// SPDX-License-Identifier: MIT
// links: drivers/pci/sources/dsa_words.c
//
// Golden words, written down from the specification's figures and not from the masks.
#include "drivers/pci/sources/dsa_words.h"
#include "tests/host/unit.h"

#include <string.h>

/* As the chip of Sapphire Rapids has it: 2048 entries, 8 work queues of 128 entries together. */
static const struct dsa_capabilities chip = {
        .gencap = 0x901f0319,
        .wqcap = 0x003b000000080080,
        .grpcap = 0x36004,
        .engcap = 4,
        .offsets = 0x0080004000050004,
        .cmdcap = 0x7ffe,
};

static void layout_of_the_chip(void **state)
{
	struct dsa_layout layout = dsa_layout_of(&chip);

	(void)state;
	assert_int_equal(layout.ims_entries, 2048);
	assert_true(layout.configurable);
	assert_true(layout.dedicated);
	assert_true(layout.has_handles);
	assert_int_equal(layout.queues, 8);
	assert_int_equal(layout.queue_entries, 128);
	assert_int_equal(layout.groups, 4);
	assert_int_equal(layout.engines, 4);
	assert_int_equal(layout.max_transfer, 31);
	assert_int_equal(layout.group_table, 0x400);
	assert_int_equal(layout.queue_table, 0x500);
	assert_int_equal(layout.queue_stride, 32);
	assert_int_equal(layout.ims_table, 0x8000);
	assert_null(dsa_unusable(&layout));
}

/* Each field alone. */
static void fields_apart(void **state)
{
	struct dsa_capabilities c = {.gencap = UINT64_C(0x3f) << 25};

	(void)state;
	assert_int_equal(dsa_layout_of(&c).ims_entries, 63 * 256);
	assert_false(dsa_layout_of(&c).configurable);
	c = (struct dsa_capabilities){.gencap = UINT64_C(1) << 31};
	assert_int_equal(dsa_layout_of(&c).ims_entries, 0);
	assert_true(dsa_layout_of(&c).configurable);
	c = (struct dsa_capabilities){.gencap = UINT64_C(0xf) << 21};
	assert_int_equal(dsa_layout_of(&c).max_transfer, 0);
	c = (struct dsa_capabilities){.wqcap = UINT64_C(0xf) << 24};
	assert_int_equal(dsa_layout_of(&c).queue_stride, 32 << 15);
	assert_int_equal(dsa_layout_of(&c).queues, 0);
	c = (struct dsa_capabilities){.wqcap = UINT64_C(1) << 48};
	assert_false(dsa_layout_of(&c).dedicated);
}

/* CMDCAP is not there unless GENCAP says so. */
static void handles_only_by_command(void **state)
{
	struct dsa_capabilities c = {.cmdcap = 1 << 13};

	(void)state;
	assert_false(dsa_layout_of(&c).has_handles);
	c.gencap = 1 << 4;
	assert_true(dsa_layout_of(&c).has_handles);
	c.cmdcap = (uint32_t) ~(1 << 13);
	assert_false(dsa_layout_of(&c).has_handles);
}

static void assert_unusable(const struct dsa_capabilities *capabilities, const char *why)
{
	struct dsa_layout layout = dsa_layout_of(capabilities);
	const char *reason = dsa_unusable(&layout);

	assert_non_null(reason);
	assert_non_null(strstr(reason, why));
}

static void unusable(void **state)
{
	struct dsa_capabilities c = chip;

	(void)state;
	c.gencap &= ~(UINT64_C(0x3f) << 25);
	assert_unusable(&c, "no interrupt message storage");
	c = chip;
	c.offsets &= UINT64_C(0x0000ffffffffffff);
	assert_unusable(&c, "no interrupt message storage");
	c = chip;
	c.gencap &= ~(UINT64_C(1) << 31);
	assert_unusable(&c, "cannot be configured");
	c = chip;
	c.wqcap &= ~(UINT64_C(1) << 49);
	assert_unusable(&c, "dedicated");
	c = chip;
	c.engcap = 0;
	assert_unusable(&c, "engine");
	c = chip;
	c.grpcap = 0;
	assert_unusable(&c, "engine");
}

static void commands(void **state)
{
	(void)state;
	assert_int_equal(dsa_command(COMMAND_RESET_DEVICE, 0), 0x00500000);
	assert_int_equal(dsa_command(COMMAND_REQUEST_INTERRUPT_HANDLE, 0x107ff), 0x00d107ff);
	assert_int_equal(dsa_command(31, 0xfffff), 0x01ffffff);
}

static void queue_setup(void **state)
{
	struct dsa_capabilities with_batches = chip;
	struct dsa_layout layout;
	uint32_t words[DSA_QUEUE_WORDS];

	(void)state;
	with_batches.gencap |= UINT64_C(10) << 21;
	layout = dsa_layout_of(&with_batches);
	dsa_queue_setup(&layout, words);
	assert_int_equal(words[0], 128);
	assert_int_equal(words[1], 0);
	assert_int_equal(words[2], 0x11); /* dedicated, priority 1 */
	assert_int_equal(words[3], 31);   /* and no batches */
}

static void noop(void **state)
{
	struct dsa_descriptor descriptor = dsa_noop(0x123456789abcde00, 0xbeef);
	uint64_t words[8];

	(void)state;
	memcpy(words, &descriptor, sizeof(words));
	assert_int_equal(words[0], UINT64_C(0x1c) << 32);
	assert_int_equal(words[1], 0x123456789abcde00);
	assert_int_equal(words[2], 0);
	assert_int_equal(words[3], 0);
	assert_int_equal(words[4], UINT64_C(0xbeef) << 32);
	for (int n = 5; n < 8; n++)
		assert_int_equal(words[n], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(layout_of_the_chip),
	        cmocka_unit_test(fields_apart),
	        cmocka_unit_test(handles_only_by_command),
	        cmocka_unit_test(unusable),
	        cmocka_unit_test(commands),
	        cmocka_unit_test(queue_setup),
	        cmocka_unit_test(noop),
	};

	return cmocka_run_group_tests_name("dsa_words", tests, NULL, NULL);
}
