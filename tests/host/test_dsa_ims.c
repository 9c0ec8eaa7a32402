// SPDX-License-Identifier: MIT
// links: tests/host/dsa_fixture.c
// links: tests/qemu/dsa/carrier.c tests/qemu/dsa/command.c tests/qemu/dsa/config.c
// links: tests/qemu/dsa/control.c tests/qemu/dsa/device.c tests/qemu/dsa/engine.c
// links: tests/qemu/dsa/ims.c tests/qemu/dsa/loop.c tests/qemu/dsa/portal.c
// links: tests/qemu/dsa/registers.c
/* The slots of the device model of DSA, what is on its way, and how it can be told to misbehave. */
#include <errno.h>

#include "tests/host/dsa_fixture.h"
#include "tests/host/unit.h"

#define NEVER UINT64_MAX

static uint16_t handle;

static void begin(unsigned int ims)
{
	dsa_begin(ims);
	dsa_enable(64);
	handle = dsa_arm(0, 0xfee01000, 0x31);
	set_ims(0, DSA_IMS_ADDRESS_HI, 0);
}

static void a_noop_writes_its_record_then_its_message(void **state)
{
	uint16_t record, message;

	(void)state;
	begin(4);
	submit(handle, RECORD);
	record = expect_write(RECORD, sizeof(struct dsa_completion), COMPLETION_SUCCESS);
	message = expect_write(0xfee01000, 4, 0x31);
	assert_int_equal(next().what, DO_WAIT);
	assert_true(get_ims(0, DSA_IMS_CONTROL) & DSA_MODEL_IMS_BUSY);
	assert_int_equal(counter(DSA_MODEL_SENT), 1);
	reply_with(record, 0);
	assert_true(get_ims(0, DSA_IMS_CONTROL) & DSA_MODEL_IMS_BUSY);
	reply_with(message, 0);
	assert_false(get_ims(0, DSA_IMS_CONTROL) & DSA_MODEL_IMS_BUSY);
	assert_int_equal(device_replied(&dsa.device, message, 0, NULL, 0), -EPROTO);
	check_account(0);
	assert_int_equal(dsa.count, 1);
	assert_int_equal(dsa.messages[0].data, 0x31);
	assert_true(dsa.messages[0].asked <= dsa.messages[0].sampled);
	assert_true(dsa.messages[0].sampled < dsa.messages[0].sent);
	assert_true(dsa.messages[0].sent < dsa.messages[0].acknowledged + 1);
}

static void a_refused_message_is_counted(void **state)
{
	(void)state;
	begin(4);
	submit(handle, 0);
	reply_with(expect_write(0xfee01000, 4, 0x31), 14);
	assert_int_equal(counter(DSA_MODEL_REFUSED), 1);
	assert_int_equal(counter(DSA_MODEL_SLOTS + DSA_MODEL_SLOT_REFUSED), 1);
	assert_int_equal(dsa.messages[0].error, 14);
	check_account(0);
}

static void the_upper_address_word_counts(void **state)
{
	(void)state;
	begin(4);
	set_ims(0, DSA_IMS_ADDRESS_HI, 0x100);
	submit(handle, 0);
	reply_with(expect_write(0x100fee01000, 4, 0x31), 0);
}

static void a_masked_slot_keeps_one_pending(void **state)
{
	(void)state;
	begin(4);
	set_ims(0, DSA_IMS_CONTROL, (uint32_t)IMS_MASK);
	for (int n = 0; n < 3; n++)
		submit(handle, 0);
	assert_int_equal(run(), NEVER);
	assert_int_equal(dsa.count, 0);
	assert_int_equal(get_ims(0, DSA_IMS_CONTROL), IMS_MASK | IMS_PENDING);
	check_account(1);
	/* It goes with the words that the slot holds then. */
	set_ims(0, DSA_IMS_DATA, 0x77);
	set_ims(0, DSA_IMS_CONTROL, 0);
	reply_with(expect_write(0xfee01000, 4, 0x77), 0);
	assert_int_equal(next().what, DO_WAIT);
	assert_int_equal(counter(DSA_MODEL_COALESCED), 2);
	assert_int_equal(counter(DSA_MODEL_SLOTS + DSA_MODEL_SLOT_COALESCED), 2);
	check_account(0);
}

static void pending_is_set_before_the_record_is_written(void **state)
{
	(void)state;
	begin(4);
	set_ims(0, DSA_IMS_CONTROL, (uint32_t)IMS_MASK);
	submit(handle, RECORD);
	reply_with(expect_write(RECORD, sizeof(struct dsa_completion), COMPLETION_SUCCESS), 0);
	assert_true(get_ims(0, DSA_IMS_CONTROL) & IMS_PENDING);
}

