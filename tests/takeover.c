// SPDX-License-Identifier: MIT
/*
 * What whoever ran before left on in a remapping unit is off before anything is measured. Here the
 * registers are looked at; on the machines that tests/stage/ prepares there is something to find.
 */
#include "drivers/vtd/regs.h"
#include "drivers/vtd/vtd.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "tests/suite.h"
#include "tests/units.h"

static void check_registers(struct test_run *run, const struct vtd_unit *unit)
{
	uint32_t gsts = mmio_read32(unit->registers + GSTS_REG);
	uint32_t fsts = mmio_read32(unit->registers + FSTS_REG);
	uint64_t rtaddr = mmio_read64(unit->registers + RTADDR_REG);

	test_check(run, !(gsts & GSTS_TES), "DMA translation is on (GSTS %08x)", gsts);
	test_check(run, !(gsts & GSTS_IRES), "interrupt remapping is on (GSTS %08x)", gsts);
	test_check(run, !(gsts & GSTS_CFIS), "compatibility format is let through (GSTS %08x)",
	           gsts);
	test_check(run, !(gsts & GSTS_QIES), "the invalidation queue is on (GSTS %08x)", gsts);
	test_check(run, !(rtaddr & RTADDR_TTM), "scalable mode's root table is latched (%lx)",
	           rtaddr);
	test_check(run, !(fsts & FSTS_QUEUE_ERRORS),
	           "an error of the invalidation queue is left (FSTS %08x)", fsts);
	test_check(run, !(fsts & (FSTS_PPF | FSTS_PFO)), "a fault is left (FSTS %08x)", fsts);
	if (unit->cap & (CAP_PLMR | CAP_PHMR))
		test_check(run, !(mmio_read32(unit->registers + PMEN_REG) & PMEN_PRS),
		           "memory is protected against devices");
}

static void check_event(struct test_run *run, struct vtd_event *event, const char *name)
{
	uint32_t control = mmio_read32(event->registers);

	test_check(run, control & FECTL_IM, "the %s event is not masked", name);
	test_check(run, !event->store.ops->pending(&event->store), "the %s event is pending", name);
}

static void takeover(struct test_run *run)
{
	struct vtd_unit *unit = vtd_unit_get(run->instance);

	check_registers(run, unit);
	check_event(run, &unit->fault_event, "fault");
	if (!(unit->ecap & ECAP_QI))
		return;
	check_event(run, &unit->completion_event, "completion");
	test_check(run, !(mmio_read32(unit->registers + ICS_REG) & ICS_IWC),
	           "a completion is not serviced (ICS.IWC)");
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s", vtd_unit_get(instance)->name);
}

/* Before any other: they switch things on and off again. */
TEST(00, takeover) = {
        .name = "smoke.takeover",
        .checks =
                "whatever was on in a remapping unit when this kernel started is off, its errors "
                "and faults are cleared, its events masked and not pending (VT-d r5.10, 11.4.4.2, "
                "Global Status Register, and 11.4.7.1, Fault Status Register)",
        .failure =
                "what the firmware or a kernel before left behind goes on: devices are kept from "
                "memory, messages go by a table that nobody keeps, events come unasked",
        .phase = PHASE_DIRECT,
        .instances = units_one_each,
        .label = label,
        .needs = NO_UNIT,
        .run = takeover,
};
