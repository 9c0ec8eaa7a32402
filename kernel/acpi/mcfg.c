// SPDX-License-Identifier: MIT
#include "kernel/acpi/mcfg.h"

#include <asm-generic/errno.h>
#include <stdbool.h>
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
#define BUS_SIZE   (BUS_OFFSET + 1)

static uint64_t first_byte(const struct mcfg_allocation *allocation)
{
	return allocation->base + allocation->first_bus * BUS_SIZE;
}

static uint64_t last_byte(const struct mcfg_allocation *allocation)
{
	return allocation->base + (allocation->last_bus + 1ULL) * BUS_SIZE - 1;
}

static bool same_buses(const struct mcfg_allocation *a, const struct mcfg_allocation *b)
{
	return a->segment == b->segment && a->first_bus <= b->last_bus &&
	       b->first_bus <= a->last_bus;
}

static bool same_memory(const struct mcfg_allocation *a, const struct mcfg_allocation *b)
{
	return first_byte(a) <= last_byte(b) && first_byte(b) <= last_byte(a);
}

/* Each function must be found once: found twice it would be driven twice. NULL: it is. */
static const char *fault_among(const struct mcfg *mcfg)
{
	bool segment_zero = false;

	if (!mcfg->count)
		return "it has no allocation";
	for (uint32_t i = 0; i < mcfg->count; i++) {
		const struct mcfg_allocation *a = &mcfg->allocations[i];

		segment_zero |= a->segment == 0;
		if (last_byte(a) < a->base)
			return "an allocation reaches past the end of all addresses";
		for (uint32_t j = 0; j < i; j++) {
			if (same_buses(a, &mcfg->allocations[j]))
				return "two allocations have the same buses";
			if (same_memory(a, &mcfg->allocations[j]))
				return "two allocations have the same addresses";
		}
	}
	return segment_zero ? NULL : "it leaves out segment 0, which every machine has";
}

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
	*why = fault_among(out);
	return *why ? -EINVAL : 0;
}
