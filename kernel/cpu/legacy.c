// SPDX-License-Identifier: MIT
#include "kernel/cpu/legacy.h"
#include "kernel/acpi/acpi.h"
#include "kernel/acpi/hpet.h"
#include "kernel/bits.h"
#include "kernel/cpu/ports.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"

#define PIC1_MASK             0x21
#define PIC2_MASK             0xa1
#define PIT_COMMAND           0x43
#define PIT_CHANNEL0_ONE_SHOT 0x30 /* mode 0: without a count it waits for ever */

/* IA-PC HPET 1.0a, 2.3.5 "General Configuration Register". */
#define HPET_SIZE          0x400
#define HPET_CONFIGURATION 0x10
#define HPET_ENABLE_CNF    BIT_ULL(0)
#define HPET_LEG_RT_CNF    BIT_ULL(1)

static void quiet_hpet(const struct acpi_header *table)
{
	struct hpet hpet;
	const char *why;
	volatile uint8_t *registers;

	if (hpet_parse(table, &hpet, &why))
		return;
	registers = memory_map_device(hpet.base, HPET_SIZE);
	if (registers)
		mmio_write64(registers + HPET_CONFIGURATION,
		             mmio_read64(registers + HPET_CONFIGURATION) &
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
