// SPDX-License-Identifier: MIT
/*
 * What remapping blocks: a message to an entry that is not present, and one from a source that the
 * entry does not name (VT-d r5.10, 5.1.4.1, Interrupt-Remapping Fault Conditions).
 */
#include "drivers/vtd/vtd.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/suite.h"

/* Flipped in the source id, they name another bus, as one requester and as a range of buses. */
#define ANOTHER_BUS 0x8080

enum fault_case { CASE_NOT_PRESENT, CASE_SOURCE_ID, CASES };

static const struct {
	const char *name;
	enum vtd_fault_reason reason;
} cases[CASES] = {
        [CASE_NOT_PRESENT] = {"not-present", VTD_FAULT_NOT_PRESENT},
        [CASE_SOURCE_ID] = {"source-id", VTD_FAULT_SOURCE_ID},
};

/*
 * Whose messages a platform may remap without a look at their source id: what has no requester id
 * on its way there. NULL: of nobody it may.
 */
static const char *excuse(const struct source *source)
{
	if (source->leaf == &irq_leaf_ims)
		return "that a device writes by DMA";
	if (source->leaf == &irq_leaf_ioapic_edge)
		return "from an IO-APIC";
	return NULL;
}

/* Replaces the irq's entry by one that must block; the caller puts the right one back. */
static int break_entry(struct vtd_unit *unit, uint16_t index, enum fault_case what)
{
	struct irte wrong = unit->table[index];
	int error = vtd_unit_withdraw(unit, index);

	if (error || what == CASE_NOT_PRESENT)
		return error;
	wrong.hi ^= ANOTHER_BUS;
	return vtd_unit_publish_new(unit, index, &wrong);
}

static void check_record(struct test_run *run, const struct arm *arm, uint16_t index,
                         enum vtd_fault_reason reason)
{
	const struct requester *requester = &arm->source->requester;
	struct vtd_fault fault;

	vtd_blocked(requester->segment, requester->id, &fault);
	test_check(run, fault.reason == reason, "the fault record says reason 0x%x, expected 0x%x",
	           fault.reason, reason);
	test_check(run, fault.index == index, "the fault record says index %u, expected %u",
	           fault.index, index);
}

static void fire_blocked(struct test_run *run, struct arm *arm, enum fault_case what)
{
	struct vtd_unit *unit = arm->irq->chain[1].unit;
	uint16_t index = (uint16_t)arm->irq->chain[1].index;
	const struct irte right = unit->table[index];
	uint64_t *outcomes = arm->ledger.outcomes;

	test_check(run, !break_entry(unit, index, what), "the entry could not be replaced");
	test_check(run, !arm_fire(arm), "the device refused to fire");
	if (outcomes[OUTCOME_BLOCKED])
		check_record(run, arm, index, cases[what].reason);
	else if (what == CASE_SOURCE_ID && excuse(arm->source) && outcomes[OUTCOME_NEW])
		test_skip(run, "this platform does not check the source id of messages %s",
		          excuse(arm->source));
	else if (outcomes[OUTCOME_MISSING])
		test_skip(run, "blocked, but the remapping unit recorded no fault of this source");
	else
		test_fail(run, "the message came in all the same");

	vtd_unit_withdraw(unit, index);
	vtd_unit_publish_new(unit, index, &right);
	outcomes[OUTCOME_NEW] = 0;
	test_check(run, !arm_fire(arm) && outcomes[OUTCOME_NEW] == 1,
	           "with the right entry back, no message comes in");
}

/* Of those that make arms, the n-th whose messages pass the remapping hardware. */
static struct source *remapped_source(unsigned int n)
{
	struct source *source;

	for (unsigned int s = 0; (source = arms_source(s)); s++)
		if (source_is_remapped(source) && n-- == 0)
			break;
	return source;
}

static void fault(struct test_run *run)
{
	struct source *source = remapped_source(run->instance / CASES);
	enum fault_case what = run->instance % CASES;
	struct arm arm;

	if (!arm_open(run, &arm, source, arms_lossless_protocol(true)))
		return;
	fire_blocked(run, &arm, what);
	arm_close(run, &arm);
}

static unsigned int instances(enum test_phase phase)
{
	unsigned int count = 0;

	(void)phase;
	while (remapped_source(count))
		count++;
	return count * CASES;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct source *source = remapped_source(instance / CASES);

	(void)phase;
	format(buffer, size, "%s.%s.%s", source->name, source->kind, cases[instance % CASES].name);
}

TEST(40, fault) = {
        .name = "fault",
        .checks = "remapping drops a message it has no right entry for and says why (VT-d r5.10, "
                  "5.1.4.1, Interrupt-Remapping Fault Conditions)",
        .failure = "a message gets through that must be blocked, or its record is wrong: the "
                   "outcome \"blocked\" cannot be trusted",
        .phase = PHASE_REMAPPED,
        .instances = instances,
        .label = label,
        .needs = NO_SOURCE,
        .run = fault,
};
