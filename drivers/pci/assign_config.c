// SPDX-License-Identifier: MIT
/* The configuration space of a device that a guest has: drivers/pci/assign.h says what of it. */
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/assign.h"
#include "kernel/bits.h"
#include "kernel/memory.h"

#define DWORD ((uint16_t)sizeof(uint32_t))

#define COMMAND_KEPT (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE)
#define MSIX_PASSED  (PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL)

/* PCIe 6.0, 7.9.28.1 "Null Capability": id 0, and a pointer to the next. */
#define CAP_NEXT GENMASK_ULL(15, 8)

static bool is_bar(uint16_t offset)
{
	return offset >= PCI_BASE_ADDRESS_0 && offset < PCI_BASE_ADDRESS_0 + ASSIGN_BARS * DWORD;
}

static unsigned int bar_of(uint16_t offset)
{
	return (offset - PCI_BASE_ADDRESS_0) / DWORD;
}

/* The dword at `offset`, a multiple of 4. */
static uint32_t read_dword(const struct assigned *assigned, uint16_t offset)
{
	uint32_t value = pci_read32(assigned->function, offset);

	if (is_bar(offset))
		return assigned->bar[bar_of(offset)];
	if (offset == PCI_ROM_ADDRESS)
		return 0;
	if (offset == PCI_COMMAND)
		return (value & ~0xffffU) | assigned->command;
	if (assigned->msi && offset == assigned->msi)
		return value & CAP_NEXT;
	if (assigned->msi && offset > assigned->msi &&
	    offset < assigned->msi + assigned->msi_length)
		return 0;
	return value;
}

static uint64_t config_read(void *owner, uint64_t offset, unsigned int size)
{
	const struct assigned *assigned = owner;
	uint16_t first = (uint16_t)(offset & ~(DWORD - 1ULL));
	uint64_t value = read_dword(assigned, first);

	if (size > DWORD)
		value |= (uint64_t)read_dword(assigned, (uint16_t)(first + DWORD)) << 32;
	return value >> 8 * (offset - first);
}

static void write_command(struct assigned *assigned, uint16_t value)
{
	uint16_t now = pci_read16(assigned->function, PCI_COMMAND);

	assigned->command = value & COMMAND_KEPT;
	pci_write16(assigned->function, PCI_COMMAND,
	            (uint16_t)((now & ~PCI_COMMAND_MASTER) | (value & PCI_COMMAND_MASTER)));
}

static void write_msix_flags(struct assigned *assigned, uint16_t value)
{
	uint16_t offset = assigned->msix + PCI_MSIX_FLAGS;
	uint16_t now = pci_read16(assigned->function, offset);

	pci_write16(assigned->function, offset,
	            (uint16_t)((now & ~MSIX_PASSED) | (value & MSIX_PASSED)));
}

/* What is not named here stays as it is. */
static void config_write(void *owner, uint64_t offset, unsigned int size, uint64_t value)
{
	struct assigned *assigned = owner;
	uint16_t at = (uint16_t)offset;

	if (at == PCI_COMMAND && size >= 2)
		write_command(assigned, (uint16_t)value);
	else if (assigned->msix && at == assigned->msix + PCI_MSIX_FLAGS && size == 2)
		write_msix_flags(assigned, (uint16_t)value);
	else if (is_bar(at) && size == DWORD) {
		uint32_t bits = assigned->bar_bits[bar_of(at)];
		uint32_t *bar = &assigned->bar[bar_of(at)];

		*bar = (*bar & ~bits) | ((uint32_t)value & bits);
	}
}

static const struct trap_ops config_ops = {.read = config_read, .write = config_write};

static void read_bar(struct assigned *assigned, unsigned int n)
{
	struct pci_bar bar;
	uint64_t size, bits;

	if (!pci_read_bar(assigned->function, n, &bar) || !bar.address ||
	    !pci_map_bar(assigned->function, n, &size))
		return;
	bits = ~(size - 1);
	for (unsigned int half = 0; half < (bar.wide ? 2U : 1U); half++) {
		assigned->bar[n + half] = pci_read32(
		        assigned->function, (uint16_t)(PCI_BASE_ADDRESS_0 + (n + half) * DWORD));
		assigned->bar_bits[n + half] = (uint32_t)(bits >> 32 * half);
	}
}

/* PCI 3.0, 6.8.1 "MSI Capability Structure". */
static uint8_t msi_length(const struct assigned *assigned)
{
	uint16_t flags = pci_read16(assigned->function, assigned->msi + PCI_MSI_FLAGS);

	if (flags & PCI_MSI_FLAGS_MASKBIT)
		return flags & PCI_MSI_FLAGS_64BIT ? PCI_MSI_PENDING_64 + 4
		                                   : PCI_MSI_PENDING_32 + 4;
	return flags & PCI_MSI_FLAGS_64BIT ? PCI_MSI_DATA_64 + 4 : PCI_MSI_DATA_32 + 4;
}

void assign_config_init(struct assigned *assigned)
{
	struct pci_bar bar;

	for (unsigned int n = 0; n < ASSIGN_BARS; n++) {
		read_bar(assigned, n);
		if (pci_read_bar(assigned->function, n, &bar) && bar.wide)
			n++;
	}
	assigned->msix = pci_capability(assigned->function, PCI_CAP_ID_MSIX);
	assigned->msi = pci_capability(assigned->function, PCI_CAP_ID_MSI);
	if (assigned->msi)
		assigned->msi_length = msi_length(assigned);
	assigned->config = (struct trap){.address = (uint64_t)(uintptr_t)assigned->function->config,
	                                 .length = PAGE_SIZE,
	                                 .ops = &config_ops,
	                                 .owner = assigned};
}
