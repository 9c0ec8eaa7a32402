// SPDX-License-Identifier: MIT
// links: drivers/pci/assign_config.c drivers/pci/bar.c drivers/pci/function.c
// links: tests/host/fake_config.c
//
// The configuration space that a guest sees of its device, and what its writes do to the real one.
// Every bit of the real one can be written here, so that nothing that gets through goes unseen.
#include <linux/pci_regs.h>
#include <string.h>

#include "drivers/pci/assign.h"
#include "kernel/memory.h"
#include "kernel/random.h"
#include "tests/host/fake_config.h"
#include "tests/host/unit.h"

#define MSI     0x50
#define MSIX    0x70
#define EXPRESS 0x90
#define COMMAND (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_DISABLE)
#define ADDRESS 0xe020000000ULL
#define SIZE    0x4000ULL
#define SMALL   0xfeb06000U
#define IS_64   PCI_BASE_ADDRESS_MEM_TYPE_64

static const struct pci_function function = {.bus = 4, .devfn = DEVFN(3, 0)};
static struct fake_function *fake;
static struct assigned assigned;

volatile void *memory_map_device(uint64_t physical, uint64_t length)
{
	(void)length;
	return (volatile void *)physical;
}

static uint64_t get(uint64_t offset, unsigned int size)
{
	uint64_t value = assigned.config.ops->read(&assigned, offset, size);

	return size < 8 ? value & ((1ULL << 8 * size) - 1) : value;
}

static void put(uint64_t offset, unsigned int size, uint64_t value)
{
	assigned.config.ops->write(&assigned, offset, size, value);
}

static void add_capabilities(void)
{
	fake_register(fake, PCI_COMMAND, COMMAND | PCI_STATUS_CAP_LIST << 16, UINT32_MAX);
	fake_register(fake, PCI_CAPABILITY_LIST, MSI, 0);
	fake_register(fake, MSI,
	              PCI_CAP_ID_MSI | MSIX << 8 |
	                      (PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT) << 16,
	              UINT32_MAX);
	for (uint16_t n = 4; n < 24; n += 4)
		fake_register(fake, MSI + n, 0x11111111U * n, UINT32_MAX);
	fake_register(fake, MSIX, PCI_CAP_ID_MSIX | EXPRESS << 8 | 15 << 16, UINT32_MAX);
	fake_register(fake, MSIX + 4, 0x3000, UINT32_MAX);
	fake_register(fake, EXPRESS, PCI_CAP_ID_EXP, UINT32_MAX);
}

/* BAR 0 of 64 bits, BAR 2 of a page's part, BAR 3 of ports, a ROM. */
static int set_up(void **state)
{
	(void)state;
	fake_config_reset();
	fake = fake_function(0, function.bus, function.devfn);
	add_capabilities();
	fake_register(fake, PCI_BASE_ADDRESS_0, (uint32_t)ADDRESS | IS_64, (uint32_t)-SIZE);
	fake_register(fake, PCI_BASE_ADDRESS_1, ADDRESS >> 32, UINT32_MAX);
	fake_register(fake, PCI_BASE_ADDRESS_2, SMALL, -0x400U);
	fake_register(fake, PCI_BASE_ADDRESS_3, 0xc000 | PCI_BASE_ADDRESS_SPACE_IO, -0x100U);
	fake_register(fake, PCI_ROM_ADDRESS, 0xfe000001, UINT32_MAX);
	memset(&assigned, 0, sizeof(assigned));
	assigned.function = &function;
	assign_config_init(&assigned);
	memset(fake->writable, 0xff, sizeof(fake->writable));
	return 0;
}

static void it_shows_what_a_driver_needs(void **state)
{
	(void)state;
	assert_int_equal(get(PCI_VENDOR_ID, 4), fake_register_get(fake, PCI_VENDOR_ID));
	assert_int_equal(get(PCI_COMMAND, 2), 0);
	assert_int_equal(get(PCI_STATUS, 2), PCI_STATUS_CAP_LIST);
	assert_int_equal(get(PCI_BASE_ADDRESS_0, 4), (uint32_t)ADDRESS | IS_64);
	assert_int_equal(get(PCI_BASE_ADDRESS_1, 4), ADDRESS >> 32);
	assert_true(get(PCI_BASE_ADDRESS_0, 8) == (ADDRESS | IS_64));
	assert_int_equal(get(PCI_BASE_ADDRESS_2, 4), SMALL);
	assert_int_equal(get(PCI_BASE_ADDRESS_2 + 2, 2), SMALL >> 16);
	assert_int_equal(get(PCI_BASE_ADDRESS_2 + 1, 1), SMALL >> 8 & 0xff);
	assert_int_equal(get(PCI_BASE_ADDRESS_3, 4), 0); /* no ports */
	assert_int_equal(get(PCI_ROM_ADDRESS, 4), 0);
	assert_int_equal(get(MSIX, 1), PCI_CAP_ID_MSIX);
	assert_int_equal(get(MSIX + PCI_MSIX_FLAGS, 2), 15);
	assert_int_equal(get(MSIX + PCI_MSIX_TABLE, 4), 0x3000);
}

