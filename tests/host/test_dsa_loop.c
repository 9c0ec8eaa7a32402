// SPDX-License-Identifier: MIT
// links: tests/host/dsa_fixture.c
// links: tests/qemu/dsa/carrier.c tests/qemu/dsa/command.c tests/qemu/dsa/config.c
// links: tests/qemu/dsa/control.c tests/qemu/dsa/device.c tests/qemu/dsa/engine.c
// links: tests/qemu/dsa/ims.c tests/qemu/dsa/loop.c tests/qemu/dsa/portal.c
// links: tests/qemu/dsa/registers.c
/* What the device model of DSA sends by itself or through its reserved MSI-X entry; its sleep. */
#include <errno.h>

#include "tests/host/dsa_fixture.h"
#include "tests/host/unit.h"

static uint16_t handle;

static void begin(unsigned int ims)
{
	dsa_begin(ims);
	dsa_enable(64);
	handle = dsa_arm(0, 0xfee01000, 0x31);
	set_ims(0, DSA_IMS_ADDRESS_HI, 0);
}

/* All of them at once, more than can be held or sent unanswered. */
static void slots_take_turns(void **state)
{
	(void)state;
	dsa_begin(2048);
	dsa_enable(128);
	for (unsigned int n = 0; n < 2048; n++)
		dsa_arm(n, 0xfee00000 | n << 12, n);
	setting(DSA_MODEL_FIRST, 0);
	setting(DSA_MODEL_COUNT, 5000); /* cut */
	setting(DSA_MODEL_RATE, 1000000);
	setting(DSA_MODEL_LOOP, 1);
	for (unsigned int n = 0; n < 2048; n++) {
		struct device_action action;

		while ((action = next()).what == DO_WAIT)
			dsa.device.now = action.wake;
		assert_int_equal(action.address, 0xfee00000 | n << 12);
		reply_with(action.id, 0);
	}
	setting(DSA_MODEL_LOOP, 0);
	assert_int_equal(counter(DSA_MODEL_LOOP), 0);
	run();
	assert_in_range(counter(DSA_MODEL_LOOPED), 2048, 2049);
	check_account(0);
}

static void nothing_is_sent_while_nobody_answers(void **state)
{
	unsigned int sent = 0;

	(void)state;
	dsa_begin(512);
	dsa_enable(128);
	for (unsigned int n = 0; n < 512; n++)
		dsa_arm(n, 0xfee00000, n);
	setting(DSA_MODEL_COUNT, 512);
	setting(DSA_MODEL_LOOP, 1);
	for (unsigned int n = 0; n < 10000; n++) {
		dsa.device.now++;
		sent += device_step(&dsa.device).what == DO_WRITE;
	}
	assert_int_equal(sent, DEVICE_TRANSACTIONS);
	device_reset(&dsa.device);
	assert_int_equal(counter(DSA_MODEL_OUTSTANDING), DEVICE_TRANSACTIONS);
	for (uint16_t id = 0; id < DEVICE_TRANSACTIONS; id++)
		reply_with(id, 0);
	assert_int_equal(counter(DSA_MODEL_OUTSTANDING), 0);
	assert_int_equal(dsa.count, 0);
}

static void turns_are_taken_and_given_back(void **state)
{
	static uint32_t turns[4][2] = {{0x101, 0}, {0x200, 0}, {0x301, 0}, {0, 0}};
	struct device_action action;

	(void)state;
	begin(4);
	for (unsigned int n = 1; n < 4; n++)
		dsa_arm(n, 0xfee01000, 0x31 + n);
	setting(DSA_MODEL_COUNT, 4);
	setting64(DSA_MODEL_TURNS, 0x2000);
	setting(DSA_MODEL_LOOP, 1);
	action = next();
	assert_int_equal(action.what, DO_READ);
	assert_int_equal(action.address, 0x2000);
	assert_int_equal(action.size, sizeof(turns));
	assert_int_equal(device_replied(&dsa.device, action.id, 0, (uint8_t *)turns, 8), -EPROTO);
	assert_int_equal(device_replied(&dsa.device, action.id, 0, (uint8_t *)turns, sizeof(turns)),
	                 0);
	reply_with(expect_write(0x2000, 4, 0x100), 0);
	reply_with(expect_write(0xfee01000, 4, 0x31), 0);
	reply_with(expect_write(0x2004, 4, 0x101), 0);
	reply_with(expect_write(0x2010, 4, 0x300), 0);
	reply_with(expect_write(0xfee01000, 4, 0x33), 0);
	reply_with(expect_write(0x2014, 4, 0x301), 0);
	assert_int_equal(counter(DSA_MODEL_LOOPED), 2);
	assert_int_equal(next().what, DO_READ);
	setting(DSA_MODEL_LOOP, 0);
	assert_int_equal(counter(DSA_MODEL_LOOP), 1);
	for (uint16_t id = 0; id < DEVICE_TRANSACTIONS; id++)
		device_replied(&dsa.device, id, 14, NULL, 0);
	assert_int_equal(counter(DSA_MODEL_LOOP), 0);
}

