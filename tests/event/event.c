// SPDX-License-Identifier: MIT
/*
 * The remapping unit's own events, each an irq like any other, but one that is never remapped
 * (VT-d r5.10, 5.1.6, Remapping Hardware Event Interrupt Programming).
 */
#include "drivers/vtd/event.h"

#include "drivers/vtd/descriptor.h"
#include "drivers/vtd/regs.h"
#include "drivers/vtd/vtd.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/event/checks.h"
#include "tests/suite.h"
#include "tests/units.h"

static int raise_completion(struct event *event)
{
	return vtd_queue_submit(&event->unit->queue, vtd_wait_interrupt());
}

static void service_completion(struct event *event)
{
	mmio_write32(event->unit->registers + ICS_REG, ICS_IWC);
}

static void completion(struct test_run *run)
{
	struct vtd_unit *unit = vtd_unit_get(run->instance);
	struct event event = {
	        .run = run,
	        .unit = unit,
	        .store = &unit->completion_event.store,
	        .raise = raise_completion,
	        .service = service_completion,
	};

	if (!(unit->ecap & ECAP_QI)) {
		test_skip(run, "this unit has no queued invalidation");
		return;
	}
	if (!test_check(run, !vtd_unit_queue_on(unit), "the queue cannot be switched on"))
		return;
	service_completion(&event);
	if (test_check(run, !event_begin(&event), "the completion event got no irq")) {
		event_check_on_each_cpu(&event);
		event_end(&event);
	}
	vtd_unit_queue_off(unit);
}

/*
 * Opens the first source that passes the remapping hardware and sends one message for each fire,
 * and gives it an irq. NULL when there is none.
 */
static struct source *begin_device(struct arm *arm, uint64_t seed)
{
	struct source *source;

	for (unsigned int n = 0; (source = source_get(n)); n++) {
		if (!source_is_remapped(source) || source->leaf->end_of_interrupt ||
		    source_open(source))
			continue;
		if (!arm_begin(arm, source, 0, protocol_find("remapped"), seed))
			return source;
		source->ops->close(source);
	}
	return NULL;
}

/*
 * Reads and clears what the unit has recorded, and says how much that was. Of whom it takes the
 * message to be does not matter here: an emulation may not know the requester of a DMA write.
 */
static unsigned int read_faults(struct event *event)
{
	struct vtd_fault faults[8];
	unsigned int count = 0, more;

	do {
		more = vtd_fault_poll(&event->unit->faults, faults, 8);
		for (unsigned int i = 0; i < more; i++)
			test_check(event->run, faults[i].reason == VTD_FAULT_NOT_PRESENT,
			           "a fault of another kind: reason 0x%x", faults[i].reason);
		count += more;
	} while (more == 8);
	return count;
}

static int raise_fault(struct event *event)
{
	struct arm *arm = event->context;
	int error = arm->source->ops->fire(arm->source, arm->slot);

	arm->source->ops->flush(arm->source);
	return error;
}

static void service_fault(struct event *event)
{
	test_check(event->run, read_faults(event), "no fault was recorded");
}

/* An emulation may drop the message and say nothing: no record and no event. */
static bool records_faults(struct event *event)
{
	unsigned int faults, events;

	test_check(event->run, !raise_fault(event), "the device refused to fire");
	faults = read_faults(event);
	events = event_taken(event);
	test_check(event->run, events == faults, "%u fault events for %u recorded faults", events,
	           faults);
	return faults;
}

/* Beginning the device's arm has read what was recorded before; now its entry is taken away. */
static void check_faults(struct event *event)
{
	struct arm *arm = event->context;
	uint16_t index = (uint16_t)arm->irq->chain[1].index;
	const struct irte right = event->unit->table[index];

	test_check(event->run, !vtd_unit_withdraw(event->unit, index),
	           "the entry cannot be withdrawn");
	if (records_faults(event))
		event_check_on_each_cpu(event);
	else
		test_skip(event->run,
		          "blocked, but the remapping unit recorded no fault of this source");
	vtd_unit_publish_new(event->unit, index, &right);
	test_check(event->run, !arm->ledger.duplicate, "a message was not blocked");
	test_check(event->run, !arm_fire(arm) && arm->ledger.outcomes[OUTCOME_NEW] == 1,
	           "with the entry back, no message comes in");
}

