// SPDX-License-Identifier: MIT
#include "kernel/acpi/hpet.h"

#include <asm-generic/errno.h>

struct hpet_table {
	struct acpi_header header;
	uint32_t event_timer_block_id;
	struct acpi_generic_address base;
	uint8_t number;
	uint16_t minimum_tick;
	uint8_t page_protection;
} __attribute__((packed));
_Static_assert(sizeof(struct hpet_table) == 56, "IA-PC HPET 1.0a, 3.2.4");

int hpet_parse(const struct acpi_header *table, struct hpet *out, const char **why)
{
	const struct hpet_table *hpet = (const void *)table;

	if (table->length < sizeof(*hpet)) {
		*why = "it is shorter than 56 bytes";
		return -EINVAL;
	}
	if (hpet->base.space != ACPI_SPACE_MEMORY || !hpet->base.address) {
		*why = "its base is not an address in memory";
		return -EINVAL;
	}
	out->base = hpet->base.address;
	out->number = hpet->number;
	return 0;
}