/* The list goes on behind it, and nothing in it can be read. */
static void msi_is_a_null_capability(void **state)
{
	(void)state;
	assert_int_equal(get(PCI_CAPABILITY_LIST, 1), MSI);
	assert_int_equal(get(MSI, 4), MSIX << 8);
	for (unsigned int n = 4; n < 24; n += 4)
		assert_int_equal(get(MSI + n, 4), 0);
	assert_int_equal(get(MSI + 24, 4), fake_register_get(fake, MSI + 24));
}

static uint64_t sized(uint16_t offset)
{
	uint64_t found = get(offset, 4), size;

	put(offset, 4, UINT32_MAX);
	size = get(offset, 4);
	put(offset, 4, found);
	assert_int_equal(get(offset, 4), found);
	return size;
}

static void bars_can_be_sized_and_stay(void **state)
{
	(void)state;
	assert_int_equal(sized(PCI_BASE_ADDRESS_0), ((uint32_t)-SIZE) | IS_64);
	assert_int_equal(sized(PCI_BASE_ADDRESS_1), UINT32_MAX);
	assert_int_equal(sized(PCI_BASE_ADDRESS_2), -0x400U);
	assert_int_equal(sized(PCI_BASE_ADDRESS_3), 0);
	assert_int_equal(sized(PCI_BASE_ADDRESS_4), 0);
	put(PCI_BASE_ADDRESS_2 + 2, 2, 0xd000); /* no register of two bytes */
	assert_int_equal(get(PCI_BASE_ADDRESS_2, 4), SMALL);
	put(PCI_BASE_ADDRESS_2, 4, 0xd0000000);
	assert_int_equal(get(PCI_BASE_ADDRESS_2, 4), 0xd0000000);
	assert_int_equal(fake_register_get(fake, PCI_BASE_ADDRESS_2), SMALL);
}

static void of_the_command_only_bus_mastering_is_the_devices(void **state)
{
	(void)state;
	put(PCI_DEVICE_ID, 2, UINT16_MAX);
	put(PCI_COMMAND, 1, 0xff); /* no register of one byte */
	assert_int_equal(pci_read16(&function, PCI_COMMAND), COMMAND);
	put(PCI_COMMAND, 2, UINT16_MAX);
	assert_int_equal(get(PCI_COMMAND, 2),
	                 PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
	assert_int_equal(pci_read16(&function, PCI_COMMAND), COMMAND | PCI_COMMAND_MASTER);
	put(PCI_COMMAND, 2, 0);
	assert_int_equal(get(PCI_COMMAND, 2), 0);
	assert_int_equal(pci_read16(&function, PCI_COMMAND), COMMAND);
	put(PCI_COMMAND, 4, PCI_COMMAND_MASTER | 0xffff0000); /* the status stays */
	assert_int_equal(pci_read32(&function, PCI_COMMAND),
	                 COMMAND | PCI_COMMAND_MASTER | PCI_STATUS_CAP_LIST << 16);
}

static void msix_can_be_enabled_and_masked(void **state)
{
	(void)state;
	put(MSIX + PCI_MSIX_FLAGS, 2, UINT16_MAX);
	assert_int_equal(pci_read16(&function, MSIX + PCI_MSIX_FLAGS),
	                 PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL | 15);
	put(MSIX + PCI_MSIX_FLAGS, 2, 0);
	assert_int_equal(pci_read16(&function, MSIX + PCI_MSIX_FLAGS), 15);
}

/* All that may ever change is three bits. */
static void writes_of_any_kind_change_nothing_else(void **state)
{
	struct random random = random_init(5);
	uint8_t before[FAKE_CONFIG_SIZE];

	(void)state;
	memcpy(before, fake->bytes, sizeof(before));
	for (unsigned int i = 0; i < 200000; i++) {
		unsigned int size = 1U << random_below(&random, 4);
		uint64_t value = (uint64_t)random_below(&random, UINT32_MAX) << 32 |
		                 random_below(&random, UINT32_MAX);

		put(random_below(&random, PAGE_SIZE / size) * size, size, value);
	}
	before[PCI_COMMAND] |= PCI_COMMAND_MASTER;
	fake->bytes[PCI_COMMAND] |= PCI_COMMAND_MASTER;
	before[MSIX + PCI_MSIX_FLAGS + 1] |= 0xc0;
	fake->bytes[MSIX + PCI_MSIX_FLAGS + 1] |= 0xc0;
	assert_memory_equal(fake->bytes, before, sizeof(before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(it_shows_what_a_driver_needs, set_up),
	        cmocka_unit_test_setup(msi_is_a_null_capability, set_up),
	        cmocka_unit_test_setup(bars_can_be_sized_and_stay, set_up),
	        cmocka_unit_test_setup(of_the_command_only_bus_mastering_is_the_devices, set_up),
	        cmocka_unit_test_setup(msix_can_be_enabled_and_masked, set_up),
	        cmocka_unit_test_setup(writes_of_any_kind_change_nothing_else, set_up),
	};

	return cmocka_run_group_tests_name("assign_config", tests, NULL, NULL);
}