static void fault(struct test_run *run)
{
	struct arm arm;
	struct event event = {
	        .run = run,
	        .context = &arm,
	        .raise = raise_fault,
	        .service = service_fault,
	};

	if (!begin_device(&arm, run->options->seed)) {
		test_skip(run, NO_SOURCE);
		return;
	}
	event.unit = arm.irq->chain[1].unit;
	event.store = &event.unit->fault_event.store;
	if (test_check(run, !event_begin(&event), "the fault event got no irq")) {
		check_faults(&event);
		event_end(&event);
	}
	arm_close(run, &arm);
}

static struct source *completion_source(const struct vtd_unit *unit)
{
	struct source *source;

	for (unsigned int n = 0; (source = source_get(n)); n++)
		if (source->leaf == &irq_leaf_vtd_event && source->device == unit)
			break;
	return source;
}

/* [0] the completion event, [1] a device whose moves invalidate through the same queue. */
struct sharing {
	struct arm arms[2];
	unsigned int next;
};

static int move_next(void *context)
{
	struct sharing *sharing = context;

	return arm_move(&sharing->arms[sharing->next++ % 2]);
}

static void fire_both(struct test_run *run, struct sharing *sharing)
{
	struct mover mover = {.move = move_next, .context = sharing};

	mover_start(&mover);
	for (uint64_t i = 0; i < run->options->fires && !run->failed; i++) {
		mover_keep_pace(&mover);
		test_check(run, !arm_fire(&sharing->arms[i % 2]), "%s refused to fire",
		           sharing->arms[i % 2].source->name);
	}
	mover_stop(&mover);
	test_check(run, !mover.error, "a move failed: error %d", mover.error);
	for (unsigned int i = 0; i < 2; i++) {
		struct arm *arm = &sharing->arms[i];

		arm_prove(arm);
		arm_check_books(run, arm);
		test_check(run, !ledger_lost(&arm->ledger), "%s: lost %lu of %lu messages",
		           arm->source->name, ledger_lost(&arm->ledger), arm->ledger.fired);
	}
}

static void queue(struct test_run *run)
{
	static struct sharing sharing;
	struct arm *completions = &sharing.arms[0], *device = &sharing.arms[1];
	struct source *source;

	if (!begin_device(device, run->options->seed)) {
		test_skip(run, NO_SOURCE);
		return;
	}
	source = completion_source(device->irq->chain[1].unit);
	if (!source) {
		test_skip(run, "this unit's completion event is no source");
	} else if (arm_open(run, completions, source, protocol_find("masked"))) {
		fire_both(run, &sharing);
		arm_close(run, completions);
	}
	arm_close(run, device);
}

static void label_completion(enum test_phase phase, unsigned int instance, char *buffer,
                             size_t size)
{
	format(buffer, size, "completion.%s.%s", vtd_unit_get(instance)->name,
	       phase == PHASE_REMAPPED ? "remapped" : "direct");
}

#define COMPLETION(phase_name)                                                                     \
	{                                                                                          \
		.name = "event",                                                                   \
		.checks = "the invalidation completion event comes once until it is serviced, "    \
		          "waits behind its mask and moves to each CPU (VT-d r5.10, 6.5.2.10, "    \
		          "Hardware Generation of Invalidation Completion Events)",                \
		.failure = "the unit's events cannot be relied on: masked, pending or moved they " \
		           "get lost or come twice",                                               \
		.phase = phase_name, .cpus = 2, .instances = units_one_each,                       \
		.label = label_completion, .needs = NO_UNIT, .run = completion,                    \
	}

TEST(42, event_completion_direct) = COMPLETION(PHASE_DIRECT);
TEST(42, event_completion_remapped) = COMPLETION(PHASE_REMAPPED);

TEST(42, event_fault) = {
        .name = "event.fault",
        .checks = "a message that remapping blocks raises one fault event, wherever the event's "
                  "irq has moved to (VT-d r5.10, 7.3, Non-Recoverable Fault Event)",
        .failure = "faults go unnoticed: a driver that waits for the event never reads them",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .run = fault,
};

TEST(42, event_queue) = {
        .name = "event.queue",
        .checks = "moves through the remapping entry and completion events share one queue, and "
                  "neither loses a message (VT-d r5.10, 6.5.2, Queued Invalidation Interface)",
        .failure = "the invalidation queue mixes up who waits for what",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .run = queue,
};
