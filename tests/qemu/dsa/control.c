// SPDX-License-Identifier: MIT
/* The control block, drivers/pci/sources/dsa_model.h. */
#include "tests/qemu/dsa/parts.h"

static uint64_t cut_ns(uint64_t value)
{
	return value < DSA_MODEL_NS_MAX ? value : DSA_MODEL_NS_MAX;
}

static uint32_t slot_read(const struct device *device, uint32_t offset)
{
	const struct device_slot *slot;

	if (offset / DSA_MODEL_SLOT_SIZE >= device->options.ims)
		return 0;
	slot = &device->slots[offset / DSA_MODEL_SLOT_SIZE];
	switch (offset % DSA_MODEL_SLOT_SIZE) {
	case DSA_MODEL_SLOT_REQUESTED:
		return slot->requested;
	case DSA_MODEL_SLOT_SAMPLED:
		return slot->sampled;
	case DSA_MODEL_SLOT_ACKNOWLEDGED:
		return slot->acknowledged;
	case DSA_MODEL_SLOT_REFUSED:
		return slot->refused;
	case DSA_MODEL_SLOT_COALESCED:
		return slot->coalesced;
	case DSA_MODEL_SLOT_DROPPED:
		return slot->dropped;
	default:
		return 0;
	}
}

static uint64_t counter_read(const struct device *device, uint32_t offset)
{
	const struct device_counters *counters = &device->counters;

	switch (offset) {
	case DSA_MODEL_REQUESTED:
		return counters->requested;
	case DSA_MODEL_SAMPLED:
		return counters->sampled;
	case DSA_MODEL_SENT:
		return counters->sent;
	case DSA_MODEL_ACKNOWLEDGED:
		return counters->acknowledged;
	case DSA_MODEL_REFUSED:
		return counters->refused;
	case DSA_MODEL_COALESCED:
		return counters->coalesced;
	case DSA_MODEL_DROPPED:
		return counters->dropped;
	case DSA_MODEL_DESCRIPTORS:
		return counters->descriptors;
	case DSA_MODEL_LOST:
		return counters->lost;
	case DSA_MODEL_COMPLETED:
		return counters->completed;
	case DSA_MODEL_TORN:
		return counters->torn;
	case DSA_MODEL_LOOPED:
		return counters->looped;
	case DSA_MODEL_REJECTED:
		return counters->rejected;
	case DSA_MODEL_OUTSTANDING:
		return device_outstanding(device);
	default:
		return 0;
	}
}

static uint32_t setting_read(const struct device *device, uint32_t offset)
{
	switch (offset) {
	case DSA_MODEL_IMS_ENTRIES:
		return device->options.ims;
	case DSA_MODEL_MSIX_CARRIER:
		return DEVICE_CARRIER;
	case DSA_MODEL_MODE:
		return device->settings.mode;
	case DSA_MODEL_MISBEHAVE:
		return device->settings.misbehave;
	case DSA_MODEL_LOSE_EVERY:
		return device->settings.lose_every;
	case DSA_MODEL_RATE:
		return device->settings.rate;
	case DSA_MODEL_FIRST:
		return device->loop_first;
	case DSA_MODEL_COUNT:
		return device->loop_count;
	case DSA_MODEL_LOOP:
		return device->loop != LOOP_STOPPED;
	default:
		return 0;
	}
}

uint64_t control_read(const struct device *device, uint32_t offset, unsigned int size)
{
	uint64_t word;

	if (offset >= DSA_MODEL_SLOTS) {
		word = slot_read(device, offset - DSA_MODEL_SLOTS);
		if (size == 8)
			word |= (uint64_t)slot_read(device, offset + 4 - DSA_MODEL_SLOTS) << 32;
		return word;
	}
	switch (offset & ~7U) {
	case DSA_MODEL_HOLD_NS:
		word = device->settings.hold_ns;
		break;
	case DSA_MODEL_TEAR_NS:
		word = device->settings.tear_ns;
		break;
	case DSA_MODEL_LATE_NS:
		word = device->settings.late_ns;
		break;
	case DSA_MODEL_TURNS:
		word = device->loop_turns;
		break;
	default:
		if ((offset & ~7U) >= DSA_MODEL_REQUESTED) {
			word = counter_read(device, offset & ~7U);
			break;
		}
		word = setting_read(device, offset & ~7U) |
		       (uint64_t)setting_read(device, (offset & ~7U) + 4) << 32;
		break;
	}
	return size == 8 ? word : (uint32_t)(word >> 8 * (offset & 4));
}

static void setting_write(struct device *device, uint32_t offset, uint32_t value)
{
	struct device_settings *settings = &device->settings;

	switch (offset) {
	case DSA_MODEL_MODE:
		settings->mode =
		        value & (uint32_t)(DSA_MODEL_MODE_CARRIER | DSA_MODEL_MODE_COALESCE);
		break;
	case DSA_MODEL_MISBEHAVE:
		settings->misbehave =
		        value & (uint32_t)(MISBEHAVE_LATE | MISBEHAVE_PENDING_DROPPED |
		                           MISBEHAVE_MASK_IGNORED | MISBEHAVE_DESCRIPTOR_LOST);
		break;
	case DSA_MODEL_LOSE_EVERY:
		settings->lose_every = value;
		break;
	case DSA_MODEL_RATE:
		settings->rate = value;
		break;
	case DSA_MODEL_FIRST:
		device->loop_first = value;
		break;
	case DSA_MODEL_COUNT:
		device->loop_count = value;
		break;
	case DSA_MODEL_LOOP:
		loop_control(device, value & 1);
		break;
	default:
		return;
	}
	device->on_event(device, "setting", offset, value);
}

/* Registers of 64 bits are written whole, as the header says. */
static bool wide_write(struct device *device, uint32_t offset, uint64_t value)
{
	switch (offset) {
	case DSA_MODEL_HOLD_NS:
		device->settings.hold_ns = cut_ns(value);
		break;
	case DSA_MODEL_TEAR_NS:
		device->settings.tear_ns = cut_ns(value);
		break;
	case DSA_MODEL_LATE_NS:
		device->settings.late_ns = cut_ns(value);
		break;
	case DSA_MODEL_TURNS:
		device->loop_turns = value;
		break;
	default:
		return false;
	}
	device->on_event(device, "setting", offset, value);
	return true;
}

void control_write(struct device *device, uint32_t offset, uint64_t value, unsigned int size)
{
	if (size == 8 && wide_write(device, offset, value))
		return;
	setting_write(device, offset, (uint32_t)value);
	if (size == 8)
		setting_write(device, offset + 4, (uint32_t)(value >> 32));
}
