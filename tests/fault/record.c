// SPDX-License-Identifier: MIT
/*
 * How faults are recorded (VT-d r5.10, 7.2.1, Primary Fault Logging): the fault recording registers
 * are a ring, of CAP.NFR + 1. A fault goes into the next one and sets F there, and PPF; of a sender
 * that has a fault unread in the ring, another one may be left out (compression). Where the next
 * register is still in use the fault is lost and PFO says so; while PFO is set none is recorded.
 *
 * Each case makes faults by messages to entries that are not present, from as many devices as it
 * takes, and reads the registers itself.
 */
#include "drivers/vtd/regs.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "tests/fault/shooters.h"

static uint32_t fsts(const struct vtd_unit *unit)
{
	return mmio_read32(unit->registers + FSTS_REG);
}

static void expect_status(struct test_run *run, const struct vtd_unit *unit, bool ppf, bool pfo,
                          const char *when)
{
	uint32_t now = fsts(unit);

	test_check(run, !!(now & FSTS_PPF) == ppf, "%s: FSTS.PPF is %d", when, !ppf);
	test_check(run, !!(now & FSTS_PFO) == pfo, "%s: FSTS.PFO is %d", when, !pfo);
}

/* Register n counted from FSTS.FRI, which names the one that made PPF go from 0 to 1. */
static unsigned int nth_from_oldest(const struct vtd_unit *unit, unsigned int n)
{
	return (field_get(FSTS_FRI, fsts(unit)) + n) % vtd_fault_registers(&unit->faults);
}

static void expect_record(struct test_run *run, struct fault_shooters *shooters, unsigned int n,
                          unsigned int who, const char *when)
{
	const struct fault_arm *arm = &shooters->arms[who];
	struct vtd_fault fault;

	if (!test_check(run, fault_look(shooters->unit, nth_from_oldest(shooters->unit, n), &fault),
	                "%s: register %u from the oldest on has no fault", when, n))
		return;
	test_check(run,
	           fault.reason == VTD_FAULT_NOT_PRESENT && fault.index == arm->index &&
	                   fault_is_from(&fault, &arm->arm.source->requester),
	           "%s: it has fault %02xh, source %04x, index %u; expected 22h, %04x, %u", when,
	           fault.reason, fault.source_id, fault.index, arm->arm.source->requester.id,
	           arm->index);
}

static void expect_records(struct test_run *run, const struct vtd_unit *unit, unsigned int count,
                           const char *when)
{
	unsigned int used = fault_registers_used(unit);

	test_check(run, used == count, "%s: %u registers have a fault, expected %u", when, used,
	           count);
}

/* Fills the ring, each register with the fault of another device. */
static void fill(struct test_run *run, struct fault_shooters *shooters)
{
	unsigned int size = vtd_fault_registers(&shooters->unit->faults);

	for (unsigned int who = 0; who < size; who++)
		fault_shoot_unread(run, shooters, who);
	expect_records(run, shooters->unit, size, "each device has sent once");
	expect_status(run, shooters->unit, true, false, "each device has sent once");
}

/* One fault, as the registers hold it and as the driver reads it; then nothing is left. */
static void one(struct test_run *run, struct fault_shooters *shooters)
{
	struct vtd_unit *unit = shooters->unit;
	struct vtd_fault fault;

	expect_status(run, unit, false, false, "at first");
	fault_shoot_unread(run, shooters, 0);
	expect_status(run, unit, true, false, "one fault");
	expect_records(run, unit, 1, "one fault");
	expect_record(run, shooters, 0, 0, "one fault");
	test_check(run, vtd_fault_poll(&unit->faults, &fault, 1) == 1, "the driver reads none");
	expect_status(run, unit, false, false, "read");
	expect_records(run, unit, 0, "read");
}

/* The ring goes on where it was, twice around and one more, and each record is read at once. */
static void ring(struct test_run *run, struct fault_shooters *shooters)
{
	struct vtd_unit *unit = shooters->unit;
	unsigned int size = vtd_fault_registers(&unit->faults), last = 0;

	for (unsigned int n = 0; n < 2 * size + 1 && !run->failed; n++) {
		unsigned int now;

		fault_shoot_unread(run, shooters, n % shooters->count);
		expect_record(run, shooters, 0, n % shooters->count, "in turn");
		now = nth_from_oldest(unit, 0);
		test_check(run, !n || now == (last + 1) % size,
		           "FSTS.FRI goes from %u to %u, of %u registers", last, now, size);
		last = now;
		fault_forget(unit);
		expect_status(run, unit, false, false, "read");
	}
}

/*
 * Three faults of one device, unread. With compression there is one record; without, one for each
 * as long as there is room.
 */
