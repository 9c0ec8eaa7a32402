// SPDX-License-Identifier: MIT
/*
 * Extended interrupt mode (EIM) that disagrees: the unit reads an entry's destination in one
 * format, and it was written in the other (VT-d r5.10, 9.9, Interrupt Remapping Table Entry (IRTE)
 * for Remapped Interrupts, field DST; 11.4.10, Interrupt Remapping Table Address Register, EIME):
 *
 *     bits           63:48      47:40      39:32
 *     EIME = 0       reserved   APIC id    reserved
 *     EIME = 1       <---- 32-bit APIC id ------>
 *
 * So an entry for APIC id 1 in the format of EIME = 1 has a reserved bit set for EIME = 0, and one
 * in the format of EIME = 0 is for APIC id 100h where EIME = 1.
 */
#include <asm-generic/errno.h>

#include "drivers/vtd/regs.h"
#include "drivers/vtd/vtd.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arm_checks.h"
#include "tests/arms.h"
#include "tests/suite.h"

#define TARGET_CPU 1
#define NOWHERE    UINT32_MAX

struct mismatch {
	struct arm arm;
	struct vtd_unit *unit;
	uint16_t index;
	uint32_t apic_id;   /* of the CPU that the entry is meant for */
	uint32_t landed_at; /* the APIC id where nobody owned the message; NOWHERE: at none */
};

static struct mismatch test; /* the stray handler finds it here */

static void stray(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	test.landed_at = cpu_get(arrival->cpu)->apic_id;
	ledger_stray_handler(irq, arrival, context);
}

/* The unit reads entries so, and the irq's has its destination so. */
static bool put_in_force(struct test_run *run, bool eime, bool entry_extended)
{
	const struct irte now = test.unit->table[test.index];
	struct irte_fields fields = irte_decode(&now, test.unit->extended);
	struct irte entry;

	fields.destination = test.apic_id;
	return check_error(run, irte_encode(&fields, entry_extended, &entry), 0, "the entry") &&
	       check_error(run, vtd_unit_withdraw(test.unit, test.index), 0, "the withdrawal") &&
	       check_error(run, vtd_unit_set_extended(test.unit, eime), 0, "EIME") &&
	       check_error(run, vtd_unit_publish_new(test.unit, test.index, &entry), 0,
	                   "the entry's publication");
}

static void fire(struct test_run *run)
{
	test.landed_at = NOWHERE;
	check_error(run, arm_fire(&test.arm), 0, "the fire");
}

static bool came_out_as(enum outcome outcome)
{
	return test.arm.ledger.outcomes[outcome];
}

static const char *outcome(void)
{
	for (int i = 0; i < OUTCOMES; i++)
		if (came_out_as(i))
			return outcome_name(i);
	return "not fired";
}

static void check_reason(struct test_run *run, enum vtd_fault_reason expected)
{
	const struct requester *requester = &test.arm.source->requester;
	struct vtd_fault fault = {0};

	vtd_blocked(requester->segment, requester->id, &fault);
	test_check(run, fault.reason == expected, "the fault record says %02xh %s, expected %02xh",
	           fault.reason, vtd_fault_reason(fault.reason), expected);
}

static bool has_cpu(uint32_t apic_id)
{
	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
		if (cpu_get(cpu)->apic_id == apic_id)
			return true;
	return false;
}

static void reserved_bits(struct test_run *run)
{
	uint32_t seen = test.apic_id >> 8 & 0xff; /* by one who looks at bits 47:40 only */

	if (!put_in_force(run, false, true))
		return;
	fire(run);
	if (came_out_as(OUTCOME_BLOCKED))
		check_reason(run, VTD_FAULT_ENTRY_RESERVED);
	else if (came_out_as(OUTCOME_STRAY) && test.landed_at == seen)
		test_skip(run,
		          "this platform does not check the reserved bits of a destination: "
		          "the message for APIC id %u went to %u",
		          test.apic_id, seen);
	else
		test_fail(run, "the message is %s at APIC id %d, expected fault 24h", outcome(),
		          (int)test.landed_at);
}

/* EIME is reserved, and reads as 0, without ECAP.EIM. */
static void eime_without_capability(struct test_run *run)
{
	bool taken = mmio_read64(test.unit->registers + IRTA_REG) & IRTA_EIME;

	if (!taken)
		test_check(run, came_out_as(OUTCOME_NEW), "EIME reads as 0, and the message is %s",
		           outcome());
	else
		test_skip(run, "%s has no ECAP.EIM and takes EIME all the same: the message is %s",
		          test.unit->name, outcome());
}