static void the_carrier_writes_raises_and_reads(void **state)
{
	struct device_action action;
	const uint32_t bar[2] = {0xfe000000, 0};
	const uint64_t entry = 0xfe000000 + BAR0_MSIX + 16 * DEVICE_CARRIER;

	(void)state;
	begin(4);
	device_write(&dsa.device, REGION_CONFIG, 0x10, (const uint8_t *)bar, 8);
	setting(DSA_MODEL_MODE, (uint32_t)DSA_MODEL_MODE_CARRIER);
	submit(handle, 0);
	run(); /* nobody listens to the vector */
	assert_int_equal(counter(DSA_MODEL_REFUSED), 1);

	device_set_vector(&dsa.device, DEVICE_CARRIER, true);
	submit(handle, 0);
	submit(handle, 0);
	action = next();
	assert_int_equal(action.what, DO_WRITE);
	assert_int_equal(action.address, entry);
	assert_int_equal(action.size, 12);
	assert_memory_equal(action.data, ((const uint32_t[3]){0xfee01000, 0, 0x31}), 12);
	assert_int_equal(next().what, DO_WAIT);
	reply_with(action.id, 0);
	action = next();
	assert_int_equal(action.what, DO_RAISE_AND_WAIT);
	assert_int_equal(action.vector, DEVICE_CARRIER);
	device_raised(&dsa.device, true);
	action = next();
	assert_int_equal(action.what, DO_READ);
	assert_int_equal(action.address, entry);
	assert_true(get_ims(0, DSA_IMS_CONTROL) & DSA_MODEL_IMS_BUSY);
	reply_with(action.id, 0);
	assert_int_equal(dsa.count, 2);
	assert_true(dsa.messages[1].carried);
	reply_with(next().id, 19); /* the second one: bus master is off */
	assert_int_equal(counter(DSA_MODEL_REFUSED), 2);
	check_account(0);
}

static void the_carrier_gives_up_on_a_deaf_client(void **state)
{
	(void)state;
	begin(4);
	device_set_vector(&dsa.device, DEVICE_CARRIER, true);
	setting(DSA_MODEL_MODE, (uint32_t)DSA_MODEL_MODE_CARRIER);
	submit(handle, 0);
	reply_with(next().id, 0);
	assert_int_equal(next().what, DO_RAISE_AND_WAIT);
	device_raised(&dsa.device, false);
	assert_int_equal(next().what, DO_WAIT);
	assert_int_equal(counter(DSA_MODEL_REFUSED), 1);
	check_account(0);
}

/* device_due() says so whenever device_step() has something to do; else the sender would sleep. */
static void nothing_to_do_is_never_said_in_vain(void **state)
{
	uint32_t random = 7;

	(void)state;
	dsa_begin(64);
	dsa_enable(16);
	device_set_vector(&dsa.device, DEVICE_CARRIER, true);
	for (unsigned int n = 0; n < 64; n++)
		dsa_arm(n, 0xfee00000, n);
	setting(DSA_MODEL_COUNT, 64);
	for (unsigned int n = 0; n < 200000; n++) {
		struct device_action action;
		uint64_t due;

		random = random * 1664525 + 1013904223;
		switch (random >> 28) {
		case 0:
			set_ims(random >> 8 & 63, DSA_IMS_CONTROL, random >> 16 & 1);
			break;
		case 1:
			submit((uint16_t)(0x4000 | (random >> 8 & 63)),
			       random >> 16 & 1 ? RECORD : 0);
			break;
		case 2:
			setting64(DSA_MODEL_HOLD_NS, random >> 8 & 255);
			break;
		case 3:
			setting64(DSA_MODEL_TEAR_NS, random >> 8 & 63);
			break;
		case 4:
			setting(DSA_MODEL_LOOP, random >> 8 & 1);
			break;
		case 5:
			setting(DSA_MODEL_MODE, random >> 8 & 3);
			break;
		case 6:
			set32(DSA_CMD,
			      (uint32_t)(CMD_INTERRUPT | field_set(CMD_COMMAND, random >> 8 & 3)));
			break;
		case 7:
			for (uint16_t id = 0; id < DEVICE_TRANSACTIONS; id++)
				device_replied(&dsa.device, id, 0, NULL, 0);
			break;
		default:
			device_replied(&dsa.device, random >> 8 & 63, 0, NULL, 0);
			break;
		}
		dsa.device.now++;
		due = device_due(&dsa.device);
		action = device_step(&dsa.device);
		if (action.what != DO_WAIT)
			assert_true(due <= dsa.device.now);
		else
			assert_true(action.wake > dsa.device.now);
		if (action.what == DO_RAISE_AND_WAIT)
			device_raised(&dsa.device, true);
	}
	assert_true(counter(DSA_MODEL_ACKNOWLEDGED) > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(slots_take_turns),
	        cmocka_unit_test(nothing_is_sent_while_nobody_answers),
	        cmocka_unit_test(turns_are_taken_and_given_back),
	        cmocka_unit_test(the_carrier_writes_raises_and_reads),
	        cmocka_unit_test(the_carrier_gives_up_on_a_deaf_client),
	        cmocka_unit_test(nothing_to_do_is_never_said_in_vain),
	};

	return cmocka_run_group_tests_name("dsa-loop", tests, NULL, NULL);
}
