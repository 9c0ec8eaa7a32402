// SPDX-License-Identifier: MIT
#include "tests/qemu/dsa/device.h"

#include <string.h>

#include "tests/qemu/dsa/parts.h"

static void ignore_message(struct device *device, const struct device_message *message)
{
	(void)device;
	(void)message;
}

static void ignore_event(struct device *device, const char *event, unsigned int slot,
                         uint64_t value)
{
	(void)device;
	(void)event;
	(void)slot;
	(void)value;
}

static void to_defaults(struct device *device)
{
	config_reset(device);
	device->settings = device->options.settings;
	for (unsigned int n = 0; n < DEVICE_IMS_MAX; n++)
		device->slots[n].entry.control = (uint32_t)IMS_MASK;
}

void device_init(struct device *device, const struct device_options *options)
{
	*device = (struct device){
	        .now = 1,
	        .options = *options,
	        .on_message = ignore_message,
	        .on_event = ignore_event,
	};
	to_defaults(device);
}

/* Message ids stay in use until QEMU has replied, whoever wanted to know. */
void device_reset(struct device *device)
{
	static struct device old;

	old = *device;
	*device = (struct device){
	        .now = old.now,
	        .options = old.options,
	        .transactions_used = old.transactions_used,
	        .on_message = old.on_message,
	        .on_event = old.on_event,
	        .context = old.context,
	};
	for (unsigned int n = 0; n < DEVICE_TRANSACTIONS; n++) {
		device->transactions[n].used = old.transactions[n].used;
		device->transactions[n].purpose = FOR_NOBODY;
	}
	memcpy(device->has_vector, old.has_vector, sizeof(device->has_vector));
	to_defaults(device);
	device->on_event(device, "reset", 0, 0);
}

uint64_t device_region_size(unsigned int region)
{
	switch (region) {
	case REGION_BAR0:
		return BAR0_SIZE;
	case REGION_BAR2:
		return BAR2_SIZE;
	case REGION_BAR4:
		return BAR4_SIZE;
	case REGION_CONFIG:
		return CONFIG_SIZE;
	default:
		return 0;
	}
}

/* The largest naturally aligned piece at `offset` of at most `size` and `most` bytes. */
static unsigned int piece(uint64_t offset, size_t size, unsigned int most)
{
	unsigned int bytes = most;

	while (bytes > size || offset % bytes)
		bytes /= 2;
	return bytes;
}

static unsigned int most(unsigned int region)
{
	return region == REGION_CONFIG ? 4 : 8;
}

static uint64_t read_piece(struct device *device, unsigned int region, uint32_t offset,
                           unsigned int size)
{
	uint64_t value = 0;

	switch (region) {
	case REGION_BAR0:
		return registers_read(device, offset, size);
	case REGION_BAR4:
		return size >= 4 ? control_read(device, offset, size) : 0;
	case REGION_CONFIG:
		memcpy(&value, &device->config[offset], size);
		return value;
	default:
		return 0; /* portals */
	}
}

static void write_piece(struct device *device, unsigned int region, uint32_t offset, uint64_t value,
                        unsigned int size)
{
	switch (region) {
	case REGION_BAR0:
		registers_write(device, offset, value, size);
		break;
	case REGION_BAR2:
		portal_write(device, offset, value, size);
		break;
	case REGION_BAR4:
		if (size >= 4)
			control_write(device, offset, value, size);
		break;
	case REGION_CONFIG:
		config_write(device, offset, (uint32_t)value, size);
		break;
	default:
		break;
	}
}

void device_read(struct device *device, unsigned int region, uint64_t offset, uint8_t *bytes,
                 size_t size)
{
	while (size) {
		unsigned int part = piece(offset, size, most(region));
		uint64_t value = read_piece(device, region, (uint32_t)offset, part);

		memcpy(bytes, &value, part);
		bytes += part;
		offset += part;
		size -= part;
	}
}

void device_write(struct device *device, unsigned int region, uint64_t offset, const uint8_t *bytes,
                  size_t size)
{
	while (size) {
		unsigned int part = piece(offset, size, most(region));
		uint64_t value = 0;

		memcpy(&value, bytes, part);
		write_piece(device, region, (uint32_t)offset, value, part);
		bytes += part;
		offset += part;
		size -= part;
	}
}

void device_set_vector(struct device *device, unsigned int vector, bool usable)
{
	if (vector < DEVICE_VECTORS)
		device->has_vector[vector] = usable;
}
