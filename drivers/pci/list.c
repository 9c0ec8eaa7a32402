// SPDX-License-Identifier: MIT
/* All functions, printed: what a line about a place in the machine is read beside. */
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/pci.h"
#include "kernel/print.h"

#define BARS 6

static void print_buses(const struct pci_function *function)
{
	uint8_t type = pci_read8(function, PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK;

	if (type == PCI_HEADER_TYPE_BRIDGE || type == PCI_HEADER_TYPE_CARDBUS)
		print(", bridge to buses %02x to %02x", pci_read8(function, PCI_SECONDARY_BUS),
		      pci_read8(function, PCI_SUBORDINATE_BUS));
}

static void print_bars(const struct pci_function *function)
{
	struct pci_bar bar;

	for (unsigned int n = 0; n < BARS; n++) {
		if (!pci_read_bar(function, n, &bar))
			continue;
		if (bar.address)
			print(", BAR %u at %llx", n, (unsigned long long)bar.address);
		n += bar.wide;
	}
}

void pci_print_functions(void)
{
	const struct pci_function *function;
	char location[16];

	for (unsigned int n = 0; (function = pci_function_get(n)); n++) {
		pci_location(function, location);
		print("# pci: %s: %04x:%04x, class %06x, %s", location, function->vendor,
		      function->device, function->class_revision >> 8,
		      function->parent ? "behind " : "on a root bus");
		if (function->parent) {
			pci_location(function->parent, location);
			print("%s", location);
		}
		print_buses(function);
		print_bars(function);
		print("\n");
	}
}

#define CLASS_HOST_BRIDGE 0x0600 /* PCI Code and ID Assignment 1.15, 1.7 "Base Class 06h" */
#define CLASS_ISA_BRIDGE  0x0601

/* Of the first function of this class: "8086:29c0", or "unknown". */
static void format_first(uint32_t class, char text[16])
{
	const struct pci_function *function;

	format(text, 16, "unknown");
	for (unsigned int n = 0; (function = pci_function_get(n)); n++)
		if (function->class_revision >> 16 == class) {
			format(text, 16, "%04x:%04x", function->vendor, function->device);
			return;
		}
}

void pci_print_chipset(void)
{
	char host[16], isa[16];

	format_first(CLASS_HOST_BRIDGE, host);
	format_first(CLASS_ISA_BRIDGE, isa);
	print("# head host_bridge=%s isa_bridge=%s\n", host, isa);
}
