// SPDX-License-Identifier: MIT
#include "tests/fault/shot.h"

#include "drivers/vtd/regs.h"
#include "tests/arms.h"

static const unsigned int pad_sizes[FAULT_PADS] = {16, 4, 1};

static void give_back_pads(struct fault_arm *arm)
{
	for (unsigned int i = 0; i < FAULT_PADS; i++)
		if (arm->pads[i] >= 0)
			vtd_unit_free(arm->unit, arm->pads[i], pad_sizes[i]);
}

/* In a table too small for them they stay away, and the index is a small one. */
static void take_pads(struct fault_arm *arm)
{
	for (unsigned int i = 0; i < FAULT_PADS; i++)
		arm->pads[i] = vtd_unit_used(arm->unit) + pad_sizes[i] < arm->unit->indexes.size / 2
		                       ? vtd_unit_allocate(arm->unit, pad_sizes[i])
		                       : -1;
}

/* One more than there can be, at most: a record that cannot be cleared is no reason to hang. */
static unsigned int read_records(struct vtd_unit *unit, struct vtd_fault *first)
{
	struct vtd_fault fault;
	unsigned int count = 0;

	while (count <= vtd_fault_registers(&unit->faults) &&
	       vtd_fault_poll(&unit->faults, &fault, 1))
		if (!count++)
			*first = fault;
	return count;
}

void fault_forget(struct vtd_unit *unit)
{
	struct vtd_fault forgotten;

	read_records(unit, &forgotten);
}

bool fault_open(struct test_run *run, struct fault_arm *arm, struct source *source)
{
	arm->unit = vtd_unit_for(&source->requester);
	if (!test_check(run, arm->unit, "no remapping unit covers %s", source->name))
		return false;
	take_pads(arm);
	if (!arm_open(run, &arm->arm, source, arms_lossless_protocol(true))) {
		give_back_pads(arm);
		return false;
	}
	arm->index = (uint16_t)arm->arm.irq->chain[1].index;
	arm->right = arm->unit->table[arm->index];
	fault_forget(arm->unit);
	return true;
}

void fault_close(struct test_run *run, struct fault_arm *arm)
{
	arm_close(run, &arm->arm);
	give_back_pads(arm);
}

int fault_replace(struct fault_arm *arm, const struct irte *entry)
{
	int error = vtd_unit_withdraw(arm->unit, arm->index);

	return error ? error : vtd_unit_publish_new(arm->unit, arm->index, entry);
}

int fault_restore(struct fault_arm *arm)
{
	return fault_replace(arm, &arm->right);
}

/* Masked meanwhile, where it can be: an MSI-X entry must be (PCIe 6.0, 7.7.2). */
bool fault_write_message(struct fault_arm *arm, const struct message *message)
{
	struct message_store *store = arm->arm.irq->store;
	struct message held;

	if (store_maskable(store))
		store->ops->mask(store);
	store_write_message(store, message);
	store->ops->flush(store);
	store->ops->read(store, &held);
	if (store_maskable(store))
		store->ops->unmask(store);
	return held.address_lo == message->address_lo && held.address_hi == message->address_hi &&
	       held.data == message->data;
}

struct fault_shot fault_shoot(struct fault_arm *arm)
{
	const uint64_t *outcomes = arm->arm.ledger.outcomes;
	uint64_t came = outcomes[OUTCOME_NEW], stray = outcomes[OUTCOME_STRAY];
	struct fault_shot shot = {.error = arm_send(&arm->arm)};
	bool settled;

	if (shot.error)
		return shot;
	settled = arm_await(&arm->arm);
	shot.records = read_records(arm->unit, &shot.record);
	if (!settled)
		arm_give_up(&arm->arm, shot.records ? OUTCOME_BLOCKED : OUTCOME_MISSING);
	shot.came = outcomes[OUTCOME_NEW] > came;
	shot.stray = outcomes[OUTCOME_STRAY] > stray;
	return shot;
}

bool fault_unit_records(struct fault_arm *arm)
{
	const struct irte absent = {.hi = arm->right.hi};
	struct fault_shot shot;

	fault_replace(arm, &absent);
	shot = fault_shoot(arm);
	fault_restore(arm);
	return shot.records;
}

int fault_fire_unread(struct fault_arm *arm)
{
	struct source *source = arm->arm.source;
	int error = source->ops->fire(source, arm->arm.slot);

	arm_prove(&arm->arm);
	return error;
}

void fault_check_flows(struct test_run *run, struct fault_arm *arm)
{
	struct fault_shot shot = fault_shoot(arm);

	test_check(run, shot.came, "with all right again, no message of %s comes in",
	           arm->arm.source->name);
	test_check(run, !shot.records, "with all right again, %u faults are recorded: reason 0x%x",
	           shot.records, shot.record.reason);
	test_check(run, !arm->arm.ledger.duplicate && !arm->arm.ledger.late,
	           "a message came in that nobody had fired, or that was proven lost");
}

bool fault_is_from(const struct vtd_fault *record, const struct requester *requester)
{
	uint16_t differs = record->source_id ^ requester->id;

	return !(requester->bus_only ? differs >> 8 : differs);
}

const char *fault_excuse(const struct source *source)
{
	if (arms_sends_by_dma(source))
		return "that a device writes by DMA";
	if (source->leaf == &irq_leaf_ioapic_edge)
		return "from an IO-APIC";
	return NULL;
}

void fault_check_record(struct test_run *run, const struct fault_arm *arm,
                        const struct vtd_fault *record, uint8_t reason, uint8_t or_reason,
                        uint32_t index)
{
	const struct requester *requester = &arm->arm.source->requester;
	const char *excuse = fault_excuse(arm->arm.source);

	test_check(run, record->reason == reason || (or_reason && record->reason == or_reason),
	           "the fault record says %02xh (%s), expected %02xh (%s)", record->reason,
	           vtd_fault_reason(record->reason), reason, vtd_fault_reason(reason));
	test_check(run, record->interrupt, "the fault record is not one of an interrupt request");
	if (record->has_index && index <= 0xffff)
		test_check(run, record->index == index,
		           "the fault record says index %u, expected %u", record->index, index);
	if (fault_is_from(record, requester))
		return;
	if (excuse)
		test_skip(run, "this platform does not know the sender of messages %s", excuse);
	else
		test_fail(run, "the fault record says source %04x, expected %04x",
		          record->source_id, requester->id);
}
