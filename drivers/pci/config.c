// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stdbool.h>
#include <stddef.h>

#include "drivers/pci/config.h"
#include "drivers/pci/pci.h"
#include "kernel/acpi/acpi.h"
#include "kernel/acpi/mcfg.h"
#include "kernel/bits.h"
#include "kernel/cpu/ports.h"
#include "kernel/lock.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/registers.h"

/* PCIe 6.0, 7.2.2 "PCI Express Enhanced Configuration Access Mechanism (ECAM)". */
#define ECAM_BUS_SIZE      (1ULL << 20)
#define ECAM_FUNCTION_SIZE (1ULL << 12)

/* PCI 3.0, 3.2.2.3.2 "Software Generation of Configuration Transactions". */
#define CONFIG_ADDRESS       0xcf8
#define CONFIG_DATA          0xcfc
#define CONFIG_ENABLE        BIT_ULL(31)
#define CONFIG_BUS           GENMASK_ULL(23, 16)
#define CONFIG_DEVFN         GENMASK_ULL(15, 8)
#define CONFIG_REGISTER      GENMASK_ULL(7, 2)
#define CONFIG_SPACE_BY_PORT 256

/* A range of buses and the way to them. Where the ports have a bus as well, the window has it. */
struct window {
	uint16_t segment;
	uint8_t first_bus;
	uint8_t last_bus;
	volatile uint8_t *bus_zero; /* where bus 0 would lie; NULL: through ports */
};

static struct window windows[MCFG_ALLOCATIONS_MAX + 1];
static unsigned int window_count;

/* Address and data port are one register pair for all CPUs. */
static struct spinlock ports_lock;

static bool has_window_before(unsigned int end, uint16_t segment)
{
	for (unsigned int n = 0; n < end; n++)
		if (windows[n].segment == segment)
			return true;
	return false;
}

bool pci_config_segment(unsigned int n, uint16_t *segment)
{
	for (unsigned int w = 0; w < window_count; w++) {
		if (has_window_before(w, windows[w].segment))
			continue;
		*segment = windows[w].segment;
		if (n-- == 0)
			return true;
	}
	return false;
}

static const struct window *window_of(uint16_t segment, uint8_t bus)
{
	for (unsigned int n = 0; n < window_count; n++)
		if (windows[n].segment == segment && windows[n].first_bus <= bus &&
		    bus <= windows[n].last_bus)
			return &windows[n];
	return NULL;
}

bool pci_config_has_bus(uint16_t segment, uint8_t bus)
{
	return window_of(segment, bus);
}

volatile uint8_t *pci_config_of(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	const struct window *window = window_of(segment, bus);

	if (!window || !window->bus_zero)
		return NULL;
	return window->bus_zero + bus * ECAM_BUS_SIZE + devfn * ECAM_FUNCTION_SIZE;
}

/* The data port to use for `offset`; the caller holds ports_lock. */
static uint16_t select_port(const struct pci_function *function, uint16_t offset)
{
	io_write32(CONFIG_ADDRESS, (uint32_t)(CONFIG_ENABLE | field_set(CONFIG_BUS, function->bus) |
	                                      field_set(CONFIG_DEVFN, function->devfn) |
	                                      (offset & CONFIG_REGISTER)));
	return (uint16_t)(CONFIG_DATA + (offset & 3));
}

static uint32_t port_read(const struct pci_function *function, uint16_t offset, unsigned int width)
{
	uint32_t value;
	uint64_t flags;
	uint16_t port;

	if (offset >= CONFIG_SPACE_BY_PORT)
		return UINT32_MAX;
	flags = spin_lock_irqsave(&ports_lock);
	port = select_port(function, offset);
	value = width == 1 ? io_read8(port) : width == 2 ? io_read16(port) : io_read32(port);
	spin_unlock_irqrestore(&ports_lock, flags);
	return value;
}

