// SPDX-License-Identifier: MIT
// links: drivers/pci/enumerate.c drivers/pci/function.c drivers/pci/requester.c
// links: tests/host/fake_config.c
#include <linux/pci_regs.h>
#include <stdbool.h>

#include "drivers/pci/pci.h"
#include "tests/host/fake_config.h"
#include "tests/host/unit.h"

/* Beside the types of PCI Express there is the bridge that is none. */
#define CONVENTIONAL 0x100

#define DEVICE DEVFN(3, 2)

/*
 * A function at the end of a chain of bridges of these types, 0 ending the list: the first is on
 * bus 16, each at device 1, function 0, and leads to the next bus.
 */
static struct requester behind(const unsigned int *types)
{
	const struct pci_function *function;
	struct requester requester = {0};
	unsigned int last = 0;
	uint8_t bus = 16;

	fake_config_reset();
	for (; *types; types++, bus++) {
		/* Behind a link there is device 0 alone. */
		bool link = bus > 16 && (types[-1] == PCI_EXP_TYPE_ROOT_PORT ||
		                         types[-1] == PCI_EXP_TYPE_DOWNSTREAM);
		struct fake_function *bridge =
		        fake_bridge(0, bus, link ? 0 : DEVFN(1, 0), (uint8_t)(bus + 1), 40);

		if (*types != CONVENTIONAL)
			fake_express(bridge, *types);
	}
	fake_function(0, bus, 0)->bytes[PCI_HEADER_TYPE] = 0x80;
	if (DEVICE >> 3)
		fake_function(0, bus, DEVICE & ~7)->bytes[PCI_HEADER_TYPE] = 0x80;
	fake_function(0, bus, DEVICE & 7);
	fake_function(0, bus, DEVICE);
	pci_init();
	for (; (function = pci_function_get(last)); last++)
		requester = pci_requester(function);
	last--;
	/* The last one: DEVICE, or what a link has of it. */
	assert_int_equal(requester.device_bus, bus);
	assert_ptr_equal(pci_function_of(&requester), pci_function_get(last));
	requester.by_name = true;
	assert_null(pci_function_of(&requester));
	requester.by_name = false;
	return requester;
}

#define BEHIND(...) behind((const unsigned int[]){__VA_ARGS__, 0})

static void assert_id(struct requester requester, uint8_t bus, uint8_t devfn)
{
	assert_int_equal(requester.id, bus << 8 | devfn);
	assert_false(requester.bus_only);
	assert_false(requester.by_name);
}

static void assert_bus(struct requester requester, uint8_t bus)
{
	assert_int_equal(requester.id >> 8, bus);
	assert_true(requester.bus_only);
}

static void on_a_root_bus_it_is_the_function(void **state)
{
	(void)state;
	assert_id(behind((const unsigned int[]){0}), 16, DEVICE);
}

static void behind_ports_it_is_the_function(void **state)
{
	(void)state;
	assert_id(BEHIND(PCI_EXP_TYPE_ROOT_PORT), 17, DEVICE & 7);
	assert_id(BEHIND(PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_UPSTREAM, PCI_EXP_TYPE_DOWNSTREAM),
	          19, DEVICE & 7);
	assert_id(BEHIND(PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_UPSTREAM, PCI_EXP_TYPE_DOWNSTREAM,
	                 PCI_EXP_TYPE_UPSTREAM, PCI_EXP_TYPE_DOWNSTREAM),
	          21, DEVICE & 7);
}

static void behind_a_bridge_to_pci_it_is_the_bus_below_it(void **state)
{
	(void)state;
	assert_bus(BEHIND(PCI_EXP_TYPE_PCI_BRIDGE), 17);
	assert_bus(BEHIND(PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_PCI_BRIDGE), 18);
	assert_bus(BEHIND(PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_PCI_BRIDGE, CONVENTIONAL), 18);
	assert_bus(
	        BEHIND(PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_PCI_BRIDGE, CONVENTIONAL, CONVENTIONAL),
	        18);
}

static void behind_conventional_bridges_it_is_the_uppermost(void **state)
{
	(void)state;
	assert_id(BEHIND(CONVENTIONAL), 16, DEVFN(1, 0));
	assert_id(BEHIND(CONVENTIONAL, CONVENTIONAL), 16, DEVFN(1, 0));
}

/* What a bridge to PCI hands up through a bridge back to PCI Express is that one's. */
static void behind_a_bridge_from_pci_to_express_it_is_the_bridge(void **state)
{
	(void)state;
	assert_id(BEHIND(PCI_EXP_TYPE_PCIE_BRIDGE), 16, DEVFN(1, 0));
	assert_id(BEHIND(CONVENTIONAL, PCI_EXP_TYPE_PCIE_BRIDGE, PCI_EXP_TYPE_PCI_BRIDGE), 16,
	          DEVFN(1, 0));
	assert_bus(BEHIND(PCI_EXP_TYPE_PCI_BRIDGE, PCI_EXP_TYPE_PCIE_BRIDGE), 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(on_a_root_bus_it_is_the_function),
	        cmocka_unit_test(behind_ports_it_is_the_function),
	        cmocka_unit_test(behind_a_bridge_to_pci_it_is_the_bus_below_it),
	        cmocka_unit_test(behind_conventional_bridges_it_is_the_uppermost),
	        cmocka_unit_test(behind_a_bridge_from_pci_to_express_it_is_the_bridge),
	};

	return cmocka_run_group_tests_name("requester", tests, NULL, NULL);
}
