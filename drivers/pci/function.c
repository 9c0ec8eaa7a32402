// SPDX-License-Identifier: MIT
/* What any function can be asked and told through its configuration space. */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/pci.h"
#include "kernel/bits.h"
#include "kernel/print.h"

#define FIRST_CAPABILITY 0x40 /* capabilities lie behind the header */
#define CAPABILITIES_MAX 48   /* so many fit in the 192 bytes that are left, 4 bytes each */

uint8_t pci_capability(const struct pci_function *function, uint8_t id)
{
	uint8_t offset;

	if (!(pci_read16(function, PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return 0;
	if ((pci_read8(function, PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK) > PCI_HEADER_TYPE_BRIDGE)
		return 0; /* CardBus keeps the pointer elsewhere, and no capability we use */
	offset = pci_read8(function, PCI_CAPABILITY_LIST);
	for (unsigned int n = 0; n < CAPABILITIES_MAX; n++) {
		offset &= ~3; /* PCI 3.0, 6.7 "Capabilities List": the low two bits are reserved */
		if (offset < FIRST_CAPABILITY)
			return 0;
		if (pci_read8(function, offset + PCI_CAP_LIST_ID) == id)
			return offset;
		offset = pci_read8(function, offset + PCI_CAP_LIST_NEXT);
	}
	return 0;
}

int pci_express_type(const struct pci_function *function)
{
	uint8_t capability = pci_capability(function, PCI_CAP_ID_EXP);

	if (!capability)
		return -ENODEV;
	return (int)field_get(PCI_EXP_FLAGS_TYPE, pci_read16(function, capability + PCI_EXP_FLAGS));
}

/* Returns PCI_COMMAND as it was. */
static uint16_t switch_on(const struct pci_function *function)
{
	uint16_t found = pci_read16(function, PCI_COMMAND);

	pci_write16(function, PCI_COMMAND, found | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	return found;
}

uint16_t pci_enable(const struct pci_function *function)
{
	uint16_t found = switch_on(function);

	for (struct pci_function *bridge = function->parent; bridge; bridge = bridge->parent) {
		uint16_t command = switch_on(bridge);

		if (!bridge->users++)
			bridge->command_found = command;
	}
	return found;
}

void pci_restore(const struct pci_function *function, uint16_t command)
{
	pci_write16(function, PCI_COMMAND, command);
	for (struct pci_function *bridge = function->parent; bridge; bridge = bridge->parent)
		if (!--bridge->users)
			pci_write16(bridge, PCI_COMMAND, bridge->command_found);
}

void pci_location(const struct pci_function *function, char *buffer)
{
	format(buffer, 16, "%04x:%02x:%02x.%u", function->segment, function->bus,
	       function->devfn >> 3, function->devfn & 7);
}
