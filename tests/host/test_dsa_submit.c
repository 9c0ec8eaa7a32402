// SPDX-License-Identifier: MIT
// links: drivers/pci/sources/dsa_device.c drivers/pci/sources/dsa_ims.c
// links: drivers/pci/sources/dsa_submit.c tests/host/fake_dsa.c
// links: drivers/pci/sources/dsa_words.c tests/qemu/dsa/carrier.c tests/qemu/dsa/command.c
// links: tests/qemu/dsa/config.c tests/qemu/dsa/control.c tests/qemu/dsa/device.c
// links: tests/qemu/dsa/engine.c tests/qemu/dsa/ims.c tests/qemu/dsa/loop.c
// links: tests/qemu/dsa/portal.c tests/qemu/dsa/registers.c
//
// Descriptors, their completion records and what becomes of them, against the device model itself.
#include <asm-generic/errno.h>
#include <string.h>

#include "tests/host/fake_dsa.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

static int reset(void **state)
{
	(void)state;
	fake_dsa_reset();
	assert_int_equal(dsa_take(&fake_dsa.driver), 0);
	for (unsigned int n = 0; n < FAKE_DSA_SLOTS; n++) {
		struct message_store *store = &fake_dsa.slots[n].store;

		store->ops->write(store, MESSAGE_ADDRESS_LO, 0xfee00000);
		store->ops->write(store, MESSAGE_DATA, n);
		store->ops->unmask(store);
	}
	return 0;
}

static int submit(unsigned int slot)
{
	return dsa_submit(&fake_dsa.driver, &fake_dsa.slots[slot]);
}

static void one_message_each(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 3; round++)
		for (unsigned int n = 0; n < FAKE_DSA_SLOTS; n++)
			assert_int_equal(submit(n), 0);
	assert_int_equal(dsa_drain(&fake_dsa.driver), 0);
	for (unsigned int n = 0; n < FAKE_DSA_SLOTS; n++)
		assert_int_equal(fake_dsa.sent[n], 3);
	assert_int_equal(fake_dsa.device.counters.torn, 0);
	assert_string_equal(shim_printed(), "");
}

/* More than the work queue takes are submitted before the device does anything. */
static void never_more_than_the_work_queue_takes(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < FAKE_DSA_SLOTS; n++)
		assert_int_equal(submit(n), 0);
	assert_int_equal(dsa_drain(&fake_dsa.driver), 0);
	fake_dsa.lazy = true; /* until it is asked for a command's end */
	for (unsigned int n = 0; n < FAKE_DSA_SLOTS; n++)
		assert_int_equal(submit(n), 0);
	fake_dsa.lazy = false;
	assert_int_equal(dsa_drain(&fake_dsa.driver), 0);
	assert_int_equal(fake_dsa.device.counters.rejected, 0);
	for (unsigned int n = 0; n < FAKE_DSA_SLOTS; n++)
		assert_int_equal(fake_dsa.sent[n], 2);
}

/* A slot's record is not used again before its last descriptor is done. */
static void one_at_a_time(void **state)
{
	(void)state;
	assert_int_equal(submit(5), 0);
	assert_int_equal(dsa_drain(&fake_dsa.driver), 0);
	fake_dsa.lazy = true;
	assert_int_equal(submit(5), 0);
	assert_int_equal(fake_dsa.sent[5], 1);
	assert_int_equal(submit(5), 0);
	assert_int_equal(fake_dsa.sent[5], 2);
}

/* It is known to be lost, without a clock, and the slot goes on. */
static void a_lost_descriptor(void **state)
{
	(void)state;
	fake_dsa.device.settings.misbehave = MISBEHAVE_DESCRIPTOR_LOST;
	assert_int_equal(submit(5), 0);
	assert_int_equal(submit(5), 0);
	assert_int_equal(dsa_drain(&fake_dsa.driver), 0);
	assert_int_equal(fake_dsa.sent[5], 0);
	fake_dsa.device.settings.misbehave = 0;
	assert_int_equal(submit(5), 0);
	assert_int_equal(dsa_drain(&fake_dsa.driver), 0);
	assert_int_equal(fake_dsa.sent[5], 1);
	assert_false(fake_dsa.driver.failed);
}

/* What the device says of a descriptor is looked at. */
static void a_descriptor_that_fails(void **state)
{
	(void)state;
	assert_int_equal(submit(1), 0);
	assert_int_equal(dsa_drain(&fake_dsa.driver), 0);
	fake_dsa.slots[1].handle ^= 0x8000;
	assert_int_equal(submit(1), 0);
	assert_int_equal(submit(1), -EIO);
	assert_non_null(strstr(shim_printed(), "ends a NOOP of slot 1 with status 19"));
	assert_int_equal(submit(1), 0);
	assert_int_equal(dsa_drain(&fake_dsa.driver), -EIO);
	assert_int_equal(submit(1), -EIO);
}

/* The others are still known to be under way, and the work queue is never given too many. */
static void one_of_many_that_fails(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < FAKE_DSA_SLOTS; n++)
		assert_int_equal(submit(n), 0);
	assert_int_equal(dsa_drain(&fake_dsa.driver), 0);
	fake_dsa.slots[1].handle ^= 0x8000;
	for (unsigned int n = 0; n < fake_dsa.driver.layout.queue_entries; n++)
		assert_int_equal(submit(n), 0);
	assert_int_equal(submit(FAKE_DSA_SLOTS - 1), -EIO);
	fake_dsa.slots[1].handle ^= 0x8000;
	fake_dsa.lazy = true;
	for (unsigned int n = 0; n < FAKE_DSA_SLOTS; n++)
		assert_int_equal(submit(n), 0);
	fake_dsa.lazy = false;
	assert_int_equal(dsa_drain(&fake_dsa.driver), 0);
	assert_int_equal(fake_dsa.device.counters.rejected, 0);
}

static void refused_while_it_sends_by_itself(void **state)
{
	(void)state;
	fake_dsa.driver.looping = true;
	assert_int_equal(submit(0), -EBUSY);
	fake_dsa.driver.looping = false;
	fake_dsa.driver.failed = true;
	assert_int_equal(submit(0), -EIO);
}

/* No command asks for a handle where there are none: then it is the entry's number. */
static void a_device_without_handles(void **state)
{
	(void)state;
	fake_dsa.driver.layout.has_handles = false;
	assert_int_equal(submit(3), 0);
	assert_int_equal(fake_dsa.slots[3].handle, 3);
	assert_int_equal(fake_dsa.device.handles_used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(one_message_each, reset),
	        cmocka_unit_test_setup(never_more_than_the_work_queue_takes, reset),
	        cmocka_unit_test_setup(one_at_a_time, reset),
	        cmocka_unit_test_setup(a_lost_descriptor, reset),
	        cmocka_unit_test_setup(a_descriptor_that_fails, reset),
	        cmocka_unit_test_setup(one_of_many_that_fails, reset),
	        cmocka_unit_test_setup(refused_while_it_sends_by_itself, reset),
	        cmocka_unit_test_setup(a_device_without_handles, reset),
	};

	return cmocka_run_group_tests_name("dsa_submit", tests, NULL, NULL);
}
