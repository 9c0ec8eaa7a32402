// SPDX-License-Identifier: MIT
/* The registers and tables of BAR 0. Words of 32 bits are the smallest that anything acts on. */
#include <string.h>

#include "tests/qemu/dsa/parts.h"

#define MAX_TRANSFER_SHIFT 21 /* 2 MiB, as on silicon; nothing is transferred here */
#define MAX_BATCH_SHIFT    10 /* 1024, as on silicon: Linux asks for 32 without looking here */

static uint64_t gencap(const struct device *device)
{
	unsigned int units = (device->options.ims + IMS_SIZE_UNIT - 1) / IMS_SIZE_UNIT;

	return GENCAP_COMMAND_CAPABILITIES | GENCAP_CONFIGURATION |
	       field_set(GENCAP_MAX_TRANSFER_SIZE, MAX_TRANSFER_SHIFT) |
	       field_set(GENCAP_MAX_BATCH_SIZE, MAX_BATCH_SHIFT) |
	       field_set(GENCAP_IMS_SIZE, units);
}

static uint64_t cmdcap(void)
{
	return GENMASK_ULL(COMMAND_RELEASE_INTERRUPT_HANDLE, COMMAND_ENABLE_DEVICE) &
	       ~(BIT_ULL(COMMAND_DRAIN_PASID) | BIT_ULL(COMMAND_ABORT_PASID));
}

/* The aligned 64-bit word at `offset` below 100h: two registers of 32 bits, or one of 64. */
static uint64_t low_word(const struct device *device, uint32_t offset)
{
	switch (offset) {
	case DSA_VERSION:
		return field_set(VERSION_MAJOR, 1);
	case DSA_GENCAP:
		return gencap(device);
	case DSA_WQCAP:
		return field_set(WQCAP_TOTAL_SIZE, DEVICE_WQ_TOTAL) |
		       field_set(WQCAP_NUMBER, DEVICE_WQS) | WQCAP_DEDICATED_MODE | WQCAP_PRIORITY |
		       WQCAP_OCCUPANCY;
	case DSA_GRPCAP:
		return field_set(GRPCAP_NUMBER, DEVICE_GROUPS);
	case DSA_ENGCAP:
		return field_set(ENGCAP_NUMBER, DEVICE_ENGINES);
	case DSA_OPCAP:
		return OPCAP_NOOP | OPCAP_DRAIN;
	case DSA_OFFSETS_LO:
		return field_set(OFFSETS_GRPCFG, BAR0_GRPCFG / OFFSETS_UNIT) |
		       field_set(OFFSETS_WQCFG, BAR0_WQCFG / OFFSETS_UNIT) |
		       field_set(OFFSETS_MSIX_PERM, BAR0_MSIX_PERM / OFFSETS_UNIT) |
		       field_set(OFFSETS_IMS, BAR0_IMS / OFFSETS_UNIT);
	case DSA_OFFSETS_HI:
		return field_set(OFFSETS_PERFMON, BAR0_PERFMON / OFFSETS_UNIT);
	case DSA_GENCFG:
		return device->gencfg;
	case DSA_GENCTRL:
		return device->genctrl;
	case DSA_GENSTS:
		return device->state;
	case DSA_INTCAUSE:
		return device->intcause;
	case DSA_CMD:
		return device->cmd;
	case DSA_CMDSTS:
		return device->cmdsts;
	case DSA_CMDCAP:
		return cmdcap();
	case DSA_SWERR:
	case DSA_SWERR + 8:
	case DSA_SWERR + 16:
	case DSA_SWERR + 24:
		return device->swerr[(offset - DSA_SWERR) / 8];
	default:
		return 0;
	}
}

static uint32_t wqcfg_read(const struct device *device, uint32_t offset)
{
	const struct device_wq *wq = &device->wqs[offset / WQCFG_SIZE_MIN];
	uint32_t word = offset % WQCFG_SIZE_MIN;

	if (word == WQCFG_STATUS)
		return (uint32_t)(field_set(WQCFG_OCCUPANCY, wq->occupancy) | WQCFG_MODE_SUPPORT |
		                  field_set(WQCFG_STATE, wq->state));
	return wq->config[word / 4];
}

static bool within(uint32_t offset, uint32_t start, uint32_t size)
{
	return offset >= start && offset - start < size;
}

