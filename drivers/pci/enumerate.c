// SPDX-License-Identifier: MIT
/*
 * The walk. Buses are scanned in rounds: the table of functions is also the list of bridges still
 * to be followed, so a chain of bridges costs no stack, and a bus is scanned at most once, so a
 * loop of bridges ends.
 *
 * Where the root buses are, only the firmware's AML could tell (_BBN), and this kernel does not
 * interpret AML. So every bus of a segment that no bridge claims is taken for a root bus and looked
 * at: one read of function 0 of each of its 32 devices, about 8,000 reads where there is a single
 * root bus, which QEMU answers in some 4 ms. This finds the root buses of multi-socket machines and
 * of QEMU's pxb-pcie.
 *
 * A bridge can hand on only what it was given: the buses that it claims have to be its parent's,
 * and nobody else's. One that claims others is not followed, for what is seen there sits behind
 * another bridge, under another requester id. Its buses are no root buses all the same.
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

/* Of the segment being walked. */
static bool scanned[BUSES];
static bool claimed[BUSES];                /* by a bridge, be it followed or not */
static struct pci_function *way_to[BUSES]; /* the innermost bridge followed; NULL: none */

static void read_id(struct pci_function *function)
{
	uint32_t id = pci_read32(function, PCI_VENDOR_ID);

	function->vendor = (uint16_t)id;
	function->device = (uint16_t)(id >> 16);
}

static struct pci_function read_function(uint16_t segment, struct pci_function *parent, uint8_t bus,
                                         uint8_t devfn)
{
	struct pci_function function = {
	        .segment = segment,
	        .bus = bus,
	        .devfn = devfn,
	        .config = pci_config_of(segment, bus, devfn),
	        .parent = parent,
	};

	read_id(&function);
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
		function->command_at_start = pci_read16(function, PCI_COMMAND);
		functions[function_count++] = *function;
	} else if (!table_full) {
		table_full = true;
		pci_location(function, location);
		print("# pci: more than %u functions: %s and what comes after it are not used; "
		      "raise PCI_FUNCTIONS_MAX\n",
		      PCI_FUNCTIONS_MAX, location);
	}
}

/* Without function 0 there is no device (PCI 3.0, 3.2.2.3.4 "Configuration Space Decoding"). */
static void scan_device(uint16_t segment, struct pci_function *parent, uint8_t bus, uint8_t device)
{
	uint8_t devfn = (uint8_t)(device << 3);
	struct pci_function function = read_function(segment, parent, bus, devfn);

	if (!present(&function))
		return;
	keep(&function);
	if (!(pci_read8(&function, PCI_HEADER_TYPE) & MULTI_FUNCTION))
		return;
	for (unsigned int n = 1; n < FUNCTIONS_PER_DEVICE; n++) {
		function = read_function(segment, parent, bus, (uint8_t)(devfn | n));
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

static void scan_bus(uint16_t segment, struct pci_function *parent, uint8_t bus)
{
	unsigned int devices = leads_to_a_link(parent) ? 1 : DEVICES_PER_BUS;

	scanned[bus] = true;
	for (unsigned int device = 0; device < devices; device++)
		scan_device(segment, parent, bus, (uint8_t)device);
}

static bool is_bridge(const struct pci_function *function)
{
	uint8_t type = pci_read8(function, PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK;

	/* CardBus keeps its bus numbers at the same offsets. */
	return type == PCI_HEADER_TYPE_BRIDGE || type == PCI_HEADER_TYPE_CARDBUS;
}

/* The bus numbers that the firmware gave to a bridge. */
struct bridge_buses {
	uint8_t primary, secondary, subordinate;
};

/* A clause that follows "the firmware"; NULL when the bridge can be followed. */
static const char *what_is_wrong(const struct pci_function *bridge,
                                 const struct bridge_buses *buses)
{
	if (!buses->secondary)
		return "gave it no bus numbers";
	/* Some have the register hard-wired to 0. */
	if (buses->primary && buses->primary != bridge->bus)
		return "wrote another bus into it than it sits on";
	if (buses->subordinate < buses->secondary)
		return "gave it a last bus before its first";
	if (!pci_config_has_bus(bridge->segment, buses->secondary))
		return "gave it a bus that MCFG does not reach";
	for (unsigned int bus = buses->secondary; bus <= buses->subordinate; bus++)
		if (scanned[bus] || way_to[bus] != bridge->parent)
			return "gave it a bus that is elsewhere or that nothing above it leads to";
	return NULL;
}

/* The first bus in any case, even where the last one makes no sense. */
static void claim(const struct bridge_buses *buses)
{
	unsigned int bus = buses->secondary;

	do
		claimed[bus++] = true;
	while (bus <= buses->subordinate);
}

static void follow_bridge(struct pci_function *bridge)
{
	const struct bridge_buses buses = {
	        .primary = pci_read8(bridge, PCI_PRIMARY_BUS),
	        .secondary = pci_read8(bridge, PCI_SECONDARY_BUS),
	        .subordinate = pci_read8(bridge, PCI_SUBORDINATE_BUS),
	};
	const char *wrong = what_is_wrong(bridge, &buses);
	char location[16];

	if (buses.secondary)
		claim(&buses);
	if (!wrong) {
		for (unsigned int bus = buses.secondary; bus <= buses.subordinate; bus++)
			way_to[bus] = bridge;
		scan_bus(bridge->segment, bridge, buses.secondary);
		return;
	}
	pci_location(bridge, location);
	print("# pci: what is behind bridge %s is not used: the firmware %s (primary %02x, "
	      "secondary %02x, subordinate %02x)\n",
	      location, wrong, buses.primary, buses.secondary, buses.subordinate);
}

static void walk_segment(uint16_t segment)
{
	memset(scanned, 0, sizeof(scanned));
	memset(claimed, 0, sizeof(claimed));
	memset(way_to, 0, sizeof(way_to));
	for (unsigned int bus = 0; bus < BUSES; bus++) {
		if (scanned[bus] || claimed[bus] || !pci_config_has_bus(segment, (uint8_t)bus))
			continue;
		scan_bus(segment, NULL, (uint8_t)bus);
		for (; followed < function_count; followed++)
			if (is_bridge(&functions[followed]))
				follow_bridge(&functions[followed]);
	}
}

int pci_init(void)
{
	uint16_t segment;

	function_count = followed = 0;
	table_full = false;
	pci_config_init();
	for (unsigned int n = 0; pci_config_segment(n, &segment); n++)
		walk_segment(segment);
	return function_count ? (int)function_count : -ENODEV;
}

int pci_adopt(uint16_t segment, uint8_t bus, uint8_t devfn, volatile uint8_t *config)
{
	struct pci_function function = {
	        .segment = segment,
	        .bus = bus,
	        .devfn = devfn,
	        .config = config,
	};

	read_id(&function);
	if (!present(&function))
		return -ENODEV;
	keep(&function);
	return 0;
}

struct pci_function *pci_function_get(unsigned int n)
{
	return n < function_count ? &functions[n] : NULL;
}
