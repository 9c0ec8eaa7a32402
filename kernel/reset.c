// SPDX-License-Identifier: MIT
#include "kernel/reset.h"

#include <stdbool.h>
#include <stdint.h>

#include "kernel/acpi/acpi.h"
#include "kernel/acpi/fadt.h"
#include "kernel/cpu/ports.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/registers.h"
#include "kernel/time.h"

#define BLOCK            256ULL /* registers are claimed in such */
#define TAKES_US         200000 /* a reset is not at once on every chipset */
#define RESET_CONTROL    0xcf9  /* of PCI chipsets since PIIX; 06h: system reset, full */
#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_RESET   0xfe

/* PCI 3.0, 3.2.2.3.2 "Software Generation of Configuration Transactions". */
#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  0x80000000U

/* ACPI 6.5, table 5.1 "Generic Address Structure": device, function and offset, 16 bits each. */
static bool reset_by_config(uint64_t address, uint8_t value)
{
	uint32_t device = (uint16_t)(address >> 32), function = (uint16_t)(address >> 16);
	uint32_t offset = (uint16_t)address;

	if (device > 31 || function > 7 || offset > 255)
		return false;
	print("# reboot: ACPI's reset register, byte %x of PCI 00:%02x.%u, value %x\n", offset,
	      device, function, value);
	io_write32(CONFIG_ADDRESS, CONFIG_ENABLE | device << 11 | function << 8 | (offset & ~3U));
	io_write8((uint16_t)(CONFIG_DATA + (offset & 3)), value);
	return true;
}

static bool reset_by_port(uint64_t address, uint8_t value)
{
	if (address > UINT16_MAX)
		return false;
	print("# reboot: ACPI's reset register, port %lx, value %x\n", address, value);
	io_write8((uint16_t)address, value);
	return true;
}

static bool reset_by_memory(uint64_t address, uint8_t value)
{
	const char *why;
	volatile uint8_t *registers =
	        registers_claim("ACPI's reset register", address & ~(BLOCK - 1), BLOCK, &why);

	if (!registers) {
		print("# reboot: ACPI's reset register at %lx refused: %s\n", address, why);
		return true; /* that has been said */
	}
	print("# reboot: ACPI's reset register, address %lx, value %x\n", address, value);
	mmio_write8(registers + address % BLOCK, value);
	return true;
}

/* ACPI 6.5, 4.8.3.6 "Reset Register": it works in any state of the machine, and is 8 bits wide. */
static void reset_by_acpi(void)
{
	static bool (*const ways[])(uint64_t, uint8_t) = {[ACPI_SPACE_MEMORY] = reset_by_memory,
	                                                  [ACPI_SPACE_IO] = reset_by_port,
	                                                  [ACPI_SPACE_PCI] = reset_by_config};
	const struct acpi_header *table = acpi_table("FACP", 0);
	struct fadt fadt;
	const char *why;

	if (!table || fadt_parse(table, &fadt, &why) || !fadt.reset.address)
		return;
	if (ways[fadt.reset.space](fadt.reset.address, fadt.reset_value))
		delay_us(TAKES_US);
	else
		print("# reboot: ACPI's reset register at %lx refused: it is nowhere\n",
		      fadt.reset.address);
}

void reset_machine(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = {0, 0};

	reset_by_acpi();
	print("# reboot: port cf9\n");
	io_write8(RESET_CONTROL, 0x02);
	io_write8(RESET_CONTROL, 0x06);
	delay_us(TAKES_US);
	print("# reboot: the keyboard controller\n");
	io_write8(KEYBOARD_COMMAND, KEYBOARD_RESET);
	delay_us(TAKES_US);
	print("# reboot: a triple fault\n");
	/* A trap without a table to look it up in. */
	__asm__ volatile("lidt %0; int3" : : "m"(none));
}
