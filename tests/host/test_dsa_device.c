// SPDX-License-Identifier: MIT
// links: tests/host/dsa_fixture.c
// links: tests/qemu/dsa/carrier.c tests/qemu/dsa/command.c tests/qemu/dsa/config.c
// links: tests/qemu/dsa/control.c tests/qemu/dsa/device.c tests/qemu/dsa/engine.c
// links: tests/qemu/dsa/ims.c tests/qemu/dsa/loop.c tests/qemu/dsa/portal.c
// links: tests/qemu/dsa/registers.c
/* Registers, commands, handles and descriptors of the device model of DSA. */
#include <string.h>

#include <linux/pci_regs.h>

#include "tests/host/dsa_fixture.h"
#include "tests/host/unit.h"

static void capabilities_say_what_there_is(void **state)
{
	uint64_t offsets, gencap;

	(void)state;
	dsa_begin(2048);
	gencap = reg64(DSA_GENCAP);
	offsets = reg64(DSA_OFFSETS_LO);
	assert_int_equal(reg32(DSA_VERSION), 0x100);
	assert_int_equal(field_get(GENCAP_IMS_SIZE, gencap) * IMS_SIZE_UNIT, 2048);
	assert_true(gencap & GENCAP_COMMAND_CAPABILITIES);
	assert_int_equal(field_get(OFFSETS_IMS, offsets) * OFFSETS_UNIT, BAR0_IMS);
	assert_int_equal(field_get(OFFSETS_WQCFG, offsets) * OFFSETS_UNIT, BAR0_WQCFG);
	assert_true(reg32(DSA_CMDCAP) & BIT_ULL(COMMAND_REQUEST_INTERRUPT_HANDLE));
	assert_int_equal(reg32(DSA_GENCAP + 4), gencap >> 32);
	dsa_begin(1);
	assert_int_equal(field_get(GENCAP_IMS_SIZE, reg64(DSA_GENCAP)), 1);
	assert_int_equal(counter(DSA_MODEL_IMS_ENTRIES), 1);
}

static uint32_t config(uint32_t offset, unsigned int size)
{
	uint32_t value = 0;

	device_read(&dsa.device, REGION_CONFIG, offset, (uint8_t *)&value, size);
	return value;
}

static void set_config(uint32_t offset, uint32_t value, unsigned int size)
{
	device_write(&dsa.device, REGION_CONFIG, offset, (const uint8_t *)&value, size);
}

static uint32_t capability(uint8_t id)
{
	uint32_t at = config(PCI_CAPABILITY_LIST, 1);

	while (at && config(at, 1) != id)
		at = config(at + 1, 1);
	assert_true(at);
	return at;
}

static void configuration_space_is_that_of_a_function(void **state)
{
	uint32_t at;

	(void)state;
	dsa_begin(2048);
	assert_int_equal(config(0, 4), 0x0b258086);
	set_config(PCI_BASE_ADDRESS_0, 0xffffffff, 4);
	set_config(PCI_BASE_ADDRESS_1, 0xffffffff, 4);
	assert_int_equal(config(PCI_BASE_ADDRESS_0, 4), 0xffff000c);
	assert_int_equal(config(PCI_BASE_ADDRESS_1, 4), 0xffffffff);
	set_config(PCI_VENDOR_ID, 0, 4);
	assert_int_equal(config(0, 4), 0x0b258086);
	at = capability(PCI_CAP_ID_VNDR);
	assert_int_equal(config(at + DSA_MODEL_CAP_SIGNATURE, 4), DSA_MODEL_SIGNATURE);
	assert_int_equal(config(at + DSA_MODEL_CAP_WHERE, 4), CONTROL_BAR);
	at = capability(PCI_CAP_ID_MSIX);
	assert_int_equal(config(at + PCI_MSIX_FLAGS, 2), DEVICE_VECTORS - 1);
}

static void a_function_level_reset_forgets(void **state)
{
	uint32_t control;

	(void)state;
	dsa_begin(4);
	dsa_enable(4);
	dsa_arm(2, 0xfee01000, 0x31);
	setting(DSA_MODEL_MODE, 1);
	control = capability(PCI_CAP_ID_EXP) + PCI_EXP_DEVCTL;
	set_config(control, PCI_EXP_DEVCTL_BCR_FLR, 2);
	assert_int_equal(config(control, 2), 0);
	assert_int_equal(reg32(DSA_GENSTS), STATE_DISABLED);
	assert_int_equal(get_ims(2, DSA_IMS_ADDRESS_LO), 0);
	assert_int_equal(get_ims(2, DSA_IMS_CONTROL), IMS_MASK);
	assert_int_equal(counter(DSA_MODEL_MODE), 0);
}

