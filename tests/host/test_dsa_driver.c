// SPDX-License-Identifier: MIT
// links: drivers/pci/sources/dsa_device.c drivers/pci/sources/dsa_ims.c
// links: tests/host/fake_dsa.c drivers/pci/sources/dsa_words.c
// links: tests/qemu/dsa/carrier.c tests/qemu/dsa/command.c
// links: tests/qemu/dsa/config.c tests/qemu/dsa/control.c tests/qemu/dsa/device.c
// links: tests/qemu/dsa/engine.c tests/qemu/dsa/ims.c tests/qemu/dsa/loop.c
// links: tests/qemu/dsa/portal.c tests/qemu/dsa/registers.c
/*
 * The driver takes a device that is idle, and no other: against the device model itself, without
 * its socket. Whoever has the device, not one register of it is written then.
 */
#include <asm-generic/errno.h>
#include <string.h>

#include "tests/host/fake_dsa.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

static struct device *const device = &fake_dsa.device;
static struct dsa *const dsa = &fake_dsa.driver;
static struct dsa_slot *const slots = fake_dsa.slots;

/* Everything up to the slots, as software sees it. */
static void take_picture(uint64_t picture[BAR0_MSIX / 8])
{
	for (uint32_t offset = 0; offset < BAR0_MSIX; offset += 8)
		picture[offset / 8] = fake_dsa_read(offset);
}

static int reset(void **state)
{
	(void)state;
	fake_dsa_reset();
	return 0;
}

/* Enabled with one work queue of its own, and given back as it was. */
static void taken_and_given_back(void **state)
{
	uint64_t before[BAR0_MSIX / 8], after[BAR0_MSIX / 8];

	(void)state;
	take_picture(before);
	assert_int_equal(dsa_take(dsa), 0);
	assert_int_equal(device->state, STATE_ENABLED);
	assert_int_equal(device->wqs[0].state, WQ_STATE_ENABLED);
	for (unsigned int n = 1; n < DEVICE_WQS; n++)
		assert_int_equal(device->wqs[n].state, WQ_STATE_DISABLED);
	dsa_give_back(dsa);
	take_picture(after);
	before[DSA_CMD / 8] = after[DSA_CMD / 8];
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(fake_dsa.command, COMMAND_FOUND);
	assert_string_equal(shim_printed(), "");
}

/* `why` it is left alone, and that it is. */
static void assert_left_alone(const char *why)
{
	uint64_t before[BAR0_MSIX / 8], after[BAR0_MSIX / 8];

	take_picture(before);
	fake_dsa.writes = 0;
	assert_int_equal(dsa_take(dsa), -EBUSY);
	take_picture(after);
	assert_int_equal(fake_dsa.writes, 0);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(fake_dsa.command, COMMAND_FOUND);
	if (!strstr(shim_printed(), why))
		fail_msg("\"%s\" is not in \"%s\"", why, shim_printed());
	shim_forget_printed();
}

static void left_alone_in_every_state_but_disabled(void **state)
{
	(void)state;
	device->state = STATE_ENABLED;
	assert_left_alone("it is not disabled");
	device->state = STATE_DRAINING;
	assert_left_alone("it is not disabled");
	device->state = STATE_HALT;
	assert_left_alone("it is not disabled");
}

static void left_alone_with_a_work_queue_in_use(void **state)
{
	(void)state;
	device->wqs[DEVICE_WQS - 1].state = WQ_STATE_ENABLED;
	assert_left_alone("a work queue is not disabled");
	device->wqs[DEVICE_WQS - 1].state = WQ_STATE_DRAINING;
	assert_left_alone("a work queue is not disabled");
}

static void left_alone_when_configured(void **state)
{
	(void)state;
	fake_dsa_write(BAR0_WQCFG + 3 * WQCFG_SIZE_MIN + WQCFG_SIZE, 16);
	assert_left_alone("configured a work queue");
	reset(NULL);
	fake_dsa_write(BAR0_GRPCFG + (DEVICE_GROUPS - 1) * GRPCFG_SIZE + GRPCFG_WQS, 1);
	assert_left_alone("configured a group");
	reset(NULL);
	fake_dsa_write(BAR0_GRPCFG + GRPCFG_ENGINES, 2);
	assert_left_alone("configured a group");
}

static void left_alone_at_a_command(void **state)
{
	(void)state;
	fake_dsa.deaf = true;
	fake_dsa_write(DSA_CMD, COMMAND_DRAIN_ALL << 20);
	assert_left_alone("at a command");
}

/* A device that does not answer ends the wait, and keeps the driver from more. */
static void a_command_without_an_end(void **state)
{
	(void)state;
	assert_int_equal(dsa_take(dsa), 0);
	fake_dsa.deaf = true;
	assert_int_equal(dsa_run_command(dsa, COMMAND_DRAIN_ALL, 0, NULL), -ETIMEDOUT);
	assert_true(dsa->failed);
	assert_non_null(strstr(shim_printed(), "0000:00:06.0 does not end command 3"));
}

