// SPDX-License-Identifier: MIT
/*
 * The command register. What has to wait for descriptors or messages leaves CMDSTS_ACTIVE set until
 * command_step() finds that it need not any longer; all else is done within the write.
 */
#include <string.h>

#include "tests/qemu/dsa/parts.h"

/* Handles differ from the index they stand for, so that who confuses the two gets nothing. */
#define HANDLE_IMS  0x4000
#define HANDLE_MSIX 0x1000

static void finish(struct device *device, unsigned int error, uint64_t result)
{
	device->cmdsts =
	        (uint32_t)(field_set(CMDSTS_ERROR, error) | field_set(CMDSTS_RESULT, result));
	if (device->cmd & CMD_INTERRUPT) {
		device->intcause |= INTCAUSE_COMMAND;
		device->vectors |= 1;
	}
	device->on_event(device, "command", (unsigned int)field_get(CMD_COMMAND, device->cmd),
	                 device->cmdsts);
}

/* "Group Configuration Table": each WQ that has entries is in one group, which has an engine. */
static bool groups_are_right(const struct device *device)
{
	uint64_t wqs = 0, engines = 0;

	for (unsigned int n = 0; n < DEVICE_GROUPS; n++) {
		uint64_t in_group = device->groups[n][GRPCFG_WQS / 8];
		uint64_t of_group = device->groups[n][GRPCFG_ENGINES / 8];

		if ((wqs & in_group) || (engines & of_group) || !in_group != !of_group)
			return false;
		wqs |= in_group;
		engines |= of_group;
	}
	for (unsigned int n = 0; n < DEVICE_WQS; n++) {
		if (device->wqs[n].config[WQCFG_SIZE / 4] && !(wqs & BIT_ULL(n)))
			return false;
	}
	return !(wqs >> DEVICE_WQS) && !(engines >> DEVICE_ENGINES);
}

static unsigned int enable_device(struct device *device)
{
	uint64_t entries = 0;

	if (device->state != STATE_DISABLED)
		return CMD_DEVICE_NOT_DISABLED;
	if (!config_bus_master(device))
		return CMD_BUS_MASTER_DISABLED;
	for (unsigned int n = 0; n < DEVICE_WQS; n++)
		entries += field_get(WQCFG_SIZE_ENTRIES, device->wqs[n].config[WQCFG_SIZE / 4]);
	if (entries > DEVICE_WQ_TOTAL)
		return CMD_WQ_SIZE_OUT_OF_RANGE;
	if (!groups_are_right(device))
		return CMD_GROUP_CONFIG;
	device->state = STATE_ENABLED;
	return CMD_SUCCESS;
}

static unsigned int enable_wq(struct device *device, uint32_t number)
{
	uint64_t gencap = registers_read(device, DSA_GENCAP, 8);
	struct device_wq *wq;
	uint32_t mode, limits;

	if (number >= DEVICE_WQS)
		return CMD_INVALID_WQ_INDEX;
	if (device->state != STATE_ENABLED)
		return CMD_DEVICE_NOT_ENABLED;
	wq = &device->wqs[number];
	mode = wq->config[WQCFG_MODE / 4];
	limits = wq->config[WQCFG_LIMITS / 4];
	if (wq->state != WQ_STATE_DISABLED)
		return CMD_WQ_NOT_DISABLED;
	if (!field_get(WQCFG_SIZE_ENTRIES, wq->config[WQCFG_SIZE / 4]))
		return CMD_WQ_SIZE_ZERO;
	if (!field_get(WQCFG_PRIORITY, mode))
		return CMD_WQ_PRIORITY_ZERO;
	if (!(mode & WQCFG_MODE_DEDICATED))
		return CMD_WQ_MODE_INVALID;
	if (mode & WQCFG_BLOCK_ON_FAULT)
		return CMD_WQ_BLOCK_ON_FAULT;
	if (mode & WQCFG_PASID_ENABLE)
		return CMD_WQ_PASID;
	if (field_get(WQCFG_MAX_BATCH, limits) > field_get(GENCAP_MAX_BATCH_SIZE, gencap))
		return CMD_WQ_MAX_BATCH_SIZE;
	if (field_get(WQCFG_MAX_TRANSFER, limits) > field_get(GENCAP_MAX_TRANSFER_SIZE, gencap))
		return CMD_WQ_MAX_TRANSFER_SIZE;
	wq->state = WQ_STATE_ENABLED;
	return CMD_SUCCESS;
}

