// SPDX-License-Identifier: MIT
#include "tests/host/fake_config.h"

#include <linux/pci_regs.h>
#include <stdbool.h>
#include <string.h>

#include "drivers/pci/config.h"
#include "drivers/pci/pci.h"
#include "tests/host/unit.h"

#define FUNCTIONS_MAX 512
#define SEGMENTS_MAX  4
#define EXPRESS       0x40 /* where the capability is */

static struct fake_function functions[FUNCTIONS_MAX];
static unsigned int function_count;

static struct {
	uint16_t number;
	uint8_t last_bus;
} segments[SEGMENTS_MAX];
static unsigned int segment_count;

void fake_config_reset(void)
{
	function_count = segment_count = 0;
	fake_config_add_segment(0, 255);
}

void fake_config_add_segment(uint16_t segment, uint8_t last_bus)
{
	assert_true(segment_count < SEGMENTS_MAX);
	segments[segment_count].number = segment;
	segments[segment_count++].last_bus = last_bus;
}

void fake_register(struct fake_function *function, uint16_t offset, uint32_t value, uint32_t mask)
{
	memcpy(&function->bytes[offset], &value, sizeof(value));
	memcpy(&function->writable[offset], &mask, sizeof(mask));
}

uint32_t fake_register_get(const struct fake_function *function, uint16_t offset)
{
	uint32_t value;

	memcpy(&value, &function->bytes[offset], sizeof(value));
	return value;
}

struct fake_function *fake_function(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	struct fake_function *function = &functions[function_count++];

	assert_true(function_count <= FUNCTIONS_MAX);
	memset(function, 0, sizeof(*function));
	function->segment = segment;
	function->bus = bus;
	function->devfn = devfn;
	fake_register(function, PCI_VENDOR_ID, 0x11e81234, 0);
	fake_register(function, PCI_COMMAND, 0, 0xffff);
	return function;
}

struct fake_function *fake_bridge(uint16_t segment, uint8_t bus, uint8_t devfn, uint8_t secondary,
                                  uint8_t subordinate)
{
	struct fake_function *bridge = fake_function(segment, bus, devfn);

	bridge->bytes[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
	bridge->bytes[PCI_PRIMARY_BUS] = bus;
	bridge->bytes[PCI_SECONDARY_BUS] = secondary;
	bridge->bytes[PCI_SUBORDINATE_BUS] = subordinate;
	return bridge;
}

void fake_express(struct fake_function *function, unsigned int type)
{
	function->bytes[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
	function->bytes[PCI_CAPABILITY_LIST] = EXPRESS;
	function->bytes[EXPRESS] = PCI_CAP_ID_EXP;
	function->bytes[EXPRESS + PCI_EXP_FLAGS] = (uint8_t)(type << 4 | 2);
}

bool pci_config_has_bus(uint16_t segment, uint8_t bus)
{
	for (unsigned int n = 0; n < segment_count; n++)
		if (segments[n].number == segment)
			return bus <= segments[n].last_bus;
	return false;
}

void pci_config_init(void)
{
}

bool pci_config_segment(unsigned int n, uint16_t *segment)
{
	if (n >= segment_count)
		return false;
	*segment = segments[n].number;
	return true;
}

volatile uint8_t *pci_config_of(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	assert_true(pci_config_has_bus(segment, bus));
	(void)devfn;
	return NULL;
}

static struct fake_function *at(const struct pci_function *function)
{
	for (unsigned int n = 0; n < function_count; n++)
		if (functions[n].segment == function->segment &&
		    functions[n].bus == function->bus && functions[n].devfn == function->devfn)
			return &functions[n];
	return NULL;
}

static uint32_t load(const struct pci_function *function, uint16_t offset, unsigned int size)
{
	struct fake_function *fake = at(function);
	uint32_t value = UINT32_MAX;

	assert_true(offset % size == 0 && offset + size <= FAKE_CONFIG_SIZE);
	if (!fake)
		return value;
	fake->looked_for += offset == PCI_VENDOR_ID;
	value = 0;
	memcpy(&value, &fake->bytes[offset], size);
	return value;
}

static void store(const struct pci_function *function, uint16_t offset, unsigned int size,
                  uint32_t value)
{
	struct fake_function *fake = at(function);

	assert_true(offset % size == 0 && offset + size <= FAKE_CONFIG_SIZE);
	for (unsigned int n = 0; fake && n < size; n++) {
		uint8_t mask = fake->writable[offset + n];
		uint8_t *byte = &fake->bytes[offset + n];

		*byte = (uint8_t)((*byte & ~mask) | (value >> 8 * n & mask));
	}
}

uint8_t pci_read8(const struct pci_function *function, uint16_t offset)
{
	return (uint8_t)load(function, offset, 1);
}

uint16_t pci_read16(const struct pci_function *function, uint16_t offset)
{
	return (uint16_t)load(function, offset, 2);
}

uint32_t pci_read32(const struct pci_function *function, uint16_t offset)
{
	return load(function, offset, 4);
}

void pci_write16(const struct pci_function *function, uint16_t offset, uint16_t value)
{
	store(function, offset, 2, value);
}

void pci_write32(const struct pci_function *function, uint16_t offset, uint32_t value)
{
	store(function, offset, 4, value);
}
