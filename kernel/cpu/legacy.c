// SPDX-License-Identifier: MIT
#include "kernel/cpu/legacy.h"
#include "kernel/acpi/acpi.h"
#include "kernel/cpu/hpet.h"
#include "kernel/cpu/hpet_regs.h"
#include "kernel/cpu/pit_regs.h"
#include "kernel/cpu/ports.h"
#include "kernel/mmio.h"
#include "kernel/print.h"

#define PIC1_MASK 0x21
#define PIC2_MASK 0xa1

static void quiet_hpet(void)
{
	struct hpet hpet;
	const char *why;
	volatile uint8_t *registers = hpet_find(&hpet, &why);

	if (registers)
		mmio_write32(registers + HPET_CONFIGURATION,
		             mmio_read32(registers + HPET_CONFIGURATION) &
		                     ~(HPET_ENABLE_CNF | HPET_LEG_RT_CNF));
	else if (acpi_table("HPET", 0))
		print("# acpi: %s\n", why);
}

void legacy_quiet(void)
{
	io_write8(PIC1_MASK, 0xff);
	io_write8(PIC2_MASK, 0xff);
	io_write8(PIT_COMMAND, PIT_CHANNEL0_ONE_SHOT);
	quiet_hpet();
}
