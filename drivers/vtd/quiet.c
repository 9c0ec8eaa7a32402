// SPDX-License-Identifier: MIT
// What makes a unit quiet, whoever has left it on: this kernel, the firmware, a kernel before.
#include "drivers/vtd/command.h"
#include "drivers/vtd/regs.h"
#include "drivers/vtd/unit.h"
#include "kernel/mmio.h"
#include "kernel/print.h"

/*
 * The invalidation queue is fetched whatever else is on, so it goes off last; hardware must be done
 * with it then, and the last it did must be a wait (6.5.2, Queued Invalidation Interface). One that
 * cannot be ended like this is switched off all the same: hardware may obey.
 */
static int queue_off(struct vtd_unit *unit)
{
	if (!(mmio_read32(unit->registers + GSTS_REG) & GSTS_QIES))
		return 0;
	vtd_queue_finish(&unit->queue, unit->ecap & ECAP_SMTS);
	return vtd_switch(unit, GCMD_QIE, false, "GSTS.QIES");
}

int vtd_unit_queue_off(struct vtd_unit *unit)
{
	return mmio_read32(unit->registers + GSTS_REG) & GSTS_IRES ? 0 : queue_off(unit);
}

/* 11.4.8.1: memory the firmware kept devices out of, queue memory of a device among it. */
static int protected_memory_off(struct vtd_unit *unit)
{
	uint32_t pmen;

	if (!(unit->cap & (CAP_PLMR | CAP_PHMR)))
		return 0;
	pmen = mmio_read32(unit->registers + PMEN_REG);
	if (!(pmen & (PMEN_EPM | PMEN_PRS)))
		return 0;
	mmio_write32(unit->registers + PMEN_REG, pmen & ~PMEN_EPM);
	return vtd_await(unit, PMEN_REG, PMEN_PRS, false, "PMEN.PRS");
}

/*
 * In scalable mode hardware refuses 128-bit descriptors (6.5.2.11, table 26), and the mode outlives
 * the translation that used it.
 */
static int legacy_table_mode(struct vtd_unit *unit)
{
	if (!(mmio_read64(unit->registers + RTADDR_REG) & RTADDR_TTM))
		return 0;
	mmio_write64(unit->registers + RTADDR_REG, 0);
	return vtd_command_once(unit, GCMD_SRTP, "GSTS.RTPS");
}

static void mask(struct vtd_event *event)
{
	event->store.ops->mask(&event->store);
}

/*
 * Users of tables first, the queue that could still be asked to invalidate for them last. CFI is
 * commanded only where CFIS is set: an emulation that does not model it would never answer.
 */
int vtd_unit_disable(struct vtd_unit *unit)
{
	int error = vtd_switch(unit, GCMD_TE, false, "GSTS.TES");

	if (!error)
		error = protected_memory_off(unit);
	if (!error)
		error = vtd_switch(unit, GCMD_IRE, false, "GSTS.IRES");
	if (!error)
		error = vtd_switch(unit, GCMD_CFI, false, "GSTS.CFIS");
	if (!error)
		error = queue_off(unit);
	if (!error)
		error = legacy_table_mode(unit);
	if (error)
		return error;

	mask(&unit->fault_event);
	if (unit->ecap & ECAP_QI) {
		mask(&unit->completion_event);
		mmio_write32(unit->registers + ICS_REG, ICS_IWC);
	}
	/* With one of these left over, hardware would fetch nothing from the new queue. */
	mmio_write32(unit->registers + FSTS_REG, FSTS_QUEUE_ERRORS);
	return 0;
}

/* One clause of the line, behind those before it. */
static void add(char *text, size_t size, int *length, bool condition, const char *clause)
{
	if (condition && (size_t)*length < size)
		*length +=
		        format(text + *length, size - *length, "%s%s", *length ? ", " : "", clause);
}

void vtd_unit_print_left_on(const struct vtd_unit *unit)
{
	uint32_t gsts = mmio_read32(unit->registers + GSTS_REG);
	uint32_t fsts = mmio_read32(unit->registers + FSTS_REG);
	bool queue = unit->ecap & ECAP_QI;
	char text[256] = "";
	int length = 0;

	add(text, sizeof(text), &length, gsts & GSTS_TES, "DMA translation");
	add(text, sizeof(text), &length,
	    unit->cap & (CAP_PLMR | CAP_PHMR) &&
	            mmio_read32(unit->registers + PMEN_REG) & (PMEN_EPM | PMEN_PRS),
	    "protected memory");
	add(text, sizeof(text), &length, gsts & GSTS_IRES,
	    mmio_read64(unit->registers + IRTA_REG) & IRTA_EIME
	            ? "interrupt remapping in x2APIC format"
	            : "interrupt remapping in xAPIC format");
	add(text, sizeof(text), &length, gsts & GSTS_CFIS, "compatibility format allowed");
	add(text, sizeof(text), &length, gsts & GSTS_QIES, "the invalidation queue");
	add(text, sizeof(text), &length, fsts & FSTS_IQE, "an invalidation queue error (IQE)");
	add(text, sizeof(text), &length, fsts & FSTS_ITE, "an invalidation time-out (ITE)");
	add(text, sizeof(text), &length, fsts & FSTS_ICE, "an invalidation completion error (ICE)");
	add(text, sizeof(text), &length, mmio_read64(unit->registers + RTADDR_REG) & RTADDR_TTM,
	    "scalable mode");
	add(text, sizeof(text), &length, !(mmio_read32(unit->registers + FECTL_REG) & FECTL_IM),
	    "the fault event");
	add(text, sizeof(text), &length,
	    queue && !(mmio_read32(unit->registers + IECTL_REG) & IECTL_IM),
	    "the completion event");
	add(text, sizeof(text), &length, fsts & FSTS_PPF, "faults not read");
	add(text, sizeof(text), &length, fsts & FSTS_PFO, "faults not recorded (PFO)");
	if (length)
		print("# %s: left on by what ran before: %s\n", unit->name, text);
}