int handle_ims(const struct device *device, uint16_t handle)
{
	unsigned int index = handle ^ HANDLE_IMS;

	return index < device->options.ims && device->slots[index].handle ? (int)index : -1;
}

int handle_msix(const struct device *device, uint16_t handle)
{
	unsigned int index = handle ^ HANDLE_MSIX;

	return index < DEVICE_VECTORS && device->msix_handle[index] ? (int)index : -1;
}

/* Vector 0 is for commands and errors, the carrier for messages of IMS: neither has a handle. */
static bool *msix_entry(struct device *device, uint32_t index)
{
	return index > 0 && index < DEVICE_CARRIER ? &device->msix_handle[index] : NULL;
}

static unsigned int request_handle(struct device *device, uint32_t operand, uint64_t *result)
{
	uint32_t index = operand & (uint32_t)OPERAND_TABLE_INDEX;
	bool *entry = msix_entry(device, index);

	if (operand & OPERAND_TABLE_IMS) {
		if (index >= device->options.ims)
			return CMD_INTERRUPT_INDEX_INVALID;
		entry = &device->slots[index].handle;
		if (!*entry && device->handles_used == device->options.handles)
			return CMD_NO_INTERRUPT_HANDLE;
		device->handles_used += !*entry;
		*result = index ^ HANDLE_IMS;
	} else if (!entry) {
		return CMD_INTERRUPT_INDEX_INVALID;
	} else {
		*result = index ^ HANDLE_MSIX;
	}
	*entry = true;
	return CMD_SUCCESS;
}

static unsigned int release_handle(struct device *device, uint32_t operand)
{
	uint16_t handle = (uint16_t)(operand & OPERAND_TABLE_INDEX);
	int index;

	if (operand & OPERAND_TABLE_IMS) {
		index = handle_ims(device, handle);
		if (index < 0)
			return CMD_INTERRUPT_INDEX_INVALID;
		device->slots[index].handle = false;
		device->handles_used--;
		return CMD_SUCCESS;
	}
	index = handle_msix(device, handle);
	if (index < 0)
		return CMD_INTERRUPT_INDEX_INVALID;
	device->msix_handle[index] = false;
	return CMD_SUCCESS;
}

/* The WQs that a command for several names, or 0 when one of them does not exist. */
static uint32_t named_wqs(uint32_t operand)
{
	uint64_t mask = field_get(OPERAND_WQ_MASK, operand)
	                << 16 * (field_get(OPERAND_WQ_SET, operand) & 3);

	return mask < BIT_ULL(DEVICE_WQS) ? (uint32_t)mask : 0;
}

static unsigned int check_wqs(const struct device *device, unsigned int command, uint32_t mask)
{
	if (!mask)
		return CMD_INVALID_WQ_INDEX;
	if (command == COMMAND_RESET_WQ)
		return CMD_SUCCESS;
	for (unsigned int n = 0; n < DEVICE_WQS; n++) {
		if ((mask & BIT_ULL(n)) && device->wqs[n].state != WQ_STATE_ENABLED)
			return CMD_WQ_NOT_ENABLED;
	}
	return CMD_SUCCESS;
}

static void stop_wqs(struct device *device, uint32_t mask)
{
	for (unsigned int n = 0; n < DEVICE_WQS; n++) {
		if ((mask & BIT_ULL(n)) && device->wqs[n].state == WQ_STATE_ENABLED)
			device->wqs[n].state = WQ_STATE_DRAINING;
	}
}

