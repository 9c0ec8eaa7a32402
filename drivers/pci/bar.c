// SPDX-License-Identifier: MIT
/* Memory BARs, where the firmware placed them: PCI 3.0, 6.2.5.1 "Address Maps". */
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/pci.h"
#include "kernel/memory.h"
#include "kernel/print.h"

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

static uint16_t bar_offset(unsigned int bar)
{
	return (uint16_t)(PCI_BASE_ADDRESS_0 + 4 * bar);
}

static uint64_t read_address(const struct pci_function *function, unsigned int bar, bool wide)
{
	uint64_t high = wide ? pci_read32(function, bar_offset(bar + 1)) : 0;

	return (high << 32 | pci_read32(function, bar_offset(bar))) & ADDRESS_MASK;
}

static void write_address(const struct pci_function *function, unsigned int bar, bool wide,
                          uint64_t value)
{
	pci_write32(function, bar_offset(bar), (uint32_t)value);
	if (wide)
		pci_write32(function, bar_offset(bar + 1), (uint32_t)(value >> 32));
}

bool pci_read_bar(const struct pci_function *function, unsigned int bar, struct pci_bar *out)
{
	unsigned int bars = bar_count(function);
	uint32_t low;

	if (bar >= bars)
		return false;
	low = pci_read32(function, bar_offset(bar));
	out->wide = (low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
	if ((low & PCI_BASE_ADDRESS_SPACE_IO) || (out->wide && bar + 1 == bars))
		return false;
	out->address = read_address(function, bar, out->wide);
	return true;
}

/*
 * The lowest address bit that takes a 1 is the size, 0 where there is no BAR. One that is full of
 * ones would claim whatever lies at the top of memory, hence decoding off around it.
 */
static uint64_t size_of(const struct pci_function *function, unsigned int bar, bool wide)
{
	uint16_t command = pci_read16(function, PCI_COMMAND);
	uint64_t found = read_address(function, bar, wide);
	uint64_t writable;

	pci_write16(function, PCI_COMMAND, command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	write_address(function, bar, wide, UINT64_MAX);
	writable = read_address(function, bar, wide);
	write_address(function, bar, wide, found);
	pci_write16(function, PCI_COMMAND, command);
	return writable & -writable;
}

static volatile void *refuse(const struct pci_function *function, unsigned int bar, const char *why)
{
	char location[16];

	pci_location(function, location);
	print("# pci: BAR %u of %s cannot be used: %s\n", bar, location, why);
	return NULL;
}

volatile void *pci_map_bar(const struct pci_function *function, unsigned int bar, uint64_t *size)
{
	volatile void *mapped;
	struct pci_bar found;
	uint64_t length;

	if (!pci_read_bar(function, bar, &found))
		return refuse(function, bar, "it is none of memory");
	length = size_of(function, bar, found.wide);
	if (!length)
		return refuse(function, bar, "the function has none there");
	if (!found.address)
		return refuse(function, bar,
		              "the firmware gave it no address; see what else takes room, or the "
		              "firmware's setup for PCI resources");
	mapped = memory_map_device(found.address, length);
	if (!mapped)
		return refuse(function, bar,
		              "this CPU does not reach its address, or no memory is left for page "
		              "tables");
	if (size)
		*size = length;
	return mapped;
}
