// SPDX-License-Identifier: MIT
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/pci.h"

/*
 * A message keeps its sender's id through PCI Express ports. Conventional PCI has no requester ids,
 * so a bridge that leads to it must put one of its own on what comes up:
 *   - a PCI Express to PCI/PCI-X bridge takes (secondary bus, device 0, function 0), and one that
 *     is PCI-X below may hand on an id it was given: only the bus can be relied on (PCI Express to
 *     PCI/PCI-X Bridge Specification 1.0, 2.3, "Assignment of Requester ID and Tag");
 *   - a conventional bridge, and one from PCI up to PCI Express, sends as itself.
 * Each bridge sees only what the one below made of it, so the last rule on the way up holds.
 */
struct requester pci_requester(const struct pci_function *function)
{
	struct requester requester = {
	        .segment = function->segment,
	        .id = (uint16_t)(function->bus << 8 | function->devfn),
	        .device_bus = function->bus,
	        .device_devfn = function->devfn,
	};

	for (const struct pci_function *up = function->parent; up; up = up->parent) {
		switch (pci_express_type(up)) {
		case PCI_EXP_TYPE_ROOT_PORT:
		case PCI_EXP_TYPE_UPSTREAM:
		case PCI_EXP_TYPE_DOWNSTREAM:
			break;
		case PCI_EXP_TYPE_PCI_BRIDGE:
			requester.id = (uint16_t)(pci_read8(up, PCI_SECONDARY_BUS) << 8);
			requester.bus_only = true;
			break;
		default:
			requester.id = (uint16_t)(up->bus << 8 | up->devfn);
			requester.bus_only = false;
		}
	}
	return requester;
}

struct pci_function *pci_function_of(const struct requester *requester)
{
	struct pci_function *function = NULL;

	for (unsigned int n = 0; !requester->by_name && (function = pci_function_get(n)); n++)
		if (function->segment == requester->segment &&
		    function->bus == requester->device_bus &&
		    function->devfn == requester->device_devfn)
			break;
	return function;
}
