// SPDX-License-Identifier: MIT
/*
 * What the remapping unit's own registers decide, and no entry: where its table is and how long
 * (VT-d r5.10, 11.4.10, Interrupt Remapping Table Address Register), and whether messages in
 * compatibility format pass (5.1.4, Interrupt-Remapping Hardware Operation: with GSTS.CFIS = 0 they
 * are blocked). Each is set, one message sent, and put back.
 */
#include "drivers/vtd/regs.h"
#include "drivers/vtd/vtd.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/quirks.h"
#include "tests/arms.h"
#include "tests/fault/shot.h"

/* The shot was blocked, and the record is as fault_check_record() has it. */
static void check_blocked(struct test_run *run, struct fault_arm *arm,
                          const struct fault_shot *shot, enum vtd_fault_reason reason,
                          uint32_t index)
{
	if (!test_check(run, !shot->came, "the message came in all the same") || shot->error)
		return;
	if (!shot->records) {
		vtd_unit_set_own_table(arm->unit);
		fault_write_message(arm, &arm->arm.irq->message);
		if (fault_unit_records(arm))
			test_fail(run, "blocked, and no fault is recorded");
		else
			test_skip(run, NO_RECORDS);
		return;
	}
	test_check(run, shot->records == 1, "%u faults are recorded for one message",
	           shot->records);
	fault_check_record(run, arm, &shot->record, reason, reason, index);
}

/*
 * At the end of what the unit can address there is no memory on any machine that this kernel runs
 * on. Beyond that end the reason would be another one, 21h.
 */
static void unreadable(struct test_run *run, struct fault_arm *arm)
{
	uint32_t size = arm->unit->indexes.size;
	uint64_t end = BIT_ULL(field_get(CAP_MGAW, arm->unit->cap) + 1);
	uint64_t length =
	        size * sizeof(struct irte) > PAGE_SIZE ? size * sizeof(struct irte) : PAGE_SIZE;
	struct fault_shot shot;

	test_check(run, !vtd_unit_set_table(arm->unit, end - length, size),
	           "the table cannot be set");
	shot = fault_shoot(arm);
	if (shot.records && shot.record.reason == VTD_FAULT_ENTRY_RESERVED)
		test_skip(run, "this platform reads ones where no memory is");
	else
		check_blocked(run, arm, &shot, VTD_FAULT_TABLE_UNREADABLE, arm->index);
}

/* The own table, but so short that the arm's entry is the first one behind it. */
static void short_table(struct test_run *run, struct fault_arm *arm)
{
	uint64_t own = memory_physical(arm->unit->table);
	uint32_t entries = 2;
	struct fault_shot shot;

	while (2 * entries <= arm->index)
		entries *= 2;
	if (entries > arm->index) {
		test_skip(run, "the arm has entry %u, which is in every table", arm->index);
		return;
	}
	test_check(run, !vtd_unit_set_table(arm->unit, own, entries), "the table cannot be set");
	shot = fault_shoot(arm);
	check_blocked(run, arm, &shot, VTD_FAULT_INDEX_TOO_LARGE, arm->index);
	test_check(run, !vtd_unit_set_table(arm->unit, own, 2 * entries),
	           "the table cannot be set");
	shot = fault_shoot(arm);
	test_check(run, shot.came && !shot.records,
	           "in a table of %u entries, entry %u does not work", 2 * entries, arm->index);
}

/* With 32-bit destinations (EIME = 1) they are blocked whatever CFIS says. */
static void compatibility(struct test_run *run, struct fault_arm *arm)
{
	const struct irq_target *target = &arm->arm.irq->target;
	struct message message;
	struct fault_shot shot;

	if (message_compatibility(target->apic_id, target->vector, &message)) {
		test_skip(run, "no message in compatibility format reaches APIC %u",
		          target->apic_id);
		return;
	}
	fault_write_message(arm, &message);
	shot = fault_shoot(arm);
	quirks_saw(QUIRK_COMPATIBILITY, shot.came);
	if (shot.came) {
		test_skip(run, "this platform lets messages in compatibility format pass while "
		               "GSTS.CFIS is 0");
		return;
	}
	check_blocked(run, arm, &shot, VTD_FAULT_COMPATIBILITY_BLOCKED, FAULT_ANY_INDEX);
	if (run->skipped || !test_check(run, !vtd_unit_set_compatibility(arm->unit, true),
	                                "GSTS.CFIS does not become 1"))
		return;
	shot = fault_shoot(arm);
	test_check(run, shot.came == !arm->unit->extended,
	           "with GSTS.CFIS = 1 and IRTA_REG.EIME = %d the message %s", arm->unit->extended,
	           shot.came ? "came in" : "did not come in");
	test_check(run, !vtd_unit_set_compatibility(arm->unit, false),
	           "GSTS.CFIS does not become 0");
}

static const struct {
	const char *name;
	void (*check)(struct test_run *run, struct fault_arm *arm);
} cases[] = {
        {"unreadable", unreadable},
        {"short-table", short_table},
        {"compatibility", compatibility},
};

static void fault_unit(struct test_run *run)
{
	static struct fault_arm arm;
	struct source *source = arms_identified(0);

	if (!source) {
		test_skip(run, NO_IDENTIFIED_SOURCE);
		return;
	}
	if (!fault_open(run, &arm, source))
		return;
	cases[run->instance].check(run, &arm);
	fault_write_message(&arm, &arm.arm.irq->message);
	test_check(run, !vtd_unit_set_own_table(arm.unit), "the unit's own table is not back");
	fault_check_flows(run, &arm);
	fault_close(run, &arm);
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

TEST(40, fault_unit) = {
        .name = "fault.unit",
        .checks = "the unit blocks what its table cannot answer for, and messages in compatibility "
                  "format (VT-d r5.10, 5.1.4.1, Interrupt-Remapping Fault Conditions)",
        .failure = "a table that is not there, or too short, or a message that names no entry does "
                   "not stop a device",
        .phase = PHASE_REMAPPED,
        .instances = instances,
        .label = label,
        .run = fault_unit,
};
