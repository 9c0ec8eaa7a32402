// SPDX-License-Identifier: MIT
// links: drivers/pci/bar.c drivers/pci/function.c tests/host/fake_config.c
#include <linux/pci_regs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "drivers/pci/pci.h"
#include "kernel/memory.h"
#include "tests/host/fake_config.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

static const struct pci_function function = {.bus = 4, .devfn = DEVFN(3, 0)};
static struct fake_function *fake;
static uint64_t reach; /* of the CPU */

volatile void *memory_map_device(uint64_t physical, uint64_t length)
{
	return physical + length <= reach ? (volatile void *)physical : NULL;
}

static int reset(void **state)
{
	(void)state;
	fake_config_reset();
	shim_forget_printed();
	fake = fake_function(0, function.bus, function.devfn);
	reach = 1ULL << 46;
	return 0;
}

static void put_bar(unsigned int bar, uint64_t value, uint64_t size)
{
	uint16_t offset = (uint16_t)(PCI_BASE_ADDRESS_0 + 4 * bar);

	fake_register(fake, offset, (uint32_t)value, (uint32_t)-size & ~0xfu);
	if (value & PCI_BASE_ADDRESS_MEM_TYPE_64)
		fake_register(fake, offset + 4, (uint32_t)(value >> 32), (uint32_t)(-size >> 32));
}

static void assert_mapped(unsigned int bar, uint64_t address, uint64_t size)
{
	uint32_t command = fake_register_get(fake, PCI_COMMAND);
	uint32_t low = fake_register_get(fake, (uint16_t)(PCI_BASE_ADDRESS_0 + 4 * bar));
	uint64_t length = 0;

	assert_int_equal((uint64_t)pci_map_bar(&function, bar, &length), address);
	assert_int_equal(length, size);
	assert_string_equal(shim_printed(), "");
	/* All is as it was found. */
	assert_int_equal(fake_register_get(fake, PCI_COMMAND), command);
	assert_int_equal(fake_register_get(fake, (uint16_t)(PCI_BASE_ADDRESS_0 + 4 * bar)), low);
	assert_int_equal((uint64_t)pci_map_bar(&function, bar, NULL), address);
}

static void assert_refused(unsigned int bar, const char *why)
{
	char line[128];

	shim_forget_printed();
	if (pci_map_bar(&function, bar, NULL))
		fail_msg("BAR %u is mapped", bar);
	snprintf(line, sizeof(line), "# pci: BAR %u of 0000:04:03.0 cannot be used: %s", bar, why);
	if (!strstr(shim_printed(), line))
		fail_msg("\"%s\" is not in:\n%s", line, shim_printed());
}

static void is_mapped_where_the_firmware_put_it(void **state)
{
	(void)state;
	fake_register(fake, PCI_COMMAND, PCI_COMMAND_MEMORY, 0xffff);
	put_bar(0, 0xfea00000, 0x100000);
	put_bar(1, 0xe020000000 | PCI_BASE_ADDRESS_MEM_TYPE_64, 0x4000);
	put_bar(3, 0xe400000000 | PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH,
	        0x400000000);
	put_bar(5, 0xfeb00010 & ~0xf, 16);
	assert_mapped(0, 0xfea00000, 0x100000);
	assert_mapped(1, 0xe020000000, 0x4000);
	assert_mapped(3, 0xe400000000, 0x400000000);
	assert_mapped(5, 0xfeb00010 & ~0xf, 16);
}

static void reading_writes_nothing(void **state)
{
	struct pci_bar bar;

	(void)state;
	put_bar(1, 0xe020000000 | PCI_BASE_ADDRESS_MEM_TYPE_64, 0x4000);
	memset(fake->writable, 0, sizeof(fake->writable));
	assert_true(pci_read_bar(&function, 1, &bar));
	assert_true(bar.wide);
	assert_int_equal(bar.address, 0xe020000000);
	assert_true(pci_read_bar(&function, 0, &bar));
	assert_int_equal(bar.address, 0);
	assert_false(pci_read_bar(&function, 6, &bar));
}

static void is_refused_with_the_reason(void **state)
{
	(void)state;
	put_bar(0, 0, 0x1000);
	assert_refused(0, "the firmware gave it no address");
	put_bar(0, PCI_BASE_ADDRESS_MEM_TYPE_64, 0x1000);
	assert_refused(0, "the firmware gave it no address");
	assert_refused(2, "the function has none there");
	put_bar(4, 0xc000 | PCI_BASE_ADDRESS_SPACE_IO, 0x100);
	assert_refused(4, "it is none of memory");
	put_bar(5, 0x1000 | PCI_BASE_ADDRESS_MEM_TYPE_64, 0);
	assert_refused(5, "it is none of memory"); /* its upper half would be another register */
	assert_refused(6, "it is none of memory");
	assert_refused(7, "it is none of memory");
}

static void beyond_what_the_cpu_reaches_it_is_refused(void **state)
{
	(void)state;
	put_bar(0, 0xe020000000 | PCI_BASE_ADDRESS_MEM_TYPE_64, 0x4000);
	reach = 0xe020004000;
	assert_mapped(0, 0xe020000000, 0x4000);
	reach--;
	assert_refused(0, "this CPU does not reach its address");
}

static void a_bridge_has_two(void **state)
{
	(void)state;
	fake->bytes[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
	put_bar(1, 0xfea00000, 0x1000);
	assert_mapped(1, 0xfea00000, 0x1000);
	assert_refused(2, "it is none of memory"); /* its bus numbers are there */
	fake->bytes[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_CARDBUS;
	assert_refused(0, "it is none of memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(is_mapped_where_the_firmware_put_it, reset),
	        cmocka_unit_test_setup(reading_writes_nothing, reset),
	        cmocka_unit_test_setup(is_refused_with_the_reason, reset),
	        cmocka_unit_test_setup(beyond_what_the_cpu_reaches_it_is_refused, reset),
	        cmocka_unit_test_setup(a_bridge_has_two, reset),
	};

	return cmocka_run_group_tests_name("bar", tests, NULL, NULL);
}