static void enabling_demands_a_right_configuration(void **state)
{
	const uint16_t no_master = PCI_COMMAND_MEMORY;

	(void)state;
	dsa_begin(4);
	device_write(&dsa.device, REGION_CONFIG, PCI_COMMAND, (const uint8_t *)&no_master, 2);
	assert_int_equal(command(COMMAND_ENABLE_DEVICE, 0), CMD_BUS_MASTER_DISABLED);
	dsa_begin(4);
	set32(BAR0_WQCFG + WQCFG_SIZE, DEVICE_WQ_TOTAL + 1);
	assert_int_equal(command(COMMAND_ENABLE_DEVICE, 0), CMD_WQ_SIZE_OUT_OF_RANGE);
	set32(BAR0_WQCFG + WQCFG_SIZE, 8);
	assert_int_equal(command(COMMAND_ENABLE_DEVICE, 0), CMD_GROUP_CONFIG);
	set64(BAR0_GRPCFG + GRPCFG_WQS, 1);
	assert_int_equal(command(COMMAND_ENABLE_DEVICE, 0), CMD_GROUP_CONFIG);
	set64(BAR0_GRPCFG + GRPCFG_ENGINES, 1);
	assert_int_equal(command(COMMAND_ENABLE_WQ, 0), CMD_DEVICE_NOT_ENABLED);
	assert_int_equal(command(COMMAND_ENABLE_DEVICE, 0), CMD_SUCCESS);
	assert_int_equal(reg32(DSA_GENSTS), STATE_ENABLED);
	assert_int_equal(command(COMMAND_ENABLE_DEVICE, 0), CMD_DEVICE_NOT_DISABLED);
	assert_int_equal(command(COMMAND_ENABLE_WQ, DEVICE_WQS), CMD_INVALID_WQ_INDEX);
	assert_int_equal(command(COMMAND_ENABLE_WQ, 1), CMD_WQ_SIZE_ZERO);
	assert_int_equal(command(COMMAND_ENABLE_WQ, 0), CMD_WQ_PRIORITY_ZERO);
	set32(BAR0_WQCFG + WQCFG_MODE, (uint32_t)field_set(WQCFG_PRIORITY, 1));
	assert_int_equal(command(COMMAND_ENABLE_WQ, 0), CMD_WQ_MODE_INVALID);
	set32(BAR0_WQCFG + WQCFG_SIZE, 16); /* no longer possible */
	assert_int_equal(reg32(BAR0_WQCFG + WQCFG_SIZE), 8);
}

static void commands_end_with_their_errors(void **state)
{
	(void)state;
	dsa_begin(4);
	assert_int_equal(command(0, 0), CMD_INVALID_COMMAND);
	assert_int_equal(command(COMMAND_DRAIN_PASID, 0), CMD_INVALID_COMMAND);
	assert_int_equal(command(31, 0), CMD_INVALID_COMMAND);
	assert_int_equal(command(COMMAND_DISABLE_DEVICE, 0), CMD_DISABLE_NOT_ENABLED);
	dsa_enable(4);
	assert_int_equal(command(COMMAND_ENABLE_WQ, 0), CMD_WQ_NOT_DISABLED);
	set32(BAR0_WQCFG + WQCFG_MODE, 0); /* not while it is enabled */
	assert_true(reg32(BAR0_WQCFG + WQCFG_MODE) & WQCFG_MODE_DEDICATED);
	assert_int_equal(command(COMMAND_DISABLE_WQ, 0), CMD_INVALID_WQ_INDEX);
	assert_int_equal(command(COMMAND_DISABLE_WQ, 2), CMD_WQ_NOT_ENABLED);
	assert_int_equal(command(COMMAND_DRAIN_WQ, 1), CMD_SUCCESS);
	assert_int_equal(command(COMMAND_DISABLE_WQ, 1), CMD_SUCCESS);
	assert_int_equal(field_get(WQCFG_STATE, reg32(BAR0_WQCFG + WQCFG_STATUS)), 0);
	assert_int_equal(reg32(BAR0_WQCFG + WQCFG_SIZE), 4);
	assert_int_equal(command(COMMAND_RESET_DEVICE, 0), CMD_SUCCESS);
	assert_int_equal(reg32(DSA_GENSTS), STATE_DISABLED);
	assert_int_equal(reg32(BAR0_WQCFG + WQCFG_SIZE), 0);
}

