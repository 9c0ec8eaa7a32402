// SPDX-License-Identifier: MIT
/*
 * What remapping blocks, what it lets pass and what it says of it: each case of tests/fault/case.c
 * for one MSI and one MSI-X whose messages carry their sender's id, and some for all other sources.
 *
 * A case is one message. It comes in nowhere and the unit records exactly one fault, with the
 * reason, the sender and the index that the specification says; or it comes in, or is dropped in
 * silence, and nothing is recorded. Then all is put back and the next message comes in.
 */
#include "tests/fault/case.h"

#include "drivers/pci/sources/dsa_control.h"
#include "drivers/vtd/regs.h"
#include "kernel/print.h"
#include "tests/arms.h"
#include "tests/fault/shot.h"

/* Why the case means nothing here; NULL: it does. */
static const char *inapplicable(const struct fault_case *which, const struct vtd_unit *unit)
{
	if (which->need == NEEDS_8_BIT_DESTINATIONS && unit->extended)
		return "with 32-bit destinations no bit of them is reserved";
	if (which->need == NEEDS_NO_POSTING && unit->cap & CAP_PI)
		return "this unit posts interrupts: the mode of an entry (IM) is not reserved";
	return NULL;
}

/* Whether a range of buses is taken with its first and last bus exchanged. */
static bool exchanges_buses(struct fault_arm *arm, uint16_t sender)
{
	const struct fault_case right_order = {.source = {SOURCE_BUSES, .first = 0, .last = 1}};
	const struct fault_case wrong_order = {.source = {SOURCE_BUSES, .first = 1, .last = 0}};
	struct irte entry = fault_entry(&right_order, &arm->right, sender);
	bool by_right, by_wrong;

	fault_replace(arm, &entry);
	by_right = fault_shoot(arm).came;
	entry = fault_entry(&wrong_order, &arm->right, sender);
	fault_replace(arm, &entry);
	by_wrong = fault_shoot(arm).came;
	return by_wrong && !by_right;
}

/* The platform does not do as the specification says, in the way that the case knows of. */
static bool excused(struct test_run *run, struct fault_arm *arm, const struct fault_case *which,
                    const struct fault_shot *shot)
{
	const struct source *source = arm->arm.source;

	if (which->hi && shot->came && fault_excuse(source))
		test_skip(run, "this platform does not check the source id of messages %s",
		          fault_excuse(source));
	else if (which->unchecked && which->source.form == SOURCE_BUSES &&
	         exchanges_buses(arm, source->requester.id))
		test_skip(run,
		          "this platform exchanges the first and the last of a range of buses");
	else if (which->unchecked && which->source.form != SOURCE_BUSES && shot->came)
		test_skip(run, "this platform does not check %s", which->unchecked);
	else
		return false;
	return true;
}

static void judge_passed(struct test_run *run, struct fault_arm *arm,
                         const struct fault_case *which, const struct fault_shot *shot)
{
	if (!shot->came && excused(run, arm, which, shot))
		return;
	test_check(run, shot->came, "the message did not come in (%u faults recorded: %02xh)",
	           shot->records, shot->record.reason);
	test_check(run, !shot->records, "it came in, and a fault %02xh is recorded (%s)",
	           shot->record.reason, vtd_fault_reason(shot->record.reason));
}

static void judge_blocked(struct test_run *run, struct fault_arm *arm,
                          const struct fault_case *which, uint32_t named,
                          const struct fault_shot *shot)
{
	bool silent = which->outcome == BLOCKED_SILENTLY;

	if (shot->came) {
		if (!excused(run, arm, which, shot))
			test_fail(run, "the message came in all the same");
		return;
	}
	if (which->outcome == NO_REQUEST)
		return;
	if (silent)
		test_check(run, !shot->records,
		           "fault processing is disabled, and %02xh is recorded",
		           shot->record.reason);
	else if (shot->records == 1)
		fault_check_record(run, arm, &shot->record, which->reason, which->or_reason, named);
	else
		test_check(run, !shot->records, "%u faults are recorded for one message",
		           shot->records);
	if (shot->records || which->outcome == BLOCKED_OR_RECORDED)
		return;

	/* None: as it must be, or because this unit never records any. */
	fault_write_message(arm, &arm->arm.irq->message);
	if (!fault_unit_records(arm))
		test_skip(run, NO_RECORDS);
	else if (!silent)
		test_fail(run, "blocked, and no fault is recorded");
}

