// SPDX-License-Identifier: MIT
/*
 * The walk. Buses are scanned in rounds: the table of functions is also the list of bridges still
 * to be followed, so a chain of bridges costs no stack, and a bus is scanned at most once, so a
 * loop of bridges ends.
 *
 * Where the root buses are, only the firmware's AML could tell (_BBN), and this kernel does not
 * interpret AML. So every bus of the window that no bridge claims is taken for a root bus and
 * looked at: one read of function 0 of each of its 32 devices, about 8,000 reads where there is a
 * single root bus, which QEMU answers in some 4 ms. This finds the root buses of multi-socket
 * machines and of QEMU's pxb-pcie.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stdbool.h>
#include <stddef.h>

#include "drivers/pci/config.h"
#include "drivers/pci/pci.h"
#include "kernel/print.h"
#include "kernel/string.h"

#define BUSES                256
#define DEVICES_PER_BUS      32
#define FUNCTIONS_PER_DEVICE 8
#define MULTI_FUNCTION       0x80 /* in PCI_HEADER_TYPE */

static struct pci_function functions[PCI_FUNCTIONS_MAX];
static unsigned int function_count;
static unsigned int followed; /* bridges below this index have been followed */
static bool table_full;

/* Of the window being walked. */
static bool scanned[BUSES];
static bool claimed[BUSES]; /* secondary to subordinate bus of some bridge */

static struct pci_function read_function(const struct pci_window *window,
                                         struct pci_function *parent, uint8_t bus, uint8_t devfn)
{
	struct pci_function function = {
	        .segment = window->segment,
	        .bus = bus,
	        .devfn = devfn,
	        .config = pci_config_of(window, bus, devfn),
	        .parent = parent,
	};
	uint32_t id = pci_read32(&function, PCI_VENDOR_ID);

	function.vendor = (uint16_t)id;
	function.device = (uint16_t)(id >> 16);
	return function;
}

static bool present(const struct pci_function *function)
{
	return function->vendor != 0xffff && function->vendor != 0;
}

static void keep(struct pci_function *function)
{
	char location[16];

	if (function_count < PCI_FUNCTIONS_MAX) {
		function->class_revision = pci_read32(function, PCI_CLASS_REVISION);
		functions[function_count++] = *function;
	} else if (!table_full) {
		table_full = true;
		pci_location(function, location);
		print("# pci: more than %u functions: %s and what comes after it are not used; "
		      "raise PCI_FUNCTIONS_MAX\n",
		      PCI_FUNCTIONS_MAX, location);
	}
}

static void scan_device(const struct pci_window *window, struct pci_function *parent, uint8_t bus,
                        uint8_t device)
{
	uint8_t devfn = (uint8_t)(device << 3);
	struct pci_function function = read_function(window, parent, bus, devfn);

	if (!present(&function))
		return;
	keep(&function);
	if (!(pci_read8(&function, PCI_HEADER_TYPE) & MULTI_FUNCTION))
		return;
	for (unsigned int n = 1; n < FUNCTIONS_PER_DEVICE; n++) {
		function = read_function(window, parent, bus, (uint8_t)(devfn | n));
		if (present(&function))
			keep(&function);
	}
}

/* A link has one device at its end; some answer to every device number all the same. */
static bool leads_to_a_link(const struct pci_function *bridge)
{
	int type = bridge ? pci_express_type(bridge) : -ENODEV;

	return type == PCI_EXP_TYPE_ROOT_PORT || type == PCI_EXP_TYPE_DOWNSTREAM;
}

static void scan_bus(const struct pci_window *window, struct pci_function *parent, uint8_t bus)
{
	unsigned int devices = leads_to_a_link(parent) ? 1 : DEVICES_PER_BUS;

	scanned[bus] = true;
	for (unsigned int device = 0; device < devices; device++)
		scan_device(window, parent, bus, (uint8_t)device);
}

static bool is_bridge(const struct pci_function *function)
{
	uint8_t type = pci_read8(function, PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK;

	/* CardBus keeps its bus numbers at the same offsets. */
	return type == PCI_HEADER_TYPE_BRIDGE || type == PCI_HEADER_TYPE_CARDBUS;
}

static void follow_bridge(const struct pci_window *window, struct pci_function *bridge)
{
	uint8_t secondary = pci_read8(bridge, PCI_SECONDARY_BUS);
	uint8_t subordinate = pci_read8(bridge, PCI_SUBORDINATE_BUS);
	char location[16];

	if (!secondary) /* the firmware left it alone */
		return;
	if (secondary <= bridge->bus || subordinate < secondary || secondary > window->last_bus ||
	    scanned[secondary]) {
		pci_location(bridge, location);
		print("# pci: bridge %s claims buses %02x to %02x, which cannot be: "
		      "nothing behind it is used\n",
		      location, secondary, subordinate);
		return;
	}
	for (unsigned int bus = secondary; bus <= subordinate; bus++)
		claimed[bus] = true;
	scan_bus(window, bridge, secondary);
}

static void walk_window(const struct pci_window *window)
{
	memset(scanned, 0, sizeof(scanned));
	memset(claimed, 0, sizeof(claimed));
	for (unsigned int bus = window->first_bus; bus <= window->last_bus; bus++) {
		if (scanned[bus] || claimed[bus])
			continue;
		scan_bus(window, NULL, (uint8_t)bus);
		for (; followed < function_count; followed++)
			if (is_bridge(&functions[followed]))
				follow_bridge(window, &functions[followed]);
	}
}

int pci_init(void)
{
	unsigned int windows = pci_config_init();

	for (unsigned int n = 0; n < windows; n++)
		walk_window(pci_window_get(n));
	return function_count ? (int)function_count : -ENODEV;
}

struct pci_function *pci_function_get(unsigned int n)
{
	return n < function_count ? &functions[n] : NULL;
}
