// SPDX-License-Identifier: MIT
// links: drivers/pci/enumerate.c drivers/pci/function.c tests/host/fake_config.c
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stdbool.h>
#include <string.h>

#include "drivers/pci/pci.h"
#include "kernel/random.h"
#include "tests/host/fake_config.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

static int reset(void **state)
{
	(void)state;
	fake_config_reset();
	shim_forget_printed();
	return 0;
}

static const struct pci_function *find(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	const struct pci_function *function, *found = NULL;

	for (unsigned int n = 0; (function = pci_function_get(n)); n++)
		if (function->segment == segment && function->bus == bus &&
		    function->devfn == devfn) {
			assert_null(found); /* once only */
			found = function;
		}
	return found;
}

static void assert_on_root_bus(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	const struct pci_function *function = find(segment, bus, devfn);

	assert_non_null(function);
	assert_null(function->parent);
}

/* Behind the bridge at `parent_bus`, `parent_devfn`. */
static void assert_behind(uint8_t bus, uint8_t devfn, uint8_t parent_bus, uint8_t parent_devfn)
{
	const struct pci_function *function = find(0, bus, devfn);

	assert_non_null(function);
	assert_non_null(function->parent);
	assert_ptr_equal(function->parent, find(0, parent_bus, parent_devfn));
}

static void assert_said(const char *text)
{
	if (!strstr(shim_printed(), text))
		fail_msg("\"%s\" is not in:\n%s", text, shim_printed());
}

static void an_empty_space_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(pci_init(), -ENODEV);
	assert_null(pci_function_get(0));
}

static void a_bus_that_no_bridge_leads_to_is_a_root_bus(void **state)
{
	(void)state;
	fake_function(0, 0, 0);
	fake_bridge(0, 0, DEVFN(1, 0), 1, 3);
	fake_function(0, 1, 0);
	fake_function(0, 0x80, DEVFN(4, 0));
	fake_bridge(0, 0x80, DEVFN(5, 0), 0x81, 0x81);
	fake_function(0, 0x81, DEVFN(9, 0));
	fake_function(0, 255, DEVFN(31, 0));
	assert_int_equal(pci_init(), 7);
	assert_on_root_bus(0, 0, 0);
	assert_on_root_bus(0, 0x80, DEVFN(4, 0));
	assert_on_root_bus(0, 255, DEVFN(31, 0));
	assert_behind(1, 0, 0, DEVFN(1, 0));
	assert_behind(0x81, DEVFN(9, 0), 0x80, DEVFN(5, 0));
	assert_string_equal(shim_printed(), "");
}

/* Claimed, though nothing is there yet: a slot for hot-plug is no root bus. */
static void what_a_bridge_claims_is_no_root_bus(void **state)
{
	struct fake_function *ghost;

	(void)state;
	fake_bridge(0, 0, DEVFN(1, 0), 1, 4);
	ghost = fake_function(0, 3, 0);
	assert_int_equal(pci_init(), 1);
	assert_int_equal(ghost->looked_for, 0);
}

static void bridges_behind_bridges_are_followed(void **state)
{
	(void)state;
	for (unsigned int bus = 0; bus < 100; bus++) {
		fake_express(fake_bridge(0, (uint8_t)bus, 0, (uint8_t)(bus + 1), 100),
		             PCI_EXP_TYPE_DOWNSTREAM);
	}
	fake_function(0, 100, 0);
	assert_int_equal(pci_init(), 101);
	assert_behind(100, 0, 99, 0);
	assert_on_root_bus(0, 0, 0);
	assert_string_equal(shim_printed(), "");
}

static void functions_of_a_device(void **state)
{
	struct fake_function *absent;

	(void)state;
	fake_function(0, 0, DEVFN(1, 0))->bytes[PCI_HEADER_TYPE] = 0x80;
	fake_function(0, 0, DEVFN(1, 3));
	fake_function(0, 0, DEVFN(1, 7));
	fake_function(0, 0, DEVFN(2, 0)); /* says that it has one function only */
	absent = fake_function(0, 0, DEVFN(2, 1));
	fake_function(0, 0, DEVFN(3, 1)); /* no function 0 */
	assert_int_equal(pci_init(), 4);
	assert_on_root_bus(0, 0, DEVFN(1, 3));
	assert_on_root_bus(0, 0, DEVFN(1, 7));
	assert_int_equal(absent->looked_for, 0);
	assert_null(find(0, 0, DEVFN(3, 1)));
}

