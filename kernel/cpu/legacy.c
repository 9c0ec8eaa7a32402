// SPDX-License-Identifier: MIT
#include "kernel/cpu/legacy.h"
#include "kernel/acpi/acpi.h"
#include "kernel/acpi/hpet.h"
#include "kernel/cpu/hpet_regs.h"
#include "kernel/cpu/ports.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"

#define PIC1_MASK             0x21
#define PIC2_MASK             0xa1
#define PIT_COMMAND           0x43
#define PIT_CHANNEL0_ONE_SHOT 0x30 /* mode 0: without a count it waits for ever */

static void quiet_hpet(const struct acpi_header *table)
{
	struct hpet hpet;
	const char *why;
	volatile uint8_t *registers;

	if (hpet_parse(table, &hpet, &why))
		return;
	registers = memory_map_device(hpet.base, HPET_SIZE);
	if (registers)
		mmio_write32(registers + HPET_CONFIGURATION,
		             mmio_read32(registers + HPET_CONFIGURATION) &
		                     ~(HPET_ENABLE_CNF | HPET_LEG_RT_CNF));
}

void legacy_quiet(void)
{
	const struct acpi_header *table = acpi_table("HPET", 0);

	io_write8(PIC1_MASK, 0xff);
	io_write8(PIC2_MASK, 0xff);
	io_write8(PIT_COMMAND, PIT_CHANNEL0_ONE_SHOT);
	if (table)
		quiet_hpet(table);
}
