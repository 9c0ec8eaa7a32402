// SPDX-License-Identifier: MIT
// links: drivers/pci/config.c kernel/acpi/mcfg.c
#include <stdbool.h>
#include <string.h>

#include "drivers/pci/config.h"
#include "kernel/acpi/acpi.h"
#include "kernel/cpu/apic.h"
#include "kernel/memory.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

#define MIB            (1ULL << 20)
#define UNMAPPABLE     0xd0000000
#define CONFIG_OF(...) ((uint64_t)pci_config_of(__VA_ARGS__))

/* As MCFG has it: PCI Firmware 3.3, 4.1.2 "MCFG Table Description". */
static struct {
	struct acpi_header header;
	uint64_t reserved;
	struct {
		uint64_t base;
		uint16_t segment;
		uint8_t first_bus, last_bus;
		uint32_t reserved;
	} __attribute__((packed)) allocations[5];
} __attribute__((packed)) table = {
        .header.length = sizeof(table),
        .allocations =
                {
                        {.base = 0xe0000000, .segment = 1, .first_bus = 0x80, .last_bus = 0x8f},
                        {.base = 0xb0000000, .segment = 0, .first_bus = 0, .last_bus = 15},
                        {.base = 0xc000000000, .segment = 0, .first_bus = 8, .last_bus = 31},
                        {.base = UNMAPPABLE, .segment = 2, .first_bus = 0, .last_bus = 255},
                        {.base = UNMAPPABLE, .segment = 0, .first_bus = 40, .last_bus = 49},
                },
};

const struct acpi_header *acpi_table(const char *signature, unsigned int n)
{
	assert_string_equal(signature, "MCFG");
	assert_int_equal(n, 0);
	return &table.header;
}

volatile void *memory_map_device(uint64_t physical, uint64_t length)
{
	assert_int_equal(physical % MIB, 0);
	assert_int_equal(length % MIB, 0);
	return physical < UNMAPPABLE || physical >= 0xe0000000 ? (volatile void *)physical : NULL;
}

static void segments_come_once(void **state)
{
	uint16_t segment = 0xffff;

	(void)state;
	assert_true(pci_config_segment(0, &segment));
	assert_int_equal(segment, 1);
	assert_true(pci_config_segment(1, &segment));
	assert_int_equal(segment, 0);
	assert_false(pci_config_segment(2, &segment));
}

static void buses_are_reached_as_mcfg_says(void **state)
{
	(void)state;
	assert_false(pci_config_has_bus(1, 0x7f));
	assert_true(pci_config_has_bus(1, 0x80));
	assert_true(pci_config_has_bus(1, 0x8f));
	assert_false(pci_config_has_bus(1, 0x90));
	assert_false(pci_config_has_bus(2, 0));
	/* The base is that of bus 0, also where the first bus is another. */
	assert_int_equal(CONFIG_OF(1, 0x81, 0x0b), 0xe0000000 + 0x81 * MIB + 0x0b * 4096);
	assert_int_equal(CONFIG_OF(0, 0, 0xff), 0xb0000000 + 0xff * 4096);
}

/* Two have buses 8 to 15. */
static void the_first_window_has_a_bus(void **state)
{
	(void)state;
	assert_int_equal(CONFIG_OF(0, 15, 0), 0xb0000000 + 15 * MIB);
	assert_int_equal(CONFIG_OF(0, 16, 0), 0xc000000000 + 16 * MIB);
}

static void ports_reach_the_rest_of_segment_0(void **state)
{
	(void)state;
	assert_true(pci_config_has_bus(0, 32));
	assert_true(pci_config_has_bus(0, 45)); /* its window cannot be mapped */
	assert_true(pci_config_has_bus(0, 255));
	assert_int_equal(CONFIG_OF(0, 32, 0), 0);
	assert_int_equal(CONFIG_OF(0, 45, 0), 0);
}

static int init(void **state)
{
	(void)state;
	pci_config_init();
	assert_non_null(strstr(shim_printed(),
	                       "# pci: segment 0002: configuration space at d0000000 cannot be "
	                       "mapped"));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(segments_come_once),
	        cmocka_unit_test(buses_are_reached_as_mcfg_says),
	        cmocka_unit_test(the_first_window_has_a_bus),
	        cmocka_unit_test(ports_reach_the_rest_of_segment_0),
	};

	return cmocka_run_group_tests_name("config", tests, init, NULL);
}
