// SPDX-License-Identifier: MIT
#include "tests/fault/shooters.h"

#include "drivers/vtd/regs.h"
#include "kernel/mmio.h"
#include "tests/arms.h"

static volatile uint8_t *nth_register(const struct vtd_unit *unit, unsigned int n)
{
	return unit->registers + 16 * field_get(CAP_FRO, unit->cap) + n * FRCD_SIZE;
}

bool fault_look(const struct vtd_unit *unit, unsigned int n, struct vtd_fault *fault)
{
	volatile uint8_t *record = nth_register(unit, n);

	return vtd_fault_decode(mmio_read64(record), mmio_read64(record + 8), fault);
}

unsigned int fault_registers_used(const struct vtd_unit *unit)
{
	struct vtd_fault fault;
	unsigned int used = 0;

	for (unsigned int n = 0; n < vtd_fault_registers(&unit->faults); n++)
		used += fault_look(unit, n, &fault);
	return used;
}

void fault_clear_registers(const struct vtd_unit *unit)
{
	for (unsigned int n = 0; n < vtd_fault_registers(&unit->faults); n++)
		mmio_write32(nth_register(unit, n) + 12, FRCD_HI_F >> 32);
}

void fault_shoot_unread(struct test_run *run, struct fault_shooters *shooters, unsigned int who)
{
	test_check(run, !fault_fire_unread(&shooters->arms[who]), "%s refused to fire",
	           shooters->arms[who].arm.source->name);
}

/* Those of other units stay closed. */
static void open_all(struct test_run *run, struct fault_shooters *shooters)
{
	struct source *source;

	shooters->count = 0;
	for (unsigned int n = 0; (source = arms_identified(n)); n++) {
		struct fault_arm *arm = &shooters->arms[shooters->count];

		if (shooters->count == FAULT_SHOOTERS_MAX)
			break;
		if (shooters->count && vtd_unit_for(&source->requester) != shooters->unit)
			continue;
		if (!fault_open(run, arm, source))
			break;
		shooters->unit = arm->unit;
		shooters->count++;
	}
}

static void close_all(struct test_run *run, struct fault_shooters *shooters)
{
	while (shooters->count)
		fault_close(run, &shooters->arms[--shooters->count]);
}

static void block_all(struct test_run *run, struct fault_shooters *shooters)
{
	for (unsigned int n = 0; n < shooters->count; n++) {
		const struct irte absent = {.hi = shooters->arms[n].right.hi};

		test_check(run, !fault_replace(&shooters->arms[n], &absent),
		           "the entry could not be replaced");
	}
}

static void let_all_pass(struct test_run *run, struct fault_shooters *shooters)
{
	for (unsigned int n = 0; n < shooters->count; n++) {
		test_check(run, !fault_restore(&shooters->arms[n]), "the right entry is not back");
		fault_check_flows(run, &shooters->arms[n]);
	}
}

void fault_shooters_run(struct test_run *run, const struct fault_shooters_case *which)
{
	static struct fault_shooters shooters;

	open_all(run, &shooters);
	if (!shooters.count) {
		if (!run->failed)
			test_skip(run, NO_IDENTIFIED_SOURCE);
		return;
	}
	if (!fault_unit_records(&shooters.arms[0])) {
		test_skip(run, NO_RECORDS);
	} else if (which->overflows &&
	           shooters.count <= vtd_fault_registers(&shooters.unit->faults)) {
		test_skip(run,
		          "needs one device more whose messages have requester ids than the "
		          "unit has fault recording registers: %u",
		          vtd_fault_registers(&shooters.unit->faults) + 1);
	} else {
		block_all(run, &shooters);
		which->check(run, &shooters);
		/* What a case that failed left behind is none of the next one's. */
		fault_clear_registers(shooters.unit);
		mmio_write32(shooters.unit->registers + FSTS_REG, FSTS_PFO);
		let_all_pass(run, &shooters);
	}
	close_all(run, &shooters);
}