static void compression(struct test_run *run, struct fault_shooters *shooters)
{
	struct vtd_unit *unit = shooters->unit;
	unsigned int size = vtd_fault_registers(&unit->faults), used;
	bool compresses;

	for (unsigned int n = 0; n < 3; n++)
		fault_shoot_unread(run, shooters, 0);
	used = fault_registers_used(unit);
	compresses = size > 1 ? used == 1 : !(fsts(unit) & FSTS_PFO);
	print("# %s: three faults of one device, unread, are %u records of %u%s\n", unit->name,
	      used, size, compresses ? "" : ": no compression");
	test_check(run, compresses || used == (size < 3 ? size : 3),
	           "%u records, neither one nor one for each", used);
	expect_status(run, unit, true, !compresses && size < 3, "three faults of one device");
	for (unsigned int n = 0; n < used; n++)
		expect_record(run, shooters, n, 0, "three faults of one device");
}

/* One fault more than there are registers: the first ones are kept, in their order. */
static void overflow(struct test_run *run, struct fault_shooters *shooters)
{
	struct vtd_unit *unit = shooters->unit;
	unsigned int size = vtd_fault_registers(&unit->faults), read = 0;
	uint64_t overflows = unit->faults.overflows;
	struct vtd_fault fault;

	fill(run, shooters);
	fault_shoot_unread(run, shooters, size);
	expect_status(run, unit, true, true, "one more than there are registers");
	expect_records(run, unit, size, "one more than there are registers");
	for (unsigned int n = 0; n < size; n++)
		expect_record(run, shooters, n, n, "after the overflow");
	while (read <= size && vtd_fault_poll(&unit->faults, &fault, 1)) {
		test_check(
		        run,
		        read < size &&
		                fault_is_from(&fault, &shooters->arms[read].arm.source->requester),
		        "the driver reads source %04x as number %u", fault.source_id, read);
		read++;
	}
	test_check(run, read == size, "the driver reads %u faults of %u", read, size);
	test_check(run, unit->faults.overflows == overflows + 1,
	           "the driver counts %lu overflows for one", unit->faults.overflows - overflows);
	expect_status(run, unit, false, false, "the driver has read all");
	fault_shoot_unread(run, shooters, size);
	expect_record(run, shooters, 0, size, "after the driver has read all");
}

/* PFO alone keeps anything from being recorded; cleared, recording goes on. */
static void full(struct test_run *run, struct fault_shooters *shooters)
{
	struct vtd_unit *unit = shooters->unit;
	unsigned int size = vtd_fault_registers(&unit->faults);

	fill(run, shooters);
	fault_shoot_unread(run, shooters, size);
	fault_clear_registers(unit);
	expect_status(run, unit, false, true, "F cleared in each register");
	fault_shoot_unread(run, shooters, size);
	fault_shoot_unread(run, shooters, 0);
	expect_records(run, unit, 0, "sent while PFO is set");
	expect_status(run, unit, false, true, "sent while PFO is set");
	mmio_write32(unit->registers + FSTS_REG, FSTS_PFO);
	expect_status(run, unit, false, false, "PFO cleared");
	fault_shoot_unread(run, shooters, size);
	expect_status(run, unit, true, false, "sent after PFO was cleared");
	expect_record(run, shooters, 0, size, "sent after PFO was cleared");
}

/* PFO cleared first, with the records unread: they stay, and the next fault overflows again. */
static void overflow_first(struct test_run *run, struct fault_shooters *shooters)
{
	struct vtd_unit *unit = shooters->unit;
	unsigned int size = vtd_fault_registers(&unit->faults);

	fill(run, shooters);
	for (unsigned int times = 0; times < 3; times++) {
		fault_shoot_unread(run, shooters, size);
		expect_status(run, unit, true, true, "one more than there are registers");
		mmio_write32(unit->registers + FSTS_REG, FSTS_PFO);
		expect_status(run, unit, true, false, "PFO cleared alone");
		expect_records(run, unit, size, "PFO cleared alone");
		expect_record(run, shooters, 0, 0, "PFO cleared alone");
	}
	/* Writing ones to PPF, which follows from F, does nothing. */
	mmio_write32(unit->registers + FSTS_REG, FSTS_PPF);
	expect_status(run, unit, true, false, "a one written to PPF");
}

static const struct fault_shooters_case cases[] = {
        {"one", one, .overflows = false},
        {"ring", ring, .overflows = false},
        {"compression", compression, .overflows = false},
        {"overflow", overflow, .overflows = true},
        {"full", full, .overflows = true},
        {"overflow-first", overflow_first, .overflows = true},
};

static void fault_record(struct test_run *run)
{
	fault_shooters_run(run, &cases[run->instance]);
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return sizeof(cases) / sizeof(cases[0]);
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s", cases[instance].name);
}

TEST(41, fault_record) = {
        .name = "fault.record",
        .checks = "the unit keeps the first faults in order, says when it could not keep one, and "
                  "goes on when they have been read (VT-d r5.10, 7.2.1, Primary Fault Logging)",
        .failure = "faults are lost and nobody knows, or no more are recorded after an overflow",
        .phase = PHASE_REMAPPED,
        .instances = instances,
        .label = label,
        .run = fault_record,
};