static void a_link_has_one_device(void **state)
{
	(void)state;
	fake_express(fake_bridge(0, 0, DEVFN(1, 0), 1, 1), PCI_EXP_TYPE_ROOT_PORT);
	fake_express(fake_bridge(0, 0, DEVFN(2, 0), 2, 2), PCI_EXP_TYPE_PCI_BRIDGE);
	for (uint8_t bus = 1; bus <= 2; bus++)
		for (uint8_t device = 0; device < 32; device++)
			fake_function(0, bus, DEVFN(device, 0));
	assert_int_equal(pci_init(), 2 + 1 + 32);
}

/* The bridge at 00:01.0 with these numbers, and a function on each bus from 1 to 9. */
static void assert_refused(uint8_t primary, uint8_t secondary, uint8_t subordinate,
                           const char *reason)
{
	struct fake_function *bridge;

	fake_config_reset();
	shim_forget_printed();
	bridge = fake_bridge(0, 0, DEVFN(1, 0), secondary, subordinate);
	bridge->bytes[PCI_PRIMARY_BUS] = primary;
	fake_function(0, secondary, DEVFN(4, 0));
	assert_int_equal(pci_init(), secondary ? 1 : 2); /* a device on bus 0 is found */
	assert_said("what is behind bridge 0000:00:01.0 is not used: the firmware ");
	assert_said(reason);
}

static void numbers_that_cannot_be_are_refused(void **state)
{
	(void)state;
	assert_refused(0, 0, 0, "gave it no bus numbers");
	assert_refused(0, 0, 9, "gave it no bus numbers");
	assert_refused(7, 1, 1, "wrote another bus into it than it sits on");
	assert_refused(0, 5, 3, "gave it a last bus before its first");
	assert_refused(0, 5, 0, "gave it a last bus before its first");
}

static void a_primary_bus_wired_to_0_is_none_of_a_fault(void **state)
{
	(void)state;
	fake_bridge(0, 0x80, DEVFN(1, 0), 0x81, 0x81)->bytes[PCI_PRIMARY_BUS] = 0;
	fake_function(0, 0x81, 0);
	assert_int_equal(pci_init(), 2);
	assert_behind(0x81, 0, 0x80, DEVFN(1, 0));
}

static const char elsewhere[] = "gave it a bus that is elsewhere or that nothing above it leads to";

static void loops_end(void **state)
{
	(void)state;
	fake_bridge(0, 0, DEVFN(1, 0), 1, 5);
	fake_bridge(0, 1, DEVFN(1, 0), 1, 5); /* leads to itself */
	fake_bridge(0, 1, DEVFN(2, 0), 2, 5);
	fake_bridge(0, 2, DEVFN(1, 0), 1, 5); /* leads back up */
	assert_int_equal(pci_init(), 4);
	assert_said("bridge 0000:01:01.0 is not used");
	assert_said("bridge 0000:02:01.0 is not used");
	assert_said(elsewhere);
}

static void two_bridges_do_not_share_a_bus(void **state)
{
	struct fake_function *ghost;

	(void)state;
	fake_bridge(0, 0, DEVFN(1, 0), 1, 3);
	fake_bridge(0, 0, DEVFN(2, 0), 2, 5);
	fake_bridge(0, 1, DEVFN(0, 0), 2, 3);
	fake_function(0, 2, 0);
	ghost = fake_function(0, 5, 0); /* of the bridge that is refused: no root bus, either */
	assert_int_equal(pci_init(), 4);
	assert_behind(2, 0, 1, DEVFN(0, 0));
	assert_int_equal(ghost->looked_for, 0);
	assert_said("bridge 0000:00:02.0 is not used");
	assert_said(elsewhere);
}

static void a_bridge_hands_on_only_what_it_was_given(void **state)
{
	(void)state;
	fake_bridge(0, 0, DEVFN(1, 0), 1, 2);
	fake_bridge(0, 1, DEVFN(0, 0), 2, 4);
	fake_function(0, 2, 0);
	assert_int_equal(pci_init(), 2);
	assert_said("bridge 0000:01:00.0 is not used");
	assert_said(elsewhere);
}

static void a_root_bus_is_not_behind_a_bridge_of_another(void **state)
{
	(void)state;
	fake_function(0, 0x20, 0);
	fake_bridge(0, 0x80, DEVFN(1, 0), 0x20, 0x21);
	assert_int_equal(pci_init(), 2);
	assert_on_root_bus(0, 0x20, 0);
	assert_said("bridge 0000:80:01.0 is not used");
}