/*
 * In segment 0 the ports say what function 00:00.0 is: where MCFG's address has another one, or
 * none, it is wrong. NULL when they agree, or the ports have nothing there.
 */
static const char *fault_by_ports(const volatile void *bus_zero)
{
	const struct pci_function first = {0};
	uint32_t by_port = port_read(&first, PCI_VENDOR_ID, 4);

	if (by_port == UINT32_MAX || mmio_read32(bus_zero) == by_port)
		return NULL;
	return "the host bridge is not there";
}

/*
 * A window is mapped whole: it is a multiple of 1 MiB and takes large pages, so 256 buses cost one
 * page table and bus by bus would cost more.
 */
static void add_window(const struct mcfg_allocation *allocation)
{
	char owner[REGISTERS_OWNER_SIZE];
	const char *why;
	volatile void *registers;
	uint64_t buses = allocation->last_bus - allocation->first_bus + 1ULL;
	uint64_t start = allocation->base + allocation->first_bus * ECAM_BUS_SIZE;

	format(owner, sizeof(owner), "PCI segment %04x bus %02x", allocation->segment,
	       allocation->first_bus);
	registers = registers_claim(owner, start, buses * ECAM_BUS_SIZE, &why);
	if (registers && allocation->segment == 0 && allocation->first_bus == 0)
		why = fault_by_ports(registers);
	if (why) {
		print("# pci: MCFG's address %llx refused: %s\n", (unsigned long long)start, why);
		if (registers)
			registers_give_up(registers);
		return;
	}
	windows[window_count++] = (struct window){
	        .segment = allocation->segment,
	        .first_bus = allocation->first_bus,
	        .last_bus = allocation->last_bus,
	        .bus_zero = (volatile uint8_t *)allocation->base,
	};
}

void pci_config_init(void)
{
	const struct acpi_header *table = acpi_only_table("MCFG");
	static struct mcfg mcfg;
	const char *why;

	window_count = 0;
	if (table && mcfg_parse(table, &mcfg, &why)) {
		print("# pci: MCFG refused: %s; ports are used in its place\n", why);
		mcfg.count = 0;
	}
	for (unsigned int n = 0; n < mcfg.count; n++)
		add_window(&mcfg.allocations[n]);
	if (mcfg.left_out)
		print("# pci: MCFG names %u segments too many; they are not used\n", mcfg.left_out);
	windows[window_count++] = (struct window){.last_bus = 255};
}

static void port_write(const struct pci_function *function, uint16_t offset, unsigned int width,
                       uint32_t value)
{
	uint64_t flags;
	uint16_t port;

	if (offset >= CONFIG_SPACE_BY_PORT)
		return;
	flags = spin_lock_irqsave(&ports_lock);
	port = select_port(function, offset);
	if (width == 1)
		io_write8(port, (uint8_t)value);
	else if (width == 2)
		io_write16(port, (uint16_t)value);
	else
		io_write32(port, value);
	spin_unlock_irqrestore(&ports_lock, flags);
}

uint8_t pci_read8(const struct pci_function *function, uint16_t offset)
{
	if (function->config)
		return mmio_read8(function->config + offset);
	return (uint8_t)port_read(function, offset, 1);
}

uint16_t pci_read16(const struct pci_function *function, uint16_t offset)
{
	if (function->config)
		return mmio_read16(function->config + offset);
	return (uint16_t)port_read(function, offset, 2);
}

uint32_t pci_read32(const struct pci_function *function, uint16_t offset)
{
	if (function->config)
		return mmio_read32(function->config + offset);
	return port_read(function, offset, 4);
}

void pci_write16(const struct pci_function *function, uint16_t offset, uint16_t value)
{
	if (function->config)
		mmio_write16(function->config + offset, value);
	else
		port_write(function, offset, 2, value);
}

void pci_write32(const struct pci_function *function, uint16_t offset, uint32_t value)
{
	if (function->config)
		mmio_write32(function->config + offset, value);
	else
		port_write(function, offset, 4, value);
}
