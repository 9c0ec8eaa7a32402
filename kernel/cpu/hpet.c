// SPDX-License-Identifier: MIT
#include "kernel/cpu/hpet.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/cpu/hpet_regs.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/registers.h"

/* One that is switched off reads as all ones; elsewhere, this value is not likely. */
static bool is_there(const volatile uint8_t *registers)
{
	uint32_t period = mmio_read32(registers + HPET_COUNTER_CLK_PERIOD);

	return period && period <= HPET_CLK_PERIOD_MAX;
}

volatile uint8_t *hpet_find(struct hpet *found, const char **why)
{
	const struct acpi_header *table = acpi_table("HPET", 0);
	static char reason[128];
	volatile uint8_t *registers;
	const char *fault;

	*why = reason;
	if (!table) {
		*why = "there is no HPET";
		return NULL;
	}
	if (hpet_parse(table, found, &fault)) {
		format(reason, sizeof(reason), "HPET refused: %s", fault);
		return NULL;
	}
	registers = registers_claim("the HPET", found->base, HPET_SIZE, &fault);
	if (registers && is_there(registers))
		return registers;
	if (registers) {
		registers_give_up(registers);
		fault = "nothing there has an HPET's clock period";
	}
	format(reason, sizeof(reason), "HPET at %llx refused: %s", (unsigned long long)found->base,
	       fault);
	return NULL;
}