/* Asked for before the mask, not sampled yet. */
static void a_mask_stops_what_was_not_sampled(void **state)
{
	(void)state;
	begin(4);
	submit(handle, 0);
	do {
		device_step(&dsa.device);
	} while (!counter(DSA_MODEL_REQUESTED));
	set_ims(0, DSA_IMS_CONTROL, (uint32_t)IMS_MASK);
	run();
	assert_int_equal(dsa.count, 0);
	assert_true(get_ims(0, DSA_IMS_CONTROL) & IMS_PENDING);
}

static void control_bits_of_the_device_cannot_be_written(void **state)
{
	(void)state;
	begin(4);
	set_ims(1, DSA_IMS_CONTROL, UINT32_MAX);
	assert_int_equal(get_ims(1, DSA_IMS_CONTROL),
	                 IMS_MASK | IMS_IGNORE | IMS_PASID_ENABLE | IMS_PASID);
}

static void a_pasid_that_no_wq_has_is_refused_unless_ignored(void **state)
{
	(void)state;
	begin(4);
	set_ims(0, DSA_IMS_CONTROL, (uint32_t)IMS_PASID_ENABLE);
	submit(handle, RECORD);
	expect_write(RECORD, 32, COMPLETION_INVALID_INTERRUPT_HANDLE);
	set_ims(0, DSA_IMS_CONTROL, (uint32_t)(IMS_PASID_ENABLE | IMS_IGNORE));
	submit(handle, RECORD);
	expect_write(RECORD, 32, COMPLETION_SUCCESS);
}

static void an_update_between_the_words_tears(void **state)
{
	struct device_action action;

	(void)state;
	begin(4);
	setting64(DSA_MODEL_TEAR_NS, 1000);
	submit(handle, 0);
	action = next();
	assert_int_equal(action.what, DO_WAIT);
	assert_int_equal(action.wake, dsa.device.sample.sampled + 1000);
	set_ims(0, DSA_IMS_ADDRESS_LO, 0xfee02000);
	set_ims(0, DSA_IMS_DATA, 0x32);
	dsa.device.now = action.wake;
	reply_with(expect_write(0xfee01000, 4, 0x32), 0);
}

static void a_held_message_keeps_its_words(void **state)
{
	struct device_action action;

	(void)state;
	begin(4);
	setting64(DSA_MODEL_HOLD_NS, 5000);
	submit(handle, 0);
	action = next();
	assert_int_equal(action.what, DO_WAIT);
	set_ims(0, DSA_IMS_CONTROL, (uint32_t)IMS_MASK);
	assert_int_equal(get_ims(0, DSA_IMS_CONTROL), IMS_MASK | DSA_MODEL_IMS_BUSY);
	set_ims(0, DSA_IMS_ADDRESS_LO, 0xfee02000);
	assert_int_equal(next().what, DO_WAIT);
	assert_int_equal(counter(DSA_MODEL_OUTSTANDING), 1);
	dsa.device.now = action.wake;
	reply_with(expect_write(0xfee01000, 4, 0x31), 0);
	check_account(0);
}

static void a_drain_waits_for_what_is_held(void **state)
{
	(void)state;
	begin(4);
	setting64(DSA_MODEL_HOLD_NS, 5000);
	submit(handle, 0);
	set32(DSA_CMD, (uint32_t)(field_set(CMD_COMMAND, COMMAND_DRAIN_WQ) | 1));
	run();
	assert_true(reg32(DSA_CMDSTS) & CMDSTS_ACTIVE);
	dsa.device.now += 5000;
	run();
	assert_int_equal(reg32(DSA_CMDSTS), CMD_SUCCESS);
	assert_int_equal(dsa.count, 1);
}

static void a_reset_forgets_what_was_not_sampled(void **state)
{
	(void)state;
	begin(4);
	setting64(DSA_MODEL_HOLD_NS, 5000);
	submit(handle, 0);
	assert_int_equal(next().what, DO_WAIT); /* held */
	set_ims(0, DSA_IMS_CONTROL, (uint32_t)IMS_MASK);
	submit(handle, 0);
	run(); /* pending */
	submit(handle, 0);
	set32(DSA_CMD, (uint32_t)field_set(CMD_COMMAND, COMMAND_RESET_DEVICE));
	dsa.device.now += 5000;
	run();
	assert_int_equal(reg32(DSA_CMDSTS), CMD_SUCCESS);
	assert_int_equal(dsa.count, 1);
	assert_int_equal(counter(DSA_MODEL_DROPPED), 1);
	assert_int_equal(counter(DSA_MODEL_LOST), 1);
	check_account(0);
	submit(handle, 0);
	assert_int_equal(counter(DSA_MODEL_REJECTED), 1);
}