static void a_command_raises_vector_0_when_asked(void **state)
{
	(void)state;
	dsa_begin(4);
	set32(DSA_CMD, (uint32_t)(CMD_INTERRUPT | field_set(CMD_COMMAND, COMMAND_DRAIN_ALL)));
	assert_true(reg32(DSA_CMDSTS) & CMDSTS_ACTIVE);
	set32(DSA_CMD, (uint32_t)field_set(CMD_COMMAND, 31)); /* ignored */
	struct device_action action = next();

	assert_int_equal(action.what, DO_RAISE);
	assert_int_equal(action.vector, 0);
	assert_int_equal(reg32(DSA_CMDSTS), CMD_SUCCESS);
	assert_int_equal(reg32(DSA_INTCAUSE), INTCAUSE_COMMAND);
	set32(DSA_INTCAUSE, (uint32_t)INTCAUSE_COMMAND);
	assert_int_equal(reg32(DSA_INTCAUSE), 0);
}

static uint32_t request_handle(uint32_t operand)
{
	return command(COMMAND_REQUEST_INTERRUPT_HANDLE, operand);
}

static void handles_are_not_indexes_and_run_out(void **state)
{
	const uint32_t ims = (uint32_t)OPERAND_TABLE_IMS;
	uint32_t handle;

	(void)state;
	dsa_begin(4);
	dsa.device.options.handles = 2;
	assert_int_equal(request_handle(ims | 4), CMD_INTERRUPT_INDEX_INVALID);
	handle = (uint32_t)field_get(CMDSTS_RESULT, request_handle(ims | 3));
	assert_int_not_equal(handle, 3);
	assert_int_equal(field_get(CMDSTS_RESULT, request_handle(ims | 3)), handle);
	assert_int_equal(field_get(CMDSTS_ERROR, request_handle(ims | 0)), CMD_SUCCESS);
	assert_int_equal(request_handle(ims | 1), CMD_NO_INTERRUPT_HANDLE);
	assert_int_equal(command(COMMAND_RELEASE_INTERRUPT_HANDLE, ims | 3),
	                 CMD_INTERRUPT_INDEX_INVALID);
	assert_int_equal(command(COMMAND_RELEASE_INTERRUPT_HANDLE, ims | handle), CMD_SUCCESS);
	assert_int_equal(field_get(CMDSTS_ERROR, request_handle(ims | 1)), CMD_SUCCESS);
	assert_int_equal(request_handle(0), CMD_INTERRUPT_INDEX_INVALID);
	assert_int_equal(request_handle(DEVICE_CARRIER), CMD_INTERRUPT_INDEX_INVALID);
	assert_int_equal(field_get(CMDSTS_ERROR, request_handle(1)), CMD_SUCCESS);
}

static void a_descriptor_is_whole_or_none(void **state)
{
	static const struct dsa_descriptor nothing = {0};
	const uint8_t *bytes = (const uint8_t *)&nothing;

	(void)state;
	dsa_begin(4);
	dsa_enable(4);
	for (unsigned int at = 0; at < 56; at += 8)
		device_write(&dsa.device, REGION_BAR2, PORTAL_UNLIMITED_IMS + at, bytes, 8);
	assert_int_equal(counter(DSA_MODEL_DESCRIPTORS), 0);
	submit_raw(&nothing, PORTAL_UNLIMITED_IMS); /* begins anew */
	assert_int_equal(counter(DSA_MODEL_DESCRIPTORS), 1);
	assert_int_equal(counter(DSA_MODEL_TORN), 1);
	/* Another place, a gap. */
	device_write(&dsa.device, REGION_BAR2, PORTAL_LIMITED_IMS + 64, bytes, 8);
	device_write(&dsa.device, REGION_BAR2, PORTAL_LIMITED_IMS + 64 + 16, bytes, 8);
	device_write(&dsa.device, REGION_BAR2, PORTAL_LIMITED_IMS + 64 + 24, bytes, 8);
	assert_int_equal(counter(DSA_MODEL_TORN), 3);
	/* In one write of 64, in words of 4. */
	device_write(&dsa.device, REGION_BAR2, PORTAL_UNLIMITED_MSIX + 128, bytes, 64);
	for (unsigned int at = 0; at < 64; at += 4)
		device_write(&dsa.device, REGION_BAR2, PORTAL_UNLIMITED_IMS + at, bytes, 4);
	assert_int_equal(counter(DSA_MODEL_DESCRIPTORS), 3);
	assert_int_equal(counter(DSA_MODEL_TORN), 3);
	run();
	assert_int_equal(counter(DSA_MODEL_COMPLETED), 3);
	assert_int_equal(counter(DSA_MODEL_OUTSTANDING), 0);
}

