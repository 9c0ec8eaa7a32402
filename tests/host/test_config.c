// SPDX-License-Identifier: MIT
// links: drivers/pci/config.c kernel/acpi/mcfg.c
#include <stdbool.h>
#include <string.h>

#include "drivers/pci/config.h"
#include "kernel/acpi/acpi.h"
#include "kernel/cpu/ports.h"
#include "kernel/mmio.h"
#include "kernel/registers.h"
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
                        {.base = 0xc000000000, .segment = 0, .first_bus = 16, .last_bus = 31},
                        {.base = UNMAPPABLE, .segment = 2, .first_bus = 0, .last_bus = 15},
                        {.base = UNMAPPABLE, .segment = 0, .first_bus = 40, .last_bus = 49},
                },
};

/* What 00:00.0 is, through the ports and where MCFG says. */
static uint32_t by_port = 0x29c08086, by_mcfg = 0x29c08086;

const struct acpi_header *acpi_only_table(const char *signature)
{
	assert_string_equal(signature, "MCFG");
	return &table.header;
}

volatile void *registers_claim(const char *owner, uint64_t physical, uint64_t length,
                               const char **why)
{
	bool free = physical < UNMAPPABLE || physical >= 0xe0000000;

	assert_memory_equal(owner, "PCI segment 000", 15);
	assert_int_equal(physical % MIB, 0);
	assert_int_equal(length % MIB, 0);
	*why = free ? NULL : "memory is there";
	return free ? (volatile void *)physical : NULL;
}

void registers_give_up(const volatile void *registers)
{
	assert_int_equal((uint64_t)registers, 0xb0000000);
}

uint64_t fake_mmio_read(const volatile void *address, unsigned int size)
{
	assert_int_equal((uint64_t)address, 0xb0000000);
	assert_int_equal(size, 4);
	return by_mcfg;
}

void fake_mmio_write(volatile void *address, unsigned int size, uint64_t value)
{
	(void)address, (void)size, (void)value;
	fail();
}

/* Bus 0, device 0, function 0, register 0: that is all that is asked for. */
uint32_t fake_port_read(uint16_t port, unsigned int size)
{
	assert_int_equal(port, 0xcfc);
	assert_int_equal(size, 4);
	return by_port;
}

void fake_port_write(uint16_t port, unsigned int size, uint32_t value)
{
	assert_int_equal(port, 0xcf8);
	assert_int_equal(size, 4);
	assert_int_equal(value, 0x80000000);
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

static void each_window_has_its_buses(void **state)
{
	(void)state;
	assert_int_equal(CONFIG_OF(0, 15, 0), 0xb0000000 + 15 * MIB);
	assert_int_equal(CONFIG_OF(0, 16, 0), 0xc000000000 + 16 * MIB);
}

static void ports_reach_the_rest_of_segment_0(void **state)
{
	(void)state;
	assert_true(pci_config_has_bus(0, 32));
	assert_true(pci_config_has_bus(0, 45)); /* its window is refused */
	assert_true(pci_config_has_bus(0, 255));
	assert_int_equal(CONFIG_OF(0, 32, 0), 0);
	assert_int_equal(CONFIG_OF(0, 45, 0), 0);
}

/* Then segment 0 has its second window, and the ports for all else. Runs last: it begins anew. */
static void a_window_without_the_host_bridge_is_refused(void **state)
{
	(void)state;
	by_mcfg = 0xffffffff;
	shim_forget_printed();
	pci_config_init();
	assert_non_null(strstr(shim_printed(), "# pci: MCFG's address b0000000 refused: "
	                                       "the host bridge is not there\n"));
	assert_int_equal(CONFIG_OF(0, 0, 0), 0);
	assert_int_equal(CONFIG_OF(0, 16, 0), 0xc000000000 + 16 * MIB);
	/* Where the ports have nothing, nobody can say. */
	by_port = 0xffffffff;
	pci_config_init();
	assert_int_equal(CONFIG_OF(0, 0, 0), 0xb0000000);
}

static int init(void **state)
{
	(void)state;
	pci_config_init();
	assert_non_null(strstr(shim_printed(),
	                       "# pci: MCFG's address d0000000 refused: memory is there\n"));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(segments_come_once),
	        cmocka_unit_test(buses_are_reached_as_mcfg_says),
	        cmocka_unit_test(each_window_has_its_buses),
	        cmocka_unit_test(ports_reach_the_rest_of_segment_0),
	        cmocka_unit_test(a_window_without_the_host_bridge_is_refused),
	};

	return cmocka_run_group_tests_name("config", tests, init, NULL);
}