/* What a command that waits does at once: no descriptor gets in any longer, or the old go. */
static unsigned int begin(struct device *device, unsigned int command, uint32_t operand)
{
	uint32_t all = (uint32_t)BIT_ULL(DEVICE_WQS) - 1, mask = named_wqs(operand);
	unsigned int error;

	switch (command) {
	case COMMAND_DISABLE_DEVICE:
		if (device->state != STATE_ENABLED)
			return CMD_DISABLE_NOT_ENABLED;
		device->state = STATE_DRAINING;
		stop_wqs(device, all);
		loop_control(device, false);
		return CMD_SUCCESS;
	case COMMAND_RESET_DEVICE:
		stop_wqs(device, all);
		loop_control(device, false);
		portal_abort(device, all);
		ims_abort(device);
		return CMD_SUCCESS;
	case COMMAND_DRAIN_ALL:
		return CMD_SUCCESS;
	case COMMAND_ABORT_ALL:
		portal_abort(device, all);
		return CMD_SUCCESS;
	default:
		error = check_wqs(device, command, mask);
		if (error)
			return error;
		if (command == COMMAND_DISABLE_WQ || command == COMMAND_RESET_WQ)
			stop_wqs(device, mask);
		if (command == COMMAND_ABORT_WQ || command == COMMAND_RESET_WQ)
			portal_abort(device, mask);
		return CMD_SUCCESS;
	}
}

void command_start(struct device *device, uint32_t value)
{
	unsigned int command = (unsigned int)field_get(CMD_COMMAND, value), error;
	uint32_t operand = (uint32_t)field_get(CMD_OPERAND, value);
	uint64_t result = 0;

	if (device->cmdsts & CMDSTS_ACTIVE)
		return;
	device->cmd = value;
	switch (command) {
	case COMMAND_ENABLE_DEVICE:
		error = enable_device(device);
		break;
	case COMMAND_ENABLE_WQ:
		error = enable_wq(device, operand);
		break;
	case COMMAND_REQUEST_INTERRUPT_HANDLE:
		error = request_handle(device, operand, &result);
		break;
	case COMMAND_RELEASE_INTERRUPT_HANDLE:
		error = release_handle(device, operand);
		break;
	case COMMAND_DISABLE_DEVICE ... COMMAND_RESET_DEVICE:
	case COMMAND_DISABLE_WQ ... COMMAND_RESET_WQ:
		error = begin(device, command, operand);
		if (!error) {
			device->cmdsts = (uint32_t)CMDSTS_ACTIVE;
			return;
		}
		break;
	default:
		error = CMD_INVALID_COMMAND;
		break;
	}
	finish(device, error, result);
}

static void disable_wqs(struct device *device, uint32_t mask, bool forget)
{
	for (unsigned int n = 0; n < DEVICE_WQS; n++) {
		if (!(mask & BIT_ULL(n)))
			continue;
		device->wqs[n].state = WQ_STATE_DISABLED;
		if (forget)
			memset(device->wqs[n].config, 0, sizeof(device->wqs[n].config));
	}
}

static void reset_device(struct device *device)
{
	disable_wqs(device, (uint32_t)BIT_ULL(DEVICE_WQS) - 1, true);
	device->state = STATE_DISABLED;
	device->gencfg = device->genctrl = device->intcause = 0;
	memset(device->swerr, 0, sizeof(device->swerr));
	memset(device->groups, 0, sizeof(device->groups));
	memset(device->msix_perm, 0, sizeof(device->msix_perm));
	memset(device->msix_handle, 0, sizeof(device->msix_handle));
	device->handles_used = 0;
	for (unsigned int n = 0; n < device->options.ims; n++) {
		device->slots[n].entry = (struct dsa_ims_entry){.control = (uint32_t)IMS_MASK};
		device->slots[n].late_until = 0;
		device->slots[n].handle = false;
	}
}

bool command_step(struct device *device)
{
	unsigned int command = (unsigned int)field_get(CMD_COMMAND, device->cmd);
	uint32_t operand = (uint32_t)field_get(CMD_OPERAND, device->cmd);

	if (!(device->cmdsts & CMDSTS_ACTIVE) || device_outstanding(device))
		return false;
	switch (command) {
	case COMMAND_DISABLE_DEVICE:
		disable_wqs(device, (uint32_t)BIT_ULL(DEVICE_WQS) - 1, false);
		device->state = STATE_DISABLED;
		break;
	case COMMAND_RESET_DEVICE:
		reset_device(device);
		break;
	case COMMAND_DISABLE_WQ:
	case COMMAND_RESET_WQ:
		disable_wqs(device, named_wqs(operand), command == COMMAND_RESET_WQ);
		break;
	default:
		break;
	}
	finish(device, CMD_SUCCESS, 0);
	return true;
}
