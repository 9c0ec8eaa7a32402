// SPDX-License-Identifier: MIT
#include "drivers/vtd/vtd.h"

#include <asm-generic/errno.h>

#include "drivers/pci/pci.h"
#include "drivers/vtd/dmar.h"
#include "drivers/vtd/ir_domain.h"
#include "drivers/vtd/regs.h"
#include "kernel/acpi/acpi.h"
#include "kernel/cpu/apic.h"
#include "kernel/irq/source.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/string.h"

static struct dmar dmar;
static struct vtd_unit *units; /* units[n] is dmar.drhds[n] */
static unsigned int unit_count;
static int unavailable = -ENODEV; /* 0: remapping can be switched on */
static char reason[128] = "VT-d has not been looked for";
static bool enabled;

static int parse_table(void)
{
	const struct acpi_header *table = acpi_only_table("DMAR");
	const char *why;
	int error;

	if (!table && acpi_table_broken("DMAR")) {
		format(reason, sizeof(reason), "the DMAR table is broken");
		return -EINVAL;
	}
	if (!table) {
		format(reason, sizeof(reason), "the firmware reports no VT-d (no DMAR table)");
		return -ENODEV;
	}
	error = dmar_parse(table, &dmar, &why);
	if (error)
		format(reason, sizeof(reason), "DMAR refused: %s", why);
	return error;
}

/*
 * Every unit is quieted, also on a machine that cannot remap and behind one that does not obey:
 * translation left on blocks DMA. The first error counts.
 */
static int find_units(uint32_t entries)
{
	int first_error = 0;

	units = memory_alloc(dmar.drhd_count * sizeof(*units), 64);
	if (!units) {
		format(reason, sizeof(reason), "no memory for %u units", dmar.drhd_count);
		return -ENOMEM;
	}
	for (unsigned int n = 0; n < dmar.drhd_count; n++) {
		const struct dmar_drhd *drhd = &dmar.drhds[n];
		int error = vtd_unit_init(&units[n], n, drhd, entries);

		if (error && !first_error) {
			format(reason, sizeof(reason),
			       "unit vtd%u at %llx cannot be used (error %d)", n,
			       (unsigned long long)drhd->base, -error);
			first_error = error;
		}
		if (!first_error)
			unit_count++;
	}
	return first_error;
}

static int check_unit(const struct vtd_unit *unit)
{
	const char *missing = NULL;

	if (!(unit->ecap & ECAP_QI))
		missing = "queued invalidation (ECAP.QI)";
	else if (!(unit->ecap & ECAP_IR))
		missing = "interrupt remapping (ECAP.IR)";
	else if (apic_is_x2apic() && !(unit->ecap & ECAP_EIM))
		missing = "32-bit destinations (ECAP.EIM); try apic=xapic";
	else if (!apic_is_x2apic() && unit->ecap & ECAP_EIMER)
		missing = "8-bit destinations (ECAP.EIMER); try apic=x2apic";
	if (!missing)
		return 0;
	format(reason, sizeof(reason), "%s has no %s", unit->name, missing);
	return -ENODEV;
}

/*
 * The messages of an IO-APIC that no unit names, or by a path whose last bus nobody knows, would
 * come from a source that no entry can be made for. It has no other way to send, so nothing is
 * remapped then, as in Linux. (An HPET has: its timers also have IO-APIC pins. Only its own
 * messages are refused, one by one.)
 */
static int check_io_apics(const struct madt *madt)
{
	struct dmar_source source;

	for (uint32_t n = 0; madt && n < madt->io_apic_count; n++) {
		int error = dmar_io_apic(&dmar, madt->io_apics[n].id, &source);

		if (!error)
			continue;
		format(reason, sizeof(reason),
		       error == -ENOENT ? "no unit covers IO-APIC %u (DMAR table)"
		                        : "IO-APIC %u is behind a bridge (DMAR table): its source "
		                          "id is not known",
		       madt->io_apics[n].id);
		return -ENODEV;
	}
	return 0;
}

