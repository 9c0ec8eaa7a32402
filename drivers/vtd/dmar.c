// SPDX-License-Identifier: MIT
#include "drivers/vtd/dmar.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/bits.h"
#include "kernel/string.h"

struct dmar_table {
	struct acpi_header header;
	uint8_t host_address_width; /* less one */
	uint8_t flags;
	uint8_t reserved[10];
} __attribute__((packed));
_Static_assert(sizeof(struct dmar_table) == 48, "VT-d r4.1, 8.1");

#define FLAG_INTR_REMAP     BIT_ULL(0)
#define FLAG_X2APIC_OPT_OUT BIT_ULL(1)

/* VT-d r4.1, 8.2 "Remapping Structure Types". */
struct remapping_entry {
	uint16_t type;
	uint16_t length;
} __attribute__((packed));

#define TYPE_DRHD 0

struct drhd_entry {
	struct remapping_entry entry;
	uint8_t flags;
	uint8_t size;
	uint16_t segment;
	uint64_t base;
} __attribute__((packed));
_Static_assert(sizeof(struct drhd_entry) == 16, "VT-d r4.1, 8.3");

#define DRHD_INCLUDE_PCI_ALL BIT_ULL(0)
#define DRHD_SIZE            GENMASK_ULL(3, 0) /* 2^N pages of 4 KiB */
#define PAGE                 4096ULL

struct scope_entry {
	uint8_t type;
	uint8_t length;
	uint8_t flags;
	uint8_t reserved;
	uint8_t enumeration_id;
	uint8_t start_bus;
} __attribute__((packed));
_Static_assert(sizeof(struct scope_entry) == 6, "VT-d r4.1, 8.3.1");

struct scope_hop {
	uint8_t device;
	uint8_t function;
} __attribute__((packed));

static int refuse(const char **why, const char *reason, int error)
{
	*why = reason;
	return error;
}

/* `entry` lies within its DRHD with all of its length. */
static int parse_scope(const struct scope_entry *entry, struct dmar *out, const char **why)
{
	const struct scope_hop *hops = (const void *)(entry + 1);
	size_t hop_bytes = entry->length - sizeof(*entry);
	size_t count = hop_bytes / sizeof(*hops);
	struct dmar_scope *scope = &out->scopes[out->scope_count];

	if (!count || hop_bytes % sizeof(*hops))
		return refuse(why, "a device scope has no path, or half a step in it", -EINVAL);
	if (count > DMAR_HOPS_MAX)
		return refuse(why, "a device scope's path has more than 8 steps", -ENOSPC);
	if (out->scope_count == DMAR_SCOPES_MAX)
		return refuse(why, "it has more than 256 device scopes", -ENOSPC);
	scope->type = entry->type;
	scope->enumeration_id = entry->enumeration_id;
	scope->start_bus = entry->start_bus;
	scope->hop_count = count;
	for (size_t i = 0; i < count; i++) {
		if (hops[i].device > 31 || hops[i].function > 7)
			return refuse(why, "a device scope's path names no PCI function", -EINVAL);
		scope->hops[i] = hops[i].device << 3 | hops[i].function;
	}
	out->scope_count++;
	return 0;
}

/* Every scope of `entry`, which lies within the table with all of its length. */
static int parse_scopes(const struct drhd_entry *entry, struct dmar *out, const char **why)
{
	const struct scope_entry *scope;
	size_t offset;

	for (offset = sizeof(*entry); offset < entry->entry.length; offset += scope->length) {
		size_t left = entry->entry.length - offset;
		int error;

		scope = (const void *)((const uint8_t *)entry + offset);
		if (left < sizeof(*scope) || scope->length > left)
			return refuse(why, "a device scope reaches past its DRHD", -EINVAL);
		if (scope->length < sizeof(*scope))
			return refuse(why, "a device scope is shorter than 6 bytes", -EINVAL);
		error = parse_scope(scope, out, why);
		if (error)
			return error;
	}
	return 0;
}

static int parse_drhd(const struct drhd_entry *entry, struct dmar *out, const char **why)
{
	struct dmar_drhd *drhd = &out->drhds[out->drhd_count];
	int error;

	if (entry->entry.length < sizeof(*entry))
		return refuse(why, "a DRHD is shorter than 16 bytes", -EINVAL);
	if (!entry->base || entry->base % PAGE)
		return refuse(why, "a DRHD's registers lie at 0 or not at a page", -EINVAL);
	if (out->drhd_count == DMAR_DRHDS_MAX)
		return refuse(why, "it has more than 64 DRHDs", -ENOSPC);
	drhd->base = entry->base;
	drhd->size = PAGE << field_get(DRHD_SIZE, entry->size);
	drhd->segment = entry->segment;
	drhd->include_pci_all = entry->flags & DRHD_INCLUDE_PCI_ALL;
	drhd->first_scope = out->scope_count;
	error = parse_scopes(entry, out, why);
	if (error)
		return error;
	drhd->scope_count = out->scope_count - drhd->first_scope;
	out->drhd_count++;
	return 0;
}

/* The difference that is not negative wraps round, and is then larger than any size. */
static bool same_registers(const struct dmar_drhd *a, const struct dmar_drhd *b)
{
	return a->base - b->base < b->size || b->base - a->base < a->size;
}

/* An IO-APIC or an HPET goes by its number alone, wherever it sits. */
static bool same_device(const struct dmar_scope *a, const struct dmar_scope *b, bool same_segment)
{
	if (a->type != b->type)
		return false;
	if (a->type == DMAR_SCOPE_IO_APIC || a->type == DMAR_SCOPE_HPET)
		return a->enumeration_id == b->enumeration_id;
	if (a->type != DMAR_SCOPE_ENDPOINT && a->type != DMAR_SCOPE_SUB_HIERARCHY)
		return false;
	return same_segment && a->start_bus == b->start_bus && a->hop_count == b->hop_count &&
	       !memcmp(a->hops, b->hops, a->hop_count);
}