static void a_wq_takes_what_it_has_room_for(void **state)
{
	uint16_t handle;

	(void)state;
	dsa_begin(4);
	submit(0, 0);
	assert_int_equal(counter(DSA_MODEL_REJECTED), 1);
	dsa_enable(3);
	handle = dsa_arm(0, 0xfee00000, 0x40);
	for (int n = 0; n < 5; n++)
		submit(handle, 0);
	assert_int_equal(counter(DSA_MODEL_REJECTED), 3);
	assert_int_equal(field_get(WQCFG_OCCUPANCY, reg32(BAR0_WQCFG + WQCFG_STATUS)), 3);
	run();
	assert_int_equal(dsa.count, 3);
	assert_int_equal(field_get(WQCFG_OCCUPANCY, reg32(BAR0_WQCFG + WQCFG_STATUS)), 0);
}

static void errors_go_into_the_completion_record(void **state)
{
	struct dsa_descriptor descriptor = {
	        .flags = (uint32_t)(FLAG_COMPLETION_ADDRESS_VALID | FLAG_REQUEST_INTERRUPT),
	        .completion = RECORD,
	        .interrupt_handle = 3,
	};

	(void)state;
	dsa_begin(4);
	dsa_enable(4);
	submit_raw(&descriptor, PORTAL_UNLIMITED_IMS);
	expect_write(RECORD, 32, COMPLETION_INVALID_INTERRUPT_HANDLE);
	descriptor.flags = (uint32_t)(FLAG_COMPLETION_ADDRESS_VALID | 3U << 24);
	submit_raw(&descriptor, PORTAL_UNLIMITED_IMS);
	expect_write(RECORD, 32, COMPLETION_UNSUPPORTED_OPERATION);
	descriptor.flags = (uint32_t)(FLAG_COMPLETION_ADDRESS_VALID | FLAG_BLOCK_ON_FAULT);
	submit_raw(&descriptor, PORTAL_UNLIMITED_IMS);
	expect_write(RECORD, 32, COMPLETION_INVALID_FLAGS);
	assert_int_equal(reg64(DSA_SWERR), 0);
}

static void errors_without_a_record_go_into_swerr(void **state)
{
	struct dsa_descriptor descriptor = {.flags = (uint32_t)FLAG_REQUEST_COMPLETION};

	(void)state;
	dsa_begin(4);
	dsa_enable(4);
	set32(DSA_GENCTRL, (uint32_t)GENCTRL_SOFTWARE_ERROR_INT);
	submit_raw(&descriptor, PORTAL_UNLIMITED_IMS);
	assert_int_equal(next().what, DO_RAISE);
	assert_int_equal(field_get(SWERR_ERROR, reg64(DSA_SWERR)), COMPLETION_INVALID_FLAGS);
	assert_false(reg64(DSA_SWERR) & SWERR_OVERFLOW);
	descriptor.flags = (uint32_t)FLAG_COMPLETION_ADDRESS_VALID;
	descriptor.completion = RECORD + 8;
	submit_raw(&descriptor, PORTAL_UNLIMITED_IMS);
	run();
	assert_true(reg64(DSA_SWERR) & SWERR_OVERFLOW);
	set32(DSA_SWERR, SWERR_VALID | SWERR_OVERFLOW);
	assert_int_equal(reg64(DSA_SWERR), 0);
	assert_int_equal(reg32(DSA_INTCAUSE), INTCAUSE_SOFTWARE_ERROR);
}