static void shoot(struct test_run *run, struct fault_arm *arm, const struct fault_case *which)
{
	uint16_t sender = arm->arm.source->requester.id;
	struct irte entry = fault_entry(which, &arm->right, sender);
	struct message message;
	struct fault_shot shot;
	uint32_t named;

	if (!fault_message(which->message, arm->index, arm->unit->indexes.size, &message, &named)) {
		test_skip(run, "a table of %u entries has no place for this",
		          arm->unit->indexes.size);
		return;
	}
	test_check(run, !fault_replace(arm, &entry), "the entry could not be replaced");
	if (which->message != MESSAGE_RIGHT && !fault_write_message(arm, &message)) {
		test_skip(run, "this message store does not hold such a message");
	} else {
		shot = fault_shoot(arm);
		test_check(run, !shot.error, "the device refused to fire");
		test_check(run, !shot.stray, "the message came in where nobody owns the vector");
		if (which->outcome == PASSES)
			judge_passed(run, arm, which, &shot);
		else
			judge_blocked(run, arm, which, named, &shot);
	}
	fault_write_message(arm, &arm->arm.irq->message);
	test_check(run, !fault_restore(arm), "the right entry is not back");
	fault_check_flows(run, arm);
}

/*
 * The sources that make arms, and behind them those that are none but for their sender: what QEMU
 * does not check of a device's DMA, it checks of these.
 */
static struct source *shooter(unsigned int n)
{
	unsigned int arms = arms_sources();

	return n < arms ? arms_source(n) : dsa_carrier(n - arms);
}

/*
 * All cases are for the first source of each kind of store: the others are the same device again.
 */
static bool has_all_cases(const struct source *source)
{
	const struct source *other;

	for (unsigned int s = 0; (other = shooter(s)) != source; s++)
		if (arms_is_identified(other) && other->leaf == source->leaf)
			return false;
	return arms_is_identified(source);
}

/* Of those that pass the remapping hardware, which one, and which case. */
static struct source *nth(unsigned int n, const struct fault_case **which)
{
	struct source *source;

	for (unsigned int s = 0; (source = shooter(s)); s++) {
		bool all = has_all_cases(source);

		if (!source_is_remapped(source))
			continue;
		for (unsigned int c = 0; (*which = fault_case_get(c)); c++)
			if ((all || (*which)->any_source) && n-- == 0)
				return source;
	}
	return NULL;
}

static void fault(struct test_run *run)
{
	static struct fault_arm arm;
	const struct fault_case *which;
	struct source *source = nth(run->instance, &which);
	const char *reason;

	if (!fault_open(run, &arm, source))
		return;
	reason = inapplicable(which, arm.unit);
	if (reason)
		test_skip(run, "%s", reason);
	else
		shoot(run, &arm, which);
	fault_close(run, &arm);
}

static unsigned int instances(enum test_phase phase)
{
	const struct fault_case *which;
	unsigned int count = 0;

	(void)phase;
	while (nth(count, &which))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct fault_case *which;
	const struct source *source = nth(instance, &which);

	(void)phase;
	format(buffer, size, "%s.%s.%s", source->name, source->kind, which->name);
}

TEST(40, fault) = {
        .name = "fault",
        .checks = "remapping drops a message it has no right entry for and says why, and lets all "
                  "others pass (VT-d r5.10, 5.1.4.1, Interrupt-Remapping Fault Conditions)",
        .failure = "a message gets through that must be blocked or the other way round, or its "
                   "record is wrong: the outcome \"blocked\" cannot be trusted",
        .phase = PHASE_REMAPPED,
        .instances = instances,
        .label = label,
        .needs = NO_SOURCE,
        .run = fault,
};