static bool same_scope(const struct dmar *dmar, const struct dmar_drhd *a,
                       const struct dmar_drhd *b)
{
	for (unsigned int i = 0; i < a->scope_count; i++)
		for (unsigned int j = 0; j < b->scope_count; j++)
			if (same_device(&dmar->scopes[a->first_scope + i],
			                &dmar->scopes[b->first_scope + j],
			                a->segment == b->segment))
				return true;
	return false;
}

/*
 * What two units claim would be remapped by the table of one and translated by the other: VT-d
 * r4.1, 8.3 "DMA Remapping Hardware Unit Definition Structure" has each device under one unit only.
 */
static int check_units(const struct dmar *dmar, const char **why)
{
	if (!dmar->drhd_count)
		return refuse(why, "it names no remapping unit (DRHD)", -EINVAL);
	for (unsigned int i = 0; i < dmar->drhd_count; i++)
		for (unsigned int j = 0; j < i; j++) {
			const struct dmar_drhd *a = &dmar->drhds[i], *b = &dmar->drhds[j];

			if (same_registers(a, b))
				return refuse(why, "two DRHDs have the same registers", -EINVAL);
			if (a->segment == b->segment && a->include_pci_all && b->include_pci_all)
				return refuse(why, "two DRHDs cover all the rest of one segment",
				              -EINVAL);
			if (same_scope(dmar, a, b))
				return refuse(why, "two DRHDs name the same device", -EINVAL);
		}
	return 0;
}

int dmar_parse(const struct acpi_header *table, struct dmar *out, const char **why)
{
	const struct dmar_table *dmar = (const void *)table;
	const struct remapping_entry *entry;
	size_t offset;

	if (table->length < sizeof(*dmar))
		return refuse(why, "it ends before its first structure", -EINVAL);
	memset(out, 0, sizeof(*out));
	out->host_address_width = dmar->host_address_width + 1;
	out->flags = dmar->flags;
	out->interrupt_remapping = dmar->flags & FLAG_INTR_REMAP;
	out->x2apic_opt_out = dmar->flags & FLAG_X2APIC_OPT_OUT;
	for (offset = sizeof(*dmar); offset < table->length; offset += entry->length) {
		size_t left = table->length - offset;
		int error;

		entry = (const void *)((const uint8_t *)table + offset);
		if (left < sizeof(*entry) || entry->length > left)
			return refuse(why, "a structure reaches past its end", -EINVAL);
		if (entry->length < sizeof(*entry))
			return refuse(why, "a structure is shorter than 4 bytes", -EINVAL);
		if (entry->type != TYPE_DRHD)
			continue;
		error = parse_drhd((const void *)entry, out, why);
		if (error)
			return error;
	}
	return check_units(out, why);
}

static int find_source(const struct dmar *dmar, enum dmar_scope_type type, uint8_t enumeration_id,
                       struct dmar_source *out)
{
	for (unsigned int i = 0; i < dmar->drhd_count; i++) {
		const struct dmar_drhd *drhd = &dmar->drhds[i];

		for (unsigned int j = 0; j < drhd->scope_count; j++) {
			const struct dmar_scope *scope = &dmar->scopes[drhd->first_scope + j];

			if (scope->type != type || scope->enumeration_id != enumeration_id)
				continue;
			if (scope->hop_count != 1)
				return -EOPNOTSUPP;
			out->drhd = drhd;
			out->id = scope->start_bus << 8 | scope->hops[0];
			return 0;
		}
	}
	return -ENOENT;
}

int dmar_io_apic(const struct dmar *dmar, uint8_t id, struct dmar_source *out)
{
	return find_source(dmar, DMAR_SCOPE_IO_APIC, id, out);
}

int dmar_hpet(const struct dmar *dmar, uint8_t number, struct dmar_source *out)
{
	return find_source(dmar, DMAR_SCOPE_HPET, number, out);
}

/*
 * VT-d has the start bus be a root bus, where the chain begins. Firmware in the field also names
 * the bus behind a bridge; bus numbers are unique in a segment, so the path can be tried from the
 * place in the chain that sits on the start bus.
 */
static bool scope_covers(const struct dmar_scope *scope, const struct dmar_hop *chain,
                         unsigned int length)
{
	unsigned int start = 0;

	if (scope->type != DMAR_SCOPE_ENDPOINT && scope->type != DMAR_SCOPE_SUB_HIERARCHY)
		return false;
	while (start < length && chain[start].bus != scope->start_bus)
		start++;
	if (scope->hop_count > length - start)
		return false;
	if (scope->type == DMAR_SCOPE_ENDPOINT && scope->hop_count != length - start)
		return false;
	for (unsigned int i = 0; i < scope->hop_count; i++)
		if (chain[start + i].devfn != scope->hops[i])
			return false;
	return true;
}

const struct dmar_drhd *dmar_drhd_for_pci(const struct dmar *dmar, uint16_t segment,
                                          const struct dmar_hop *chain, unsigned int length)
{
	const struct dmar_drhd *fallback = NULL;

	for (unsigned int i = 0; i < dmar->drhd_count; i++) {
		const struct dmar_drhd *drhd = &dmar->drhds[i];

		if (drhd->segment != segment)
			continue;
		if (drhd->include_pci_all)
			fallback = drhd;
		for (unsigned int j = 0; j < drhd->scope_count; j++)
			if (scope_covers(&dmar->scopes[drhd->first_scope + j], chain, length))
				return drhd;
	}
	return fallback;
}