static int check(const struct madt *madt)
{
	int error = 0;

	if (!dmar.interrupt_remapping || !unit_count) {
		format(reason, sizeof(reason),
		       "the firmware reports no interrupt remapping (DMAR flag INTR_REMAP)");
		return -ENODEV;
	}
	if (dmar.x2apic_opt_out && apic_is_x2apic()) {
		format(reason, sizeof(reason),
		       "the firmware opts out of x2APIC (DMAR flag X2APIC_OPT_OUT); try "
		       "apic=xapic");
		return -ENODEV;
	}
	for (unsigned int n = 0; n < unit_count && !error; n++)
		error = check_unit(&units[n]);
	return error ? error : check_io_apics(madt);
}

int vtd_init(const struct madt *madt, uint32_t entries)
{
	unavailable = parse_table();
	if (!unavailable)
		unavailable = find_units(entries);
	if (!unavailable)
		unavailable = check(madt);
	return unavailable;
}

void vtd_print_head(void)
{
	if (dmar.host_address_width)
		print("# head dmar_address_width=%u dmar_flags=%02x units=%u\n",
		      dmar.host_address_width, dmar.flags, unit_count);
}

void vtd_register_sources(void)
{
	for (unsigned int n = 0; n < unit_count; n++) {
		int error;

		if (!(units[n].ecap & ECAP_QI))
			continue;
		error = vtd_event_register_source(&units[n], dmar.drhds[n].base);
		if (error)
			print("# %s: its completion event is no source: error %d\n", units[n].name,
			      error);
	}
}

/*
 * A device that no unit covers sends past all of them, and what it is told has to be a plain
 * message. Nobody knows whether that comes through; it is what Linux does, too.
 */
void vtd_mark_uncovered_sources(void)
{
	const char *told = "";
	struct source *source;

	for (unsigned int n = 0; !unavailable && (source = source_get(n)); n++) {
		struct requester *requester = &source->requester;

		if (requester->by_name || vtd_unit_covering(requester))
			continue;
		requester->bypasses = true;
		if (strcmp(source->location, told))
			print("# vtd: no unit covers %s at %s: its messages are never remapped\n",
			      source->name, source->location);
		told = source->location;
	}
}

const char *vtd_unavailable_reason(void)
{
	return unavailable ? reason : NULL;
}

/* The first `count` units go back to quiet; the first error wins. */
static int disable_units(unsigned int count)
{
	int error = 0;

	for (unsigned int n = 0; n < count; n++) {
		int e = vtd_unit_disable(&units[n]);

		error = error ? error : e;
	}
	return error;
}

int vtd_enable(void)
{
	int error = unavailable;

	if (error || enabled)
		return error;
	/* First, for it refuses while irqs exist: their messages would be blocked from now on. */
	error = irq_set_remapping_domain(&vtd_ir_domain);
	if (error)
		return error;
	for (unsigned int n = 0; n < unit_count && !error; n++) {
		error = vtd_unit_enable(&units[n], apic_is_x2apic());
		if (error) {
			disable_units(n);
			irq_set_remapping_domain(NULL);
		}
	}
	enabled = !error;
	return error;
}

int vtd_disable(void)
{
	int error;

	if (!enabled)
		return 0;
	error = irq_set_remapping_domain(NULL);
	if (error)
		return error;
	enabled = false;
	return disable_units(unit_count);
}

bool vtd_enabled(void)
{
	return enabled;
}

struct vtd_unit *vtd_unit_get(unsigned int n)
{
	return n < unit_count ? &units[n] : NULL;
}

/* Each bridge leads to a bus of its own, so there cannot be more on the way. */
#define CHAIN_MAX 257

/*
 * Where the device sits decides, not the id its messages carry. A device that PCI has not found is
 * looked up as one on a root bus.
 */