static void a_command_that_is_refused(void **state)
{
	uint32_t handle;

	(void)state;
	assert_int_equal(dsa_take(dsa), 0);
	assert_int_equal(dsa_run_command(dsa, COMMAND_REQUEST_INTERRUPT_HANDLE,
	                                 (uint32_t)OPERAND_TABLE_IMS | FAKE_DSA_SLOTS, &handle),
	                 -EIO);
	assert_non_null(strstr(shim_printed(), "refuses command 13, operand 100c8, with error 41"));
	assert_false(dsa->failed);
}

static unsigned int released;

static void count_releases(struct device *of, const char *event, unsigned int number,
                           uint64_t status)
{
	(void)of;
	if (!strcmp(event, "command") && number == COMMAND_RELEASE_INTERRUPT_HANDLE)
		released += field_get(CMDSTS_ERROR, status) == CMD_SUCCESS;
}

/* One by one, whatever the reset does to them. */
static void handles_are_released(void **state)
{
	uint32_t handle;

	(void)state;
	assert_int_equal(dsa_take(dsa), 0);
	for (uint32_t n = 0; n < FAKE_DSA_SLOTS; n++) {
		assert_int_equal(dsa_run_command(dsa, COMMAND_REQUEST_INTERRUPT_HANDLE,
		                                 (uint32_t)OPERAND_TABLE_IMS | n, &handle),
		                 0);
		slots[n].handle = (uint16_t)handle;
		slots[n].has_handle = true;
	}
	assert_int_equal(device->handles_used, FAKE_DSA_SLOTS);
	released = 0;
	device->on_event = count_releases;
	dsa_give_back(dsa);
	assert_int_equal(released, FAKE_DSA_SLOTS);
	assert_int_equal(device->handles_used, 0);
	assert_string_equal(shim_printed(), "");
}

/* The device's complaints are heard when it is given back. */
static void an_error_is_said(void **state)
{
	(void)state;
	assert_int_equal(dsa_take(dsa), 0);
	device->swerr[0] = SWERR_VALID | field_set(SWERR_ERROR, COMPLETION_ADDRESS_NOT_ALIGNED);
	dsa_give_back(dsa);
	assert_non_null(strstr(shim_printed(), "reports error 1b"));
}

/* A slot's words, mask and pending bit are those of its entry. */
static void a_slot(void **state)
{
	struct message_store *store = &slots[2].store;
	struct message message = {.address_lo = 0xfee01000, .address_hi = 1, .data = 0x41}, read;

	(void)state;
	assert_int_equal(dsa_take(dsa), 0);
	store->ops->write(store, MESSAGE_ADDRESS_LO, message.address_lo);
	store->ops->write(store, MESSAGE_ADDRESS_HI, message.address_hi);
	store->ops->write(store, MESSAGE_DATA, message.data);
	store->ops->read(store, &read);
	assert_memory_equal(&message, &read, sizeof(message));
	assert_int_equal(device->slots[2].entry.data, 0x41);
	assert_int_equal(device->slots[1].entry.data, 0);
	assert_int_equal(device->slots[3].entry.data, 0);
	assert_true(device->slots[2].entry.control & IMS_MASK);
	store->ops->unmask(store);
	assert_false(device->slots[2].entry.control & IMS_MASK);
	store->ops->mask(store);
	assert_true(device->slots[2].entry.control & IMS_MASK);
	assert_false(store->ops->pending(store));
	device->slots[2].pending = true;
	assert_true(store->ops->pending(store));
}

/* The flush of a model waits while a message of the slot is on its way, and not for ever. */
static void a_flush_ends(void **state)
{
	struct message_store *store = &slots[1].store;

	(void)state;
	assert_int_equal(dsa_take(dsa), 0);
	device->slots[1].in_flight = 1;
	store->ops->flush(store); /* of silicon: that bit means nothing there */
	assert_false(dsa->failed);
	dsa->model = dsa->registers;
	store->ops->flush(store);
	assert_true(dsa->failed);
	assert_non_null(strstr(shim_printed(), "entry 1 stays busy"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(taken_and_given_back, reset),
	        cmocka_unit_test_setup(left_alone_in_every_state_but_disabled, reset),
	        cmocka_unit_test_setup(left_alone_with_a_work_queue_in_use, reset),
	        cmocka_unit_test_setup(left_alone_when_configured, reset),
	        cmocka_unit_test_setup(left_alone_at_a_command, reset),
	        cmocka_unit_test_setup(a_command_without_an_end, reset),
	        cmocka_unit_test_setup(a_command_that_is_refused, reset),
	        cmocka_unit_test_setup(handles_are_released, reset),
	        cmocka_unit_test_setup(an_error_is_said, reset),
	        cmocka_unit_test_setup(a_slot, reset),
	        cmocka_unit_test_setup(a_flush_ends, reset),
	};

	return cmocka_run_group_tests_name("dsa_driver", tests, NULL, NULL);
}
