// SPDX-License-Identifier: MIT
#include <linux/pci_regs.h>
#include <stdbool.h>
#include <stddef.h>

#include "drivers/pci/pci.h"
#include "kernel/memory.h"

#define ADDRESS_MASK (~(uint64_t)0xf)

static unsigned int bar_count(const struct pci_function *function)
{
	switch (pci_read8(function, PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK) {
	case PCI_HEADER_TYPE_NORMAL:
		return 6;
	case PCI_HEADER_TYPE_BRIDGE:
		return 2;
	default:
		return 0;
	}
}

static uint64_t read_bar(const struct pci_function *function, uint16_t offset, bool wide)
{
	uint64_t high = wide ? pci_read32(function, offset + 4) : UINT32_MAX;

	return (high << 32 | pci_read32(function, offset)) & ADDRESS_MASK;
}

static void write_bar(const struct pci_function *function, uint16_t offset, bool wide,
                      uint64_t value)
{
	pci_write32(function, offset, (uint32_t)value);
	if (wide)
		pci_write32(function, offset + 4, (uint32_t)(value >> 32));
}

/*
 * PCI 3.0, 6.2.5.1 "Address Maps": the lowest address bit that takes a 1 is the size. A BAR full
 * of ones would claim whatever lies at the top of memory, hence decoding off around it.
 */
static uint64_t bar_size(const struct pci_function *function, uint16_t offset, bool wide)
{
	uint16_t command = pci_read16(function, PCI_COMMAND);
	uint64_t found = read_bar(function, offset, wide);
	uint64_t writable;

	pci_write16(function, PCI_COMMAND, command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	write_bar(function, offset, wide, UINT64_MAX);
	writable = read_bar(function, offset, wide);
	write_bar(function, offset, wide, found);
	pci_write16(function, PCI_COMMAND, command);
	return writable & -writable;
}

volatile void *pci_map_bar(const struct pci_function *function, unsigned int bar, uint64_t *size)
{
	uint16_t offset = (uint16_t)(PCI_BASE_ADDRESS_0 + 4 * bar);
	unsigned int bars = bar_count(function);
	uint64_t address, length;
	uint32_t low;
	bool wide;

	if (bar >= bars)
		return NULL;
	low = pci_read32(function, offset);
	wide = (low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
	if ((low & PCI_BASE_ADDRESS_SPACE_IO) || (wide && bar + 1 == bars))
		return NULL;

	address = read_bar(function, offset, wide);
	if (!wide)
		address = (uint32_t)address;
	if (!address) /* not there, or the firmware placed it nowhere */
		return NULL;
	length = bar_size(function, offset, wide);
	if (size)
		*size = length;
	return memory_map_device(address, length);
}
