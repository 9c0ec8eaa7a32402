// SPDX-License-Identifier: MIT
#include "tests/host/dsa_fixture.h"

#include <string.h>

#include <linux/pci_regs.h>

#include "tests/host/unit.h"

struct dsa_fixture dsa;

static void on_message(struct device *device, const struct device_message *message)
{
	(void)device;
	if (dsa.count < REPORTED_MAX)
		dsa.messages[dsa.count++] = *message;
}

static void on_event(struct device *device, const char *event, unsigned int slot, uint64_t value)
{
	(void)device;
	(void)slot;
	(void)value;
	dsa.last_event = event;
}

void dsa_begin(unsigned int ims)
{
	const struct device_options options = {.ims = ims, .handles = ims};
	const uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	device_init(&dsa.device, &options);
	dsa.device.now = 1000;
	dsa.device.on_message = on_message;
	dsa.device.on_event = on_event;
	dsa.count = 0;
	dsa.last_event = "";
	device_write(&dsa.device, REGION_CONFIG, PCI_COMMAND, (const uint8_t *)&command, 2);
}

static uint64_t get(unsigned int region, uint32_t offset, unsigned int size)
{
	uint64_t value = 0;

	device_read(&dsa.device, region, offset, (uint8_t *)&value, size);
	return value;
}

static void set(unsigned int region, uint32_t offset, uint64_t value, unsigned int size)
{
	device_write(&dsa.device, region, offset, (const uint8_t *)&value, size);
}

uint32_t reg32(uint32_t offset)
{
	return (uint32_t)get(REGION_BAR0, offset, 4);
}

uint64_t reg64(uint32_t offset)
{
	return get(REGION_BAR0, offset, 8);
}

void set32(uint32_t offset, uint32_t value)
{
	set(REGION_BAR0, offset, value, 4);
}

void set64(uint32_t offset, uint64_t value)
{
	set(REGION_BAR0, offset, value, 8);
}

uint64_t counter(uint32_t offset)
{
	return offset < DSA_MODEL_REQUESTED || offset >= DSA_MODEL_SLOTS
	               ? get(CONTROL_BAR, offset, 4)
	               : get(CONTROL_BAR, offset, 8);
}

void setting(uint32_t offset, uint32_t value)
{
	set(CONTROL_BAR, offset, value, 4);
}

void setting64(uint32_t offset, uint64_t value)
{
	set(CONTROL_BAR, offset, value, 8);
}

uint32_t command(unsigned int number, uint32_t operand)
{
	set32(DSA_CMD,
	      (uint32_t)(field_set(CMD_COMMAND, number) | field_set(CMD_OPERAND, operand)));
	if (reg32(DSA_CMDSTS) & CMDSTS_ACTIVE)
		run();
	return reg32(DSA_CMDSTS);
}

void dsa_enable(unsigned int entries)
{
	set64(BAR0_GRPCFG + GRPCFG_WQS, 1);
	set64(BAR0_GRPCFG + GRPCFG_ENGINES, 1);
	set32(BAR0_WQCFG + WQCFG_SIZE, entries);
	set32(BAR0_WQCFG + WQCFG_MODE,
	      (uint32_t)(WQCFG_MODE_DEDICATED | field_set(WQCFG_PRIORITY, 1)));
	assert_int_equal(command(COMMAND_ENABLE_DEVICE, 0), CMD_SUCCESS);
	assert_int_equal(command(COMMAND_ENABLE_WQ, 0), CMD_SUCCESS);
}

void set_ims(unsigned int slot, uint32_t word, uint32_t value)
{
	set32(BAR0_IMS + 16 * slot + word, value);
}

uint32_t get_ims(unsigned int slot, uint32_t word)
{
	return reg32(BAR0_IMS + 16 * slot + word);
}

uint16_t dsa_arm(unsigned int slot, uint32_t address, uint32_t data)
{
	uint32_t status =
	        command(COMMAND_REQUEST_INTERRUPT_HANDLE, (uint32_t)OPERAND_TABLE_IMS | slot);

	assert_int_equal(field_get(CMDSTS_ERROR, status), CMD_SUCCESS);
	set_ims(slot, DSA_IMS_ADDRESS_LO, address);
	set_ims(slot, DSA_IMS_DATA, data);
	set_ims(slot, DSA_IMS_CONTROL, 0);
	return (uint16_t)field_get(CMDSTS_RESULT, status);
}

void submit_raw(const struct dsa_descriptor *descriptor, uint32_t portal)
{
	const uint8_t *bytes = (const uint8_t *)descriptor;

	for (unsigned int at = 0; at < sizeof(*descriptor); at += 8)
		device_write(&dsa.device, REGION_BAR2, portal + at, bytes + at, 8);
}

void submit(uint16_t handle, uint64_t record)
{
	const struct dsa_descriptor descriptor = {
	        .flags =
	                (uint32_t)(FLAG_REQUEST_INTERRUPT |
	                           (record ? FLAG_COMPLETION_ADDRESS_VALID | FLAG_REQUEST_COMPLETION
	                                   : 0)),
	        .completion = record,
	        .interrupt_handle = handle,
	};

	submit_raw(&descriptor, PORTAL_UNLIMITED_IMS);
}

struct device_action next(void)
{
	struct device_action action;

	do {
		dsa.device.now++;
		action = device_step(&dsa.device);
	} while (action.what == DO_AGAIN);
	return action;
}

uint16_t expect_write(uint64_t address, uint32_t size, uint32_t first_word)
{
	struct device_action action = next();
	uint32_t word;

	assert_int_equal(action.what, DO_WRITE);
	assert_int_equal(action.address, address);
	assert_int_equal(action.size, size);
	memcpy(&word, action.data, sizeof(word));
	assert_int_equal(word, first_word);
	return action.id;
}

uint64_t run(void)
{
	for (;;) {
		struct device_action action = next();

		switch (action.what) {
		case DO_WAIT:
			return action.wake;
		case DO_WRITE:
		case DO_READ:
			assert_int_equal(device_replied(&dsa.device, action.id, 0, NULL, 0), 0);
			break;
		case DO_RAISE_AND_WAIT:
			device_raised(&dsa.device, true);
			break;
		default:
			break;
		}
	}
}