struct vtd_unit *vtd_unit_covering(const struct requester *requester)
{
	struct dmar_hop chain[CHAIN_MAX];
	unsigned int first = CHAIN_MAX - 1;
	const struct pci_function *function = pci_function_of(requester);
	const struct dmar_drhd *drhd;

	chain[first] = (struct dmar_hop){requester->device_bus, requester->device_devfn};
	while (function && function->parent) {
		function = function->parent;
		chain[--first] = (struct dmar_hop){function->bus, function->devfn};
	}
	drhd = dmar_drhd_for_pci(&dmar, requester->segment, &chain[first], CHAIN_MAX - first);
	return drhd ? vtd_unit_get(drhd - dmar.drhds) : NULL;
}

/* Where nothing can be remapped the table is not looked at: it may have been refused. */
static int requester_by_name(int (*look_up)(const struct dmar *, uint8_t, struct dmar_source *),
                             uint8_t name, struct requester *out)
{
	struct dmar_source source;
	int error = unavailable ? unavailable : look_up(&dmar, name, &source);

	*out = (struct requester){.by_name = true};
	if (error)
		return error;
	out->segment = source.drhd->segment;
	out->id = source.id;
	out->device_bus = source.id >> 8;
	out->device_devfn = source.id & 0xff;
	out->unit = vtd_unit_get(source.drhd - dmar.drhds);
	return 0;
}

int vtd_requester_io_apic(uint8_t id, struct requester *out)
{
	return requester_by_name(dmar_io_apic, id, out);
}

int vtd_requester_hpet(uint8_t number, struct requester *out)
{
	return requester_by_name(dmar_hpet, number, out);
}

/* Not for ever, where a record cannot be cleared or a device is as fast as its reader. */
static void count_faults(struct vtd_fault_log *log)
{
	struct vtd_fault faults[8];
	unsigned int rounds = vtd_fault_registers(log) / 8 + 1;

	while (rounds-- && vtd_fault_poll(log, faults, 8) == 8)
		;
}

uint64_t vtd_blocked(uint16_t segment, uint16_t source_id, struct vtd_fault *last)
{
	uint64_t blocked = 0;

	for (unsigned int n = 0; n < unit_count; n++) {
		if (units[n].segment != segment)
			continue;
		count_faults(&units[n].faults);
		blocked += vtd_fault_blocked(&units[n].faults, source_id, last);
	}
	return blocked;
}

unsigned int vtd_take_faults(void)
{
	struct vtd_fault fault;
	unsigned int taken = 0;

	for (unsigned int n = 0; n < unit_count; n++)
		/* Not for ever, where one cannot be cleared. */
		for (unsigned int i = 0; i <= field_get(CAP_NFR, units[n].cap); i++)
			if (vtd_fault_poll(&units[n].faults, &fault, 1)) {
				vtd_fault_print(&units[n].faults, &fault);
				taken++;
			}
	return taken;
}

static void print_unit(struct vtd_unit *unit)
{
	print("# %s: GSTS %08x, FSTS %08x, IRTA %016llx, IQH %05llx, IQT %05llx, "
	      "%llu fault overflows\n",
	      unit->name, mmio_read32(unit->registers + GSTS_REG),
	      mmio_read32(unit->registers + FSTS_REG),
	      (unsigned long long)mmio_read64(unit->registers + IRTA_REG),
	      (unsigned long long)mmio_read64(unit->registers + IQH_REG),
	      (unsigned long long)mmio_read64(unit->registers + IQT_REG),
	      (unsigned long long)unit->faults.overflows);
	for (unsigned int index = 0; index < unit->indexes.size; index++) {
		char text[IRTE_TEXT_SIZE];

		if (!(unit->table[index].lo & IRTE_LO_P))
			continue;
		irte_describe(&unit->table[index], unit->extended, text, sizeof(text));
		print("# %s: entry %u: %s\n", unit->name, index, text);
	}
	vtd_fault_report(&unit->faults);
}

void vtd_print_state(void)
{
	for (unsigned int n = 0; n < unit_count; n++)
		print_unit(&units[n]);
}