/* An MSI-X handle's vector is raised only when the record has been written. */
static void an_msix_handle_raises_its_vector(void **state)
{
	struct dsa_descriptor descriptor = {
	        .flags = (uint32_t)(FLAG_COMPLETION_ADDRESS_VALID | FLAG_REQUEST_COMPLETION |
	                            FLAG_REQUEST_INTERRUPT),
	        .completion = RECORD,
	};
	struct device_action action;
	uint16_t id;

	(void)state;
	dsa_begin(4);
	dsa_enable(4);
	descriptor.interrupt_handle = (uint16_t)field_get(CMDSTS_RESULT, request_handle(2));
	submit_raw(&descriptor, PORTAL_UNLIMITED_MSIX);
	id = expect_write(RECORD, 32, COMPLETION_SUCCESS);
	assert_int_equal(next().what, DO_WAIT);
	assert_int_equal(device_replied(&dsa.device, id, 0, NULL, 0), 0);
	action = next();
	assert_int_equal(action.what, DO_RAISE);
	assert_int_equal(action.vector, 2);
	/* Through the other portal the same handle is none. */
	submit_raw(&descriptor, PORTAL_UNLIMITED_IMS);
	expect_write(RECORD, 32, COMPLETION_INVALID_INTERRUPT_HANDLE);
}

static void each_nth_descriptor_can_be_lost(void **state)
{
	uint16_t handle;

	(void)state;
	dsa_begin(4);
	dsa_enable(8);
	handle = dsa_arm(0, 0xfee00000, 0x40);
	setting(DSA_MODEL_LOSE_EVERY, 3);
	setting(DSA_MODEL_MISBEHAVE, (uint32_t)MISBEHAVE_DESCRIPTOR_LOST);
	for (int n = 0; n < 8; n++)
		submit(handle, 0);
	run();
	assert_int_equal(dsa.count, 6);
	assert_int_equal(counter(DSA_MODEL_LOST), 2);
	assert_int_equal(counter(DSA_MODEL_DESCRIPTORS), 8);
	assert_int_equal(counter(DSA_MODEL_COMPLETED), 6);
}

static void accesses_of_any_kind_do_no_harm(void **state)
{
	uint32_t random = 1;

	(void)state;
	dsa_begin(1);
	for (unsigned int n = 0; n < 300000; n++) {
		static const unsigned int regions[] = {0, 2, 4, 7};
		uint8_t bytes[16];
		unsigned int region, size;
		uint64_t offset;

		for (unsigned int i = 0; i < sizeof(bytes); i++) {
			random = random * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(random >> 24);
		}
		region = regions[random >> 28 & 3];
		size = random >> 20 & 15;
		offset = random % (device_region_size(region) - 16);
		if (random & 0x10000000)
			offset %= 0x400;
		device_write(&dsa.device, region, offset, bytes, size);
		device_read(&dsa.device, region, offset, bytes, size);
		if (n % 8 == 0) {
			struct device_action action = next();

			if (action.what == DO_WRITE || action.what == DO_READ)
				device_replied(&dsa.device, action.id, random & 1 ? 14 : 0,
				               (const uint8_t[16]){0}, 16);
			if (action.what == DO_RAISE_AND_WAIT)
				device_raised(&dsa.device, random & 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(capabilities_say_what_there_is),
	        cmocka_unit_test(configuration_space_is_that_of_a_function),
	        cmocka_unit_test(a_function_level_reset_forgets),
	        cmocka_unit_test(enabling_demands_a_right_configuration),
	        cmocka_unit_test(commands_end_with_their_errors),
	        cmocka_unit_test(a_command_raises_vector_0_when_asked),
	        cmocka_unit_test(handles_are_not_indexes_and_run_out),
	        cmocka_unit_test(a_descriptor_is_whole_or_none),
	        cmocka_unit_test(a_wq_takes_what_it_has_room_for),
	        cmocka_unit_test(errors_go_into_the_completion_record),
	        cmocka_unit_test(errors_without_a_record_go_into_swerr),
	        cmocka_unit_test(an_msix_handle_raises_its_vector),
	        cmocka_unit_test(each_nth_descriptor_can_be_lost),
	        cmocka_unit_test(accesses_of_any_kind_do_no_harm),
	};

	return cmocka_run_group_tests_name("dsa-device", tests, NULL, NULL);
}