static void segments_have_buses_of_their_own(void **state)
{
	(void)state;
	fake_config_add_segment(5, 15);
	fake_bridge(0, 0, DEVFN(1, 0), 1, 1);
	fake_function(0, 1, 0);
	fake_function(5, 1, 0);
	fake_bridge(5, 0, DEVFN(2, 0), 15, 40);
	fake_function(5, 15, DEVFN(1, 0));
	fake_bridge(5, 15, DEVFN(2, 0), 16, 16);
	assert_int_equal(pci_init(), 6);
	assert_on_root_bus(5, 1, 0);
	assert_behind(1, 0, 0, DEVFN(1, 0));
	assert_non_null(find(5, 15, DEVFN(1, 0))->parent);
	assert_said(
	        "bridge 0005:0f:02.0 is not used: the firmware gave it a bus that MCFG does not "
	        "reach");
}

static void more_than_fit_are_left_out_with_a_line(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < PCI_FUNCTIONS_MAX + 10; n++)
		fake_function(0, (uint8_t)(n / 32), (uint8_t)DEVFN(n % 32, 0));
	assert_int_equal(pci_init(), PCI_FUNCTIONS_MAX);
	assert_said("# pci: more than 128 functions: 0000:04:00.0 and what comes after it");
}

/* What is behind a bridge is on its secondary bus, and the way up ends. */
static void assert_tree(void)
{
	const struct pci_function *function, *up;

	for (unsigned int n = 0; (function = pci_function_get(n)); n++) {
		unsigned int steps = 0;

		find(function->segment, function->bus, function->devfn);
		if (function->parent)
			assert_int_equal(pci_read8(function->parent, PCI_SECONDARY_BUS),
			                 function->bus);
		for (up = function; up; up = up->parent)
			assert_true(steps++ < 256);
	}
}

static void any_bus_numbers_make_a_tree(void **state)
{
	struct random random = random_init(1);

	(void)state;
	for (unsigned int round = 0; round < 2000; round++) {
		unsigned int buses = 1 + random_below(&random, 12);

		fake_config_reset();
		for (unsigned int n = 0; n < 24; n++) {
			uint8_t bus = (uint8_t)random_below(&random, buses);
			uint8_t devfn = (uint8_t)DEVFN(n, 0); /* never two at one place */

			if (random_below(&random, 3))
				fake_bridge(0, bus, devfn, (uint8_t)random_below(&random, buses),
				            (uint8_t)random_below(&random, buses));
			else
				fake_function(0, bus, devfn);
		}
		pci_init();
		assert_tree();
	}
}

/* Without a walk, and beside what one has found. */
static void a_function_can_be_adopted(void **state)
{
	const struct pci_function *function;

	(void)state;
	fake_function(0, 0, DEVFN(1, 0));
	assert_int_equal(pci_init(), 1);
	fake_register(fake_function(0, 5, DEVFN(2, 1)), PCI_VENDOR_ID, 0x0012 << 16 | 0x1000, 0);
	assert_int_equal(pci_adopt(0, 5, DEVFN(2, 2), NULL), -ENODEV);
	assert_null(pci_function_get(1));
	assert_int_equal(pci_adopt(0, 5, DEVFN(2, 1), NULL), 0);
	function = find(0, 5, DEVFN(2, 1));
	assert_non_null(function);
	assert_null(function->parent);
	assert_int_equal(function->vendor, 0x1000);
	assert_int_equal(function->device, 0x0012);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(an_empty_space_is_an_error, reset),
	        cmocka_unit_test_setup(a_bus_that_no_bridge_leads_to_is_a_root_bus, reset),
	        cmocka_unit_test_setup(what_a_bridge_claims_is_no_root_bus, reset),
	        cmocka_unit_test_setup(bridges_behind_bridges_are_followed, reset),
	        cmocka_unit_test_setup(functions_of_a_device, reset),
	        cmocka_unit_test_setup(a_link_has_one_device, reset),
	        cmocka_unit_test_setup(numbers_that_cannot_be_are_refused, reset),
	        cmocka_unit_test_setup(a_primary_bus_wired_to_0_is_none_of_a_fault, reset),
	        cmocka_unit_test_setup(loops_end, reset),
	        cmocka_unit_test_setup(two_bridges_do_not_share_a_bus, reset),
	        cmocka_unit_test_setup(a_bridge_hands_on_only_what_it_was_given, reset),
	        cmocka_unit_test_setup(a_root_bus_is_not_behind_a_bridge_of_another, reset),
	        cmocka_unit_test_setup(segments_have_buses_of_their_own, reset),
	        cmocka_unit_test_setup(any_bus_numbers_make_a_tree, reset),
	        cmocka_unit_test_setup(more_than_fit_are_left_out_with_a_line, reset),
	        cmocka_unit_test_setup(a_function_can_be_adopted, reset),
	};

	return cmocka_run_group_tests_name("enumerate", tests, NULL, NULL);
}
