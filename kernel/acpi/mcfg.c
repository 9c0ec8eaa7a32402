// SPDX-License-Identifier: MIT
#include "kernel/acpi/mcfg.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/bits.h"
#include "kernel/string.h"

struct mcfg_table {
	struct acpi_header header;
	uint64_t reserved;
} __attribute__((packed));
_Static_assert(sizeof(struct mcfg_table) == 44, "PCI Firmware 3.3, table 4-2");

struct entry {
	uint64_t base;
	uint16_t segment;
	uint8_t first_bus;
	uint8_t last_bus;
	uint32_t reserved;
} __attribute__((packed));
_Static_assert(sizeof(struct entry) == 16, "PCI Firmware 3.3, table 4-3");

#define BUS_OFFSET GENMASK_ULL(19, 0) /* of configuration space within one bus */

int mcfg_parse(const struct acpi_header *table, struct mcfg *out, const char **why)
{
	const struct mcfg_table *mcfg = (const void *)table;
	const struct entry *entry = (const void *)(mcfg + 1);
	size_t left;

	if (table->length < sizeof(*mcfg)) {
		*why = "it ends before its first allocation";
		return -EINVAL;
	}
	memset(out, 0, sizeof(*out));
	for (left = table->length - sizeof(*mcfg); left; left -= sizeof(*entry), entry++) {
		if (left < sizeof(*entry)) {
			*why = "its last allocation is cut off";
			return -EINVAL;
		}
		if (!entry->base || entry->base & BUS_OFFSET) {
			*why = "an allocation's base is 0 or not a multiple of 1 MiB";
			return -EINVAL;
		}
		if (entry->first_bus > entry->last_bus) {
			*why = "an allocation's first bus comes after its last";
			return -EINVAL;
		}
		if (out->count < MCFG_ALLOCATIONS_MAX)
			out->allocations[out->count++] = (struct mcfg_allocation){
			        entry->base, entry->segment, entry->first_bus, entry->last_bus};
		else
			out->left_out++;
	}
	return 0;
}