static uint32_t word_read(const struct device *device, uint32_t offset)
{
	if (offset < 0x100)
		return (uint32_t)(low_word(device, offset & ~7U) >> 8 * (offset & 4));
	if (within(offset, BAR0_GRPCFG, DEVICE_GROUPS * GRPCFG_SIZE)) {
		uint32_t at = offset - BAR0_GRPCFG;

		return (uint32_t)(device->groups[at / GRPCFG_SIZE][at % GRPCFG_SIZE / 8] >>
		                  8 * (at & 4));
	}
	if (within(offset, BAR0_WQCFG, DEVICE_WQS * WQCFG_SIZE_MIN))
		return wqcfg_read(device, offset - BAR0_WQCFG);
	if (within(offset, BAR0_MSIX_PERM, DEVICE_VECTORS * MSIX_PERM_SIZE))
		return offset & 4 ? 0 : device->msix_perm[(offset - BAR0_MSIX_PERM) / 8];
	if (within(offset, BAR0_IMS, device->options.ims * sizeof(struct dsa_ims_entry)))
		return ims_read(device, offset - BAR0_IMS);
	return 0;
}

uint64_t registers_read(const struct device *device, uint32_t offset, unsigned int size)
{
	uint64_t value = word_read(device, offset & ~3U);

	if (size == 8)
		return value | (uint64_t)word_read(device, offset + 4) << 32;
	return value >> 8 * (offset & 3);
}

/* "Work Queue Configuration Table": what may be written depends on what is enabled. */
static void wqcfg_write(struct device *device, uint32_t offset, uint32_t value)
{
	struct device_wq *wq = &device->wqs[offset / WQCFG_SIZE_MIN];
	uint32_t word = offset % WQCFG_SIZE_MIN;

	if (wq->state != WQ_STATE_DISABLED || word >= WQCFG_STATUS)
		return;
	if (word == WQCFG_SIZE && device->state != STATE_DISABLED)
		return;
	wq->config[word / 4] = value;
}

static void group_write(struct device *device, uint32_t at, uint32_t value)
{
	uint64_t *word = &device->groups[at / GRPCFG_SIZE][at % GRPCFG_SIZE / 8];
	unsigned int shift = 8 * (at & 4);

	if (device->state == STATE_DISABLED)
		*word = (*word & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value << shift;
}

static void low_write(struct device *device, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case DSA_GENCFG:
		if (device->state == STATE_DISABLED)
			device->gencfg = value & (uint32_t)GENCFG_GLOBAL_BUFFER_LIMIT;
		break;
	case DSA_GENCTRL:
		device->genctrl = value & (uint32_t)(GENCTRL_SOFTWARE_ERROR_INT |
		                                     GENCTRL_HALT_STATE_INTERRUPT);
		break;
	case DSA_INTCAUSE:
		device->intcause &= ~value;
		break;
	case DSA_CMD:
		command_start(device, value);
		break;
	case DSA_SWERR:
		if (value & SWERR_VALID)
			memset(device->swerr, 0, sizeof(device->swerr));
		device->swerr[0] &= ~(value & SWERR_OVERFLOW);
		break;
	default:
		break;
	}
}

static void word_write(struct device *device, uint32_t offset, uint32_t value)
{
	if (offset < 0x100)
		low_write(device, offset, value);
	else if (within(offset, BAR0_GRPCFG, DEVICE_GROUPS * GRPCFG_SIZE))
		group_write(device, offset - BAR0_GRPCFG, value);
	else if (within(offset, BAR0_WQCFG, DEVICE_WQS * WQCFG_SIZE_MIN))
		wqcfg_write(device, offset - BAR0_WQCFG, value);
	else if (within(offset, BAR0_MSIX_PERM, DEVICE_VECTORS * MSIX_PERM_SIZE) && !(offset & 4))
		device->msix_perm[(offset - BAR0_MSIX_PERM) / 8] = value;
	else if (within(offset, BAR0_IMS, device->options.ims * sizeof(struct dsa_ims_entry)))
		ims_write(device, offset - BAR0_IMS, value);
}

/* No register takes a write of less than 32 bits. */
void registers_write(struct device *device, uint32_t offset, uint64_t value, unsigned int size)
{
	if (size < 4)
		return;
	word_write(device, offset, (uint32_t)value);
	if (size == 8)
		word_write(device, offset + 4, (uint32_t)(value >> 32));
}

void registers_error(struct device *device, uint64_t first, uint64_t second, uint64_t address)
{
	if (device->swerr[0] & SWERR_VALID) {
		device->swerr[0] |= SWERR_OVERFLOW;
		return;
	}
	device->swerr[0] = first | SWERR_VALID;
	device->swerr[1] = second;
	device->swerr[2] = address;
	device->intcause |= INTCAUSE_SOFTWARE_ERROR;
	if (device->genctrl & GENCTRL_SOFTWARE_ERROR_INT)
		device->vectors |= 1;
	device->on_event(device, "error", 0, first);
}
