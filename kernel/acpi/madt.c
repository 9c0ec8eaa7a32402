// SPDX-License-Identifier: MIT
#include "kernel/acpi/madt.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/string.h"

struct madt_table {
	struct acpi_header header;
	uint32_t local_apic;
	uint32_t flags; /* bit 0 PCAT_COMPAT */
} __attribute__((packed));
_Static_assert(sizeof(struct madt_table) == 44, "ACPI 6.5, table 5.19");

#define FLAG_PCAT_COMPAT 1U

struct entry {
	uint8_t type;
	uint8_t length;
} __attribute__((packed));

/* ACPI 6.5, 5.2.12.2 "Processor Local APIC Structure". */
struct entry_local_apic {
	struct entry entry;
	uint8_t processor_uid;
	uint8_t apic_id;
	uint32_t flags;
} __attribute__((packed));
_Static_assert(sizeof(struct entry_local_apic) == 8, "ACPI 6.5, 5.2.12.2");

#define FLAG_ENABLED        1U
#define FLAG_ONLINE_CAPABLE 2U

/* What means all CPUs is the id of none: 255 in this structure, all ones in the x2APIC one. */
#define BROADCAST 0xffffffff

/* ACPI 6.5, 5.2.12.3 "I/O APIC Structure". */
struct entry_io_apic {
	struct entry entry;
	uint8_t id;
	uint8_t reserved;
	uint32_t address;
	uint32_t gsi_base;
} __attribute__((packed));
_Static_assert(sizeof(struct entry_io_apic) == 12, "ACPI 6.5, 5.2.12.3");

/* ACPI 6.5, 5.2.12.5 "Interrupt Source Override Structure". */
struct entry_override {
	struct entry entry;
	uint8_t bus; /* 0, ISA */
	uint8_t source;
	uint32_t gsi;
	uint16_t flags;
} __attribute__((packed));
_Static_assert(sizeof(struct entry_override) == 10, "ACPI 6.5, 5.2.12.5");

/* ACPI 6.5, 5.2.12.8 "Local APIC Address Override Structure". */
struct entry_address {
	struct entry entry;
	uint16_t reserved;
	uint64_t address;
} __attribute__((packed));
_Static_assert(sizeof(struct entry_address) == 12, "ACPI 6.5, 5.2.12.8");

/* ACPI 6.5, 5.2.12.12 "Processor Local x2APIC Structure". */
struct entry_x2apic {
	struct entry entry;
	uint16_t reserved;
	uint32_t apic_id;
	uint32_t flags;
	uint32_t processor_uid;
} __attribute__((packed));
_Static_assert(sizeof(struct entry_x2apic) == 16, "ACPI 6.5, 5.2.12.12");

enum entry_type {
	ENTRY_LOCAL_APIC = 0,
	ENTRY_IO_APIC = 1,
	ENTRY_OVERRIDE = 2,
	ENTRY_ADDRESS = 5,
	ENTRY_X2APIC = 9,
};

static size_t smallest(uint8_t type)
{
	switch (type) {
	case ENTRY_LOCAL_APIC:
		return sizeof(struct entry_local_apic);
	case ENTRY_IO_APIC:
		return sizeof(struct entry_io_apic);
	case ENTRY_OVERRIDE:
		return sizeof(struct entry_override);
	case ENTRY_ADDRESS:
		return sizeof(struct entry_address);
	case ENTRY_X2APIC:
		return sizeof(struct entry_x2apic);
	default:
		return sizeof(struct entry);
	}
}

/*
 * An id may stand in a local APIC and in a local x2APIC entry, and firmware lists CPUs twice by
 * mistake. Neither flag set: ACPI has the entry ignored, it is a placeholder of an empty socket.
 */
static void add_cpu(struct madt *madt, uint32_t apic_id, uint32_t flags)
{
	struct madt_cpu cpu = {.apic_id = apic_id,
	                       .enabled = flags & FLAG_ENABLED,
	                       .online_capable = flags & FLAG_ONLINE_CAPABLE};

	if (!cpu.enabled && !cpu.online_capable)
		return;
	if (apic_id == BROADCAST) {
		madt->senseless++;
		return;
	}
	for (uint32_t i = 0; i < madt->cpu_count; i++) {
		if (madt->cpus[i].apic_id == apic_id) {
			madt->cpus[i].enabled |= cpu.enabled;
			madt->cpus[i].online_capable |= cpu.online_capable;
			return;
		}
	}
	if (madt->cpu_count < MADT_CPUS_MAX)
		madt->cpus[madt->cpu_count++] = cpu;
	else
		madt->left_out++;
}

static void add_io_apic(struct madt *madt, const struct entry_io_apic *entry)
{
	if (madt->io_apic_count < MADT_IO_APICS_MAX)
		madt->io_apics[madt->io_apic_count++] =
		        (struct madt_io_apic){entry->address, entry->gsi_base, entry->id};
	else
		madt->left_out++;
}

static void add_override(struct madt *madt, const struct entry_override *entry)
{
	/* ACPI knows no other bus than ISA here, and ISA no other interrupts. */
	if (entry->bus != 0 || entry->source > 15)
		madt->senseless++;
	else if (madt->override_count < MADT_OVERRIDES_MAX)
		madt->overrides[madt->override_count++] =
		        (struct madt_override){entry->gsi, entry->flags, entry->source};
	else
		madt->left_out++;
}

static void add_entry(struct madt *madt, const struct entry *entry)
{
	const struct entry_local_apic *local_apic = (const void *)entry;
	const struct entry_x2apic *x2apic = (const void *)entry;

	switch (entry->type) {
	case ENTRY_LOCAL_APIC:
		add_cpu(madt, local_apic->apic_id == 0xff ? BROADCAST : local_apic->apic_id,
		        local_apic->flags);
		break;
	case ENTRY_X2APIC:
		add_cpu(madt, x2apic->apic_id, x2apic->flags);
		break;
	case ENTRY_IO_APIC:
		add_io_apic(madt, (const void *)entry);
		break;
	case ENTRY_OVERRIDE:
		add_override(madt, (const void *)entry);
		break;
	case ENTRY_ADDRESS:
		madt->local_apic = ((const struct entry_address *)entry)->address;
		break;
	}
}

int madt_parse(const struct acpi_header *table, struct madt *out, const char **why)
{
	const struct madt_table *madt = (const void *)table;
	const struct entry *entry;
	size_t offset, left;

	if (table->length < sizeof(*madt)) {
		*why = "it ends before its first entry";
		return -EINVAL;
	}
	memset(out, 0, sizeof(*out));
	out->local_apic = madt->local_apic;
	out->has_8259 = madt->flags & FLAG_PCAT_COMPAT;
	for (offset = sizeof(*madt); offset < table->length; offset += entry->length) {
		entry = (const void *)((const uint8_t *)table + offset);
		left = table->length - offset;
		if (left < sizeof(*entry) || entry->length > left) {
			*why = "an entry reaches past its end";
			return -EINVAL;
		}
		if (entry->length < smallest(entry->type)) {
			*why = "an entry is shorter than its type";
			return -EINVAL;
		}
		add_entry(out, entry);
	}
	return 0;
}
