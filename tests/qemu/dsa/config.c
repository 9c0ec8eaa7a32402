// SPDX-License-Identifier: MIT
/* Configuration space: header, PCI Express, MSI-X, power management and the vendor's capability. */
#include <string.h>

#include <linux/pci_regs.h>

#include "tests/qemu/dsa/parts.h"

#define CAP_EXPRESS 0x40
#define CAP_MSIX    0x80
#define CAP_POWER   0x90
#define CAP_VENDOR  0xa0

#define COMMAND_BITS                                                                               \
	(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR |         \
	 PCI_COMMAND_INTX_DISABLE)

static void put(struct device *device, uint32_t offset, uint32_t value, unsigned int size)
{
	memcpy(&device->config[offset], &value, size);
}

static uint32_t get(const struct device *device, uint32_t offset, unsigned int size)
{
	uint32_t value = 0;

	memcpy(&value, &device->config[offset], size);
	return value;
}

static void put_header(struct device *device)
{
	put(device, PCI_VENDOR_ID, DSA_PCI_VENDOR, 2);
	put(device, PCI_DEVICE_ID, DSA_PCI_DEVICE, 2);
	put(device, PCI_STATUS, PCI_STATUS_CAP_LIST, 2);
	put(device, PCI_CLASS_PROG, 0x088000, 4); /* base system peripheral, other */
	put(device, PCI_SUBSYSTEM_VENDOR_ID, DSA_PCI_VENDOR, 2);
	put(device, PCI_CAPABILITY_LIST, CAP_EXPRESS, 1);
	for (unsigned int bar = 0; bar < 6; bar += 2)
		put(device, PCI_BASE_ADDRESS_0 + 4 * bar,
		    PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH, 4);
}

static void put_capabilities(struct device *device)
{
	put(device, CAP_EXPRESS, PCI_CAP_ID_EXP | CAP_MSIX << 8, 2);
	put(device, CAP_EXPRESS + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_RC_END << 4, 2);
	put(device, CAP_EXPRESS + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR, 4);

	put(device, CAP_MSIX, PCI_CAP_ID_MSIX | CAP_POWER << 8, 2);
	put(device, CAP_MSIX + PCI_MSIX_FLAGS, DEVICE_VECTORS - 1, 2);
	put(device, CAP_MSIX + PCI_MSIX_TABLE, BAR0_MSIX | REGION_BAR0, 4);
	put(device, CAP_MSIX + PCI_MSIX_PBA, BAR0_PBA | REGION_BAR0, 4);

	put(device, CAP_POWER, PCI_CAP_ID_PM | CAP_VENDOR << 8, 2);
	put(device, CAP_POWER + PCI_PM_PMC, 3, 2);
	put(device, CAP_POWER + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET, 2);

	put(device, CAP_VENDOR, PCI_CAP_ID_VNDR, 2);
	put(device, CAP_VENDOR + DSA_MODEL_CAP_LENGTH, DSA_MODEL_CAP_SIZE, 1);
	put(device, CAP_VENDOR + DSA_MODEL_CAP_VERSION, DSA_MODEL_VERSION, 1);
	put(device, CAP_VENDOR + DSA_MODEL_CAP_SIGNATURE, DSA_MODEL_SIGNATURE, 4);
	put(device, CAP_VENDOR + DSA_MODEL_CAP_WHERE, CONTROL_BAR, 4);
}

void config_reset(struct device *device)
{
	memset(device->config, 0, sizeof(device->config));
	put_header(device);
	put_capabilities(device);
}

static void write_bars(struct device *device)
{
	for (unsigned int bar = 0; bar < 6; bar += 2) {
		uint32_t offset = PCI_BASE_ADDRESS_0 + 4 * bar;
		uint32_t low = get(device, offset, 4) & (uint32_t) ~(device_region_size(bar) - 1);

		put(device, offset,
		    low | PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH, 4);
	}
}

/* The bits of the byte at `offset` that software can change. */
static uint8_t writable(uint32_t offset)
{
	if (offset == PCI_COMMAND || offset == PCI_COMMAND + 1)
		return (uint8_t)(COMMAND_BITS >> 8 * (offset - PCI_COMMAND));
	if (offset >= PCI_BASE_ADDRESS_0 && offset <= PCI_BASE_ADDRESS_5 + 3)
		return 0xff;
	switch (offset) {
	case PCI_CACHE_LINE_SIZE:
	case PCI_INTERRUPT_LINE:
	case CAP_EXPRESS + PCI_EXP_DEVCTL:
	case CAP_EXPRESS + PCI_EXP_DEVCTL + 1:
		return 0xff;
	case CAP_MSIX + PCI_MSIX_FLAGS + 1:
		return (PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL) >> 8;
	case CAP_POWER + PCI_PM_CTRL:
		return PCI_PM_CTRL_STATE_MASK;
	default:
		return 0;
	}
}

void config_write(struct device *device, uint32_t offset, uint32_t value, unsigned int size)
{
	uint32_t control;

	for (unsigned int n = 0; n < size; n++) {
		uint8_t mask = writable(offset + n);
		uint8_t *byte = &device->config[offset + n];

		*byte = (uint8_t)((*byte & ~mask) | (value >> 8 * n & mask));
	}
	write_bars(device);

	control = get(device, CAP_EXPRESS + PCI_EXP_DEVCTL, 2);
	if (control & PCI_EXP_DEVCTL_BCR_FLR)
		device_reset(device); /* the bit reads as 0 then, as all do */
}

bool config_bus_master(const struct device *device)
{
	return get(device, PCI_COMMAND, 2) & PCI_COMMAND_MASTER;
}

uint64_t config_bar(const struct device *device, unsigned int bar)
{
	uint64_t low = get(device, PCI_BASE_ADDRESS_0 + 4 * bar, 4) & PCI_BASE_ADDRESS_MEM_MASK;

	return low | (uint64_t)get(device, PCI_BASE_ADDRESS_0 + 4 * bar + 4, 4) << 32;
}