/* No more can be held, so of three more one waits and two are merged. */
static void coalescing_merges_what_is_in_the_queue(void **state)
{
	(void)state;
	begin(4);
	setting(DSA_MODEL_MODE, (uint32_t)DSA_MODEL_MODE_COALESCE);
	setting64(DSA_MODEL_HOLD_NS, DSA_MODEL_NS_MAX);
	for (unsigned int n = 0; n < DEVICE_HELD; n++) {
		submit(handle, 0);
		run();
	}
	assert_int_equal(counter(DSA_MODEL_COALESCED), 0);
	for (int n = 0; n < 3; n++)
		submit(handle, 0);
	run();
	assert_int_equal(counter(DSA_MODEL_COALESCED), 2);
	setting64(DSA_MODEL_HOLD_NS, 0);
	run();
	assert_int_equal(dsa.count, DEVICE_HELD + 1);
	check_account(0);
}

static void late_updates_are_read_but_not_sent(void **state)
{
	(void)state;
	begin(4);
	setting64(DSA_MODEL_LATE_NS, 100000);
	setting(DSA_MODEL_MISBEHAVE, (uint32_t)MISBEHAVE_LATE);
	set_ims(0, DSA_IMS_ADDRESS_LO, 0xfee02000);
	set_ims(0, DSA_IMS_DATA, 0x32);
	assert_int_equal(get_ims(0, DSA_IMS_DATA), 0x32);
	submit(handle, 0);
	reply_with(expect_write(0xfee01000, 4, 0x31), 0);
	dsa.device.now += 100000;
	submit(handle, 0);
	reply_with(expect_write(0xfee02000, 4, 0x32), 0);
}

/* As soon as it is told to behave again, not when the time is over. */
static void late_updates_end_with_the_setting(void **state)
{
	(void)state;
	begin(4);
	setting64(DSA_MODEL_LATE_NS, 100000);
	setting(DSA_MODEL_MISBEHAVE, (uint32_t)MISBEHAVE_LATE);
	set_ims(0, DSA_IMS_DATA, 0x32);
	setting(DSA_MODEL_MISBEHAVE, 0);
	submit(handle, 0);
	reply_with(expect_write(0xfee01000, 4, 0x32), 0);
}

static void pending_can_be_dropped_and_masks_ignored(void **state)
{
	(void)state;
	begin(4);
	setting(DSA_MODEL_MISBEHAVE, (uint32_t)MISBEHAVE_PENDING_DROPPED);
	set_ims(0, DSA_IMS_CONTROL, (uint32_t)IMS_MASK);
	submit(handle, 0);
	run();
	assert_int_equal(get_ims(0, DSA_IMS_CONTROL), IMS_MASK);
	assert_int_equal(counter(DSA_MODEL_DROPPED), 1);
	check_account(0);
	setting(DSA_MODEL_MISBEHAVE, (uint32_t)MISBEHAVE_MASK_IGNORED);
	submit(handle, 0);
	reply_with(expect_write(0xfee01000, 4, 0x31), 0);
	check_account(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_noop_writes_its_record_then_its_message),
	        cmocka_unit_test(a_refused_message_is_counted),
	        cmocka_unit_test(the_upper_address_word_counts),
	        cmocka_unit_test(a_masked_slot_keeps_one_pending),
	        cmocka_unit_test(pending_is_set_before_the_record_is_written),
	        cmocka_unit_test(a_mask_stops_what_was_not_sampled),
	        cmocka_unit_test(control_bits_of_the_device_cannot_be_written),
	        cmocka_unit_test(a_pasid_that_no_wq_has_is_refused_unless_ignored),
	        cmocka_unit_test(an_update_between_the_words_tears),
	        cmocka_unit_test(a_held_message_keeps_its_words),
	        cmocka_unit_test(a_drain_waits_for_what_is_held),
	        cmocka_unit_test(a_reset_forgets_what_was_not_sampled),
	        cmocka_unit_test(coalescing_merges_what_is_in_the_queue),
	        cmocka_unit_test(late_updates_are_read_but_not_sent),
	        cmocka_unit_test(late_updates_end_with_the_setting),
	        cmocka_unit_test(pending_can_be_dropped_and_masks_ignored),
	};

	return cmocka_run_group_tests_name("dsa-ims", tests, NULL, NULL);
}
