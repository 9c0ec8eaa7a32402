// SPDX-License-Identifier: MIT
/*
 * The fault event beside the records (VT-d r5.10, 7.3, Non-Recoverable Fault Event, and 11.4.7.2,
 * Fault Event Control Register). It is raised when one of the status bits becomes set while none
 * was: PPF, PFO and the invalidation queue's. What is set later raises no other one, and IP is
 * clear again only when all of them are. tests/event/event.c moves the event from CPU to CPU; here
 * it stays on CPU 0, and what counts is what raises it and what does not.
 */
#include "drivers/vtd/regs.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "tests/event/checks.h"
#include "tests/fault/shooters.h"

#define IN_A_ROW 100

struct watch {
	struct test_run *run;
	struct fault_shooters *shooters;
	struct event event;
};

static void expect_events(struct watch *watch, uint32_t expected, const char *when)
{
	uint32_t count = event_taken(&watch->event);

	test_check(watch->run, count == expected, "%s: %u fault events, expected %u", when, count,
	           expected);
}

static void expect_pending(struct watch *watch, bool expected, const char *when)
{
	struct message_store *store = watch->event.store;

	test_check(watch->run, store->ops->pending(store) == expected, "%s: FECTL.IP is %d", when,
	           !expected);
}

static void shoot(struct watch *watch, unsigned int who)
{
	fault_shoot_unread(watch->run, watch->shooters, who);
}

static void clear_overflow(struct watch *watch)
{
	mmio_write32(watch->shooters->unit->registers + FSTS_REG, FSTS_PFO);
}

static void mask(struct watch *watch)
{
	watch->event.store->ops->mask(watch->event.store);
}

static void unmask(struct watch *watch)
{
	watch->event.store->ops->unmask(watch->event.store);
}

/* The device that is one too many for the fault recording registers. */
static unsigned int one_too_many(const struct watch *watch)
{
	return vtd_fault_registers(&watch->shooters->unit->faults);
}

static void fill(struct watch *watch)
{
	for (unsigned int who = 0; who < one_too_many(watch); who++)
		shoot(watch, who);
}

/* Each fault is read before the next one, and raises one event. */
static void in_a_row(struct watch *watch)
{
	for (unsigned int n = 0; n < IN_A_ROW && !watch->run->failed; n++) {
		shoot(watch, n % watch->shooters->count);
		expect_events(watch, 1, "one fault of a row");
		fault_forget(watch->shooters->unit);
		expect_events(watch, 0, "that fault read");
	}
}

/* No other event while a fault is unread, and none that was held back comes when it is read. */
static void unread(struct watch *watch)
{
	for (unsigned int n = 0; n < 3; n++)
		shoot(watch, 0);
	expect_events(watch, 1, "three faults, none read");
	fault_forget(watch->shooters->unit);
	expect_events(watch, 0, "all read");
	shoot(watch, 0);
	expect_events(watch, 1, "another fault");
}

/* Masked, the event waits; unmasked, it comes once; masked again, there is nothing to wait. */
static void masked(struct watch *watch)
{
	mask(watch);
	expect_pending(watch, false, "masked");
	shoot(watch, 0);
	expect_events(watch, 0, "a fault while masked");
	expect_pending(watch, true, "a fault while masked");
	unmask(watch);
	expect_events(watch, 1, "unmasked");
	expect_pending(watch, false, "unmasked");
	mask(watch);
	unmask(watch);
	expect_events(watch, 0, "masked and unmasked, that fault unread");
	fault_forget(watch->shooters->unit);
	shoot(watch, 0);
	expect_events(watch, 1, "that fault read, and another one");
}

/* PFO is no event of its own after PPF, and neither is it cleared by clearing the records. */
static void overflow(struct watch *watch)
{
	fill(watch);
	expect_events(watch, 1, "the registers are full");
	shoot(watch, one_too_many(watch));
	expect_events(watch, 0, "one fault too many");
	fault_clear_registers(watch->shooters->unit);
	shoot(watch, 0);
	expect_events(watch, 0, "the records cleared, PFO not, and another fault");
	clear_overflow(watch);
	expect_events(watch, 0, "PFO cleared");
	shoot(watch, 0);
	expect_events(watch, 1, "all cleared, and another fault");
}

/* What is pending stays so while either bit is set, in whichever order they are cleared. */
static void pending_overflow(struct watch *watch)
{
	mask(watch);
	fill(watch);
	shoot(watch, one_too_many(watch));
	expect_pending(watch, true, "full and one more, while masked");
	fault_clear_registers(watch->shooters->unit);
	mmio_write32(watch->shooters->unit->registers + FSTS_REG, 0);
	expect_pending(watch, true, "the records cleared, PFO not");
	clear_overflow(watch);
	expect_pending(watch, false, "the records and PFO cleared");
	unmask(watch);
	expect_events(watch, 0, "unmasked");

	mask(watch);
	fill(watch);
	shoot(watch, one_too_many(watch));
	clear_overflow(watch);
	expect_pending(watch, true, "PFO cleared, the records not");
	fault_forget(watch->shooters->unit);
	expect_pending(watch, false, "PFO and the records cleared");
	unmask(watch);
	expect_events(watch, 0, "unmasked");
	shoot(watch, 0);
	expect_events(watch, 1, "all cleared, and another fault");
}

static const struct {
	const char *name;
	void (*check)(struct watch *watch);
	bool overflows;
} cases[] = {
        {"in-a-row", in_a_row, false},
        {"unread", unread, false},
        {"masked", masked, false},
        {"overflow", overflow, true},
        {"pending-overflow", pending_overflow, true},
};

/* The event has an irq while the case runs, and none is left over when it ends. */
static void check(struct test_run *run, struct fault_shooters *shooters)
{
	struct watch watch = {
	        .run = run,
	        .shooters = shooters,
	        .event = {.run = run,
	                  .unit = shooters->unit,
	                  .store = &shooters->unit->fault_event.store},
	};

	if (!test_check(run, !event_begin(&watch.event), "the fault event got no irq"))
		return;
	expect_events(&watch, 0, "at first");
	cases[run->instance].check(&watch);
	fault_clear_registers(shooters->unit);
	clear_overflow(&watch);
	expect_events(&watch, 0, "at last");
	test_check(run, !watch.event.strays, "%u interrupts came in where nobody owns them",
	           watch.event.strays);
	event_end(&watch.event);
}

static void fault_event(struct test_run *run)
{
	const struct fault_shooters_case which = {
	        .name = cases[run->instance].name,
	        .check = check,
	        .overflows = cases[run->instance].overflows,
	};

	fault_shooters_run(run, &which);
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

TEST(41, fault_event) = {
        .name = "fault.event",
        .checks = "the unit raises one event when faults begin to be recorded, and the next one "
                  "only after all has been cleared (VT-d r5.10, 7.3, Non-Recoverable Fault Event)",
        .failure = "a driver that waits for the event misses faults, or gets events for nothing",
        .phase = PHASE_REMAPPED,
        .instances = instances,
        .label = label,
        .run = fault_event,
};