/*
 * What a local APIC in xAPIC mode makes of an id of more than 8 bits is nowhere said. It has 8 bits
 * to compare with: either it sees the low ones, or nothing that is for it.
 */
static void seen_in_xapic_mode(struct test_run *run, uint32_t seen)
{
	test_check(run,
	           came_out_as(OUTCOME_MISSING) ||
	                   (came_out_as(OUTCOME_STRAY) && test.landed_at == (seen & 0xff)),
	           "the message is %s at APIC id %d, expected for %u, or for %u by xAPIC's 8 bits",
	           outcome(), (int)test.landed_at, seen, seen & 0xff);
}

static void shifted(struct test_run *run)
{
	uint32_t seen = test.apic_id << 8;

	if (!put_in_force(run, true, false))
		return;
	fire(run);
	if (!(test.unit->ecap & ECAP_EIM))
		eime_without_capability(run);
	else if (!apic_is_x2apic())
		seen_in_xapic_mode(run, seen);
	else if (has_cpu(seen))
		test_check(run, came_out_as(OUTCOME_STRAY) && test.landed_at == seen,
		           "the message is %s at APIC id %d, expected stray at %u", outcome(),
		           (int)test.landed_at, seen);
	else
		test_check(run, came_out_as(OUTCOME_MISSING),
		           "the message is %s at APIC id %d, expected for %u, which no CPU has",
		           outcome(), (int)test.landed_at, seen);
}

/*
 * Entries as EIME has them, but the CPUs are in the other mode. An APIC id of 8 bits is the same
 * number in both, yet no specification promises that it arrives.
 */
static void other_mode(struct test_run *run)
{
	bool eime = !apic_is_x2apic();

	if (eime && !(test.unit->ecap & ECAP_EIM)) {
		test_skip(run, "%s has no 32-bit destinations (ECAP.EIM)", test.unit->name);
		return;
	}
	if (!put_in_force(run, eime, eime))
		return;
	fire(run);
	if (!came_out_as(OUTCOME_NEW))
		test_skip(run, "with EIME = %d and the CPUs in %s mode the message is %s here",
		          eime, apic_is_x2apic() ? "x2APIC" : "xAPIC", outcome());
}

static void required(struct test_run *run)
{
	if (!(test.unit->ecap & ECAP_EIMER)) {
		test_skip(run, "%s does not demand extended interrupt mode (ECAP.EIMER)",
		          test.unit->name);
		return;
	}
	if (!put_in_force(run, false, false))
		return;
	fire(run);
	if (test_check(run, came_out_as(OUTCOME_BLOCKED), "the message is %s, expected blocked",
	               outcome()))
		check_reason(run, VTD_FAULT_EXTENDED_MODE_REQUIRED);
}

static const struct {
	const char *name;
	void (*check)(struct test_run *run);
} cases[] = {
        {"eime-0.entry-of-eime-1", reserved_bits},
        {"eime-1.entry-of-eime-0", shifted},
        {"other-mode-than-the-cpus", other_mode},
        {"required", required},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* The first whose messages pass the remapping hardware; NULL: there is none. */
static struct source *remapped_source(void)
{
	struct source *source;

	for (unsigned int n = 0; (source = arms_source(n)); n++)
		if (source_is_remapped(source))
			break;
	return source;
}

static void eim(struct test_run *run)
{
	struct arm *arm = &test.arm;
	struct irq_target target;
	bool extended;

	if (!arm_open(run, arm, remapped_source(), arms_lossless_protocol(true)))
		return;
	arm->irq->stray_handler = stray;
	test.unit = arm->irq->chain[1].unit;
	test.index = (uint16_t)arm->irq->chain[1].index;
	test.apic_id = cpu_get(TARGET_CPU)->apic_id;
	extended = test.unit->extended;
	check_error(run, irq_set_affinity(arm->irq, TARGET_CPU), 0, "the move");
	target = arm->irq->target;
	cases[run->instance].check(run);
	arm_prove(arm);
	if (put_in_force(run, extended, extended))
		check_as_before(run, arm, &target, "with all as it was");
	arm_check_books(run, arm);
	arm_close(run, arm);
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return remapped_source() ? CASES : 0;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s", cases[instance].name);
}

TEST(41, eim) = {
        .name = "eim",
        .checks = "a unit whose EIME disagrees with its entries blocks with fault 24h or sends to "
                  "the APIC id that the bits say, nowhere else (VT-d r5.10, 9.9, field DST)",
        .failure = "an entry is read in another way than the specification has it: no "
                   "destination can be trusted",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NO_SOURCE,
        .run = eim,
};
