// SPDX-License-Identifier: MIT
/*
 * A message in flight while its irq moves: the device has read it from the slot, whole or only the
 * address yet, and sends it when the move is over. Devices do that, and no message of QEMU's own
 * ones ever is: they send within the CPU's write.
 *
 *   mover                          device                       where it comes in
 *   -----                          ------                       -----------------
 *                                  reads {old, o}
 *   moves, and does not wait
 *                                  sends {old, o}               old CPU, o: still answered
 *   frees o at once
 *                                  sends {old, o}               nobody's: lost
 *
 *                                  reads the address: old
 *   address = new, data = n
 *                                  reads the data: n
 *                                  sends {old, n}               nobody's: lost
 *
 *   masks, waits until nothing is in flight (the flush), and then writes: neither can be.
 *
 * With remapping what is in flight names an entry, and the entry says where it goes when it gets
 * there: nothing to tear, and no old vector in it. Whether the wait at the end of an invalidation
 * (VT-d r5.10, 6.5.2.9, Invalidation Wait Descriptor) also drains what a device has under way is
 * the platform's affair; the test says which it is.
 *
 * That a message really is in flight, the device's own count says, and no clock: one that got there
 * too early, on a busy host, is a try to be made again, and held for longer.
 */
#include <asm-generic/errno.h>

#include "drivers/pci/sources/dsa_model.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/dsa/model.h"
#include "tests/suite.h"

#define HOLD_FIRST_NS 20000000
#define HOLD_GROWTH   4
#define TRIES         5

/* What becomes of the old vector while the message is in flight. */
enum then { NOTHING, DRAIN, FREE_AT_ONCE, RELEASE };

static const struct flight_case {
	const char *name;
	const char *protocol;
	bool torn;    /* only its address has been read when the move begins */
	bool drained; /* the move ends when it has come in, and not before */
	enum then then;
	enum outcome expected;
	enum outcome otherwise; /* where the platform drains by itself */
} cases[] = {
        {"masked.held", "masked", false, true, NOTHING, OUTCOME_OLD, OUTCOME_OLD},
        {"two-step.held", "two-step", false, true, NOTHING, OUTCOME_OLD, OUTCOME_OLD},
        {"no-flush.held", "masked-no-flush", false, false, NOTHING, OUTCOME_OLD, OUTCOME_OLD},
        {"no-flush.held.cleaned-up", "masked-no-flush", false, false, DRAIN, OUTCOME_OLD,
         OUTCOME_OLD},
        {"no-flush.held.released", "masked-no-flush", false, false, RELEASE, OUTCOME_OLD,
         OUTCOME_OLD},
        {"no-flush.held.freed-at-once", "masked-no-flush", false, false, FREE_AT_ONCE,
         OUTCOME_STRAY, OUTCOME_STRAY},

        {"masked.torn", "masked", true, true, NOTHING, OUTCOME_OLD, OUTCOME_OLD},
        {"two-step.torn", "two-step", true, true, NOTHING, OUTCOME_RETRIGGERED,
         OUTCOME_RETRIGGERED},
        {"linux-direct.torn", "linux-direct", true, true, NOTHING, OUTCOME_RETRIGGERED,
         OUTCOME_RETRIGGERED},
        {"no-flush.torn", "masked-no-flush", true, false, NOTHING, OUTCOME_STRAY, OUTCOME_STRAY},
        {"naive-address-first.torn", "naive-address-first", true, true, NOTHING, OUTCOME_STRAY,
         OUTCOME_STRAY},
        {"naive-data-first.torn", "naive-data-first", true, true, NOTHING, OUTCOME_STRAY,
         OUTCOME_STRAY},

        {"remapped.held", "remapped", false, false, NOTHING, OUTCOME_NEW, OUTCOME_OLD},
        {"remapped.held.cleaned-up", "remapped", false, false, DRAIN, OUTCOME_NEW, OUTCOME_OLD},
        {"remapped.held.released", "remapped", false, false, RELEASE, OUTCOME_NEW, OUTCOME_OLD},
        {"remapped.held.freed-at-once", "remapped", false, false, FREE_AT_ONCE, OUTCOME_NEW,
         OUTCOME_OLD},
        {"remapped.torn", "remapped", true, false, NOTHING, OUTCOME_NEW, OUTCOME_OLD},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* One try. */
static struct flight {
	const struct flight_case *c;
	struct arm arm;
	uint32_t acknowledged; /* the slot's count before */
	bool before, after;    /* in flight as the move began, and when it was over */
	bool flown;            /* in flight when the case wants it to be */
	int error;
} flight;

static bool in_flight(void)
{
	return model_slot_count(flight.arm.source, flight.arm.slot, DSA_MODEL_SLOT_ACKNOWLEDGED) ==
	       flight.acknowledged;
}

static bool is_remapped(const struct flight_case *c)
{
	return protocol_find(c->protocol)->needs_remapping;
}

/* A vector that was freed has no irq any more that could be told of its message. */
static bool foreseen(const struct irq_arrival *arrival)
{
	const struct irq_target *old = &flight.arm.irq->previous;

	if (arrival->cpu != old->cpu || arrival->vector != old->vector)
		return false;
	ledger_stray_handler(flight.arm.irq, arrival, &flight.arm.ledger);
	return true;
}

static void check_cleaned_up(struct test_run *run, const struct irq_target *old)
{
	bool intermediate;

	test_check(run, ledger_settled(&flight.arm.ledger),
	           "the clean-up returned while a message was in flight");
	test_check(run, vector_owner(old->cpu, old->vector, &intermediate) != flight.arm.irq,
	           "the old vector is not free after a clean-up");
}

static void go_on(struct test_run *run)
{
	struct irq *irq = flight.arm.irq;
	const struct irq_target old = irq->previous;

	switch (flight.c->then) {
	case NOTHING:
		break;
	case DRAIN:
		irq_drain(NULL);
		check_cleaned_up(run, &old);
		break;
	case FREE_AT_ONCE:
		vector_free_others(irq, &irq->target);
		break;
	case RELEASE:
		test_check(run, !irq_release(irq), "the irq was not released");
		test_check(run, ledger_settled(&flight.arm.ledger),
		           "the irq was released while its message was in flight");
		break;
	}
}

/* The device is told, and has read the message, before anybody moves. */
static int send_and_hold(uint64_t hold_ns)
{
	struct arm *arm = &flight.arm;
	const struct model_behaviour behaviour = {
	        .hold_ns = flight.c->torn ? 0 : hold_ns,
	        .tear_ns = flight.c->torn ? hold_ns : 0,
	};
	uint32_t sampled = model_slot_count(arm->source, arm->slot, DSA_MODEL_SLOT_SAMPLED);
	int error;

	flight.acknowledged = model_slot_count(arm->source, arm->slot, DSA_MODEL_SLOT_ACKNOWLEDGED);
	model_behave(arm->source, &behaviour);
	error = arm_send(arm);
	if (!error && !model_wait_sampled(arm->source, arm->slot, sampled))
		error = -ETIMEDOUT;
	return error;
}

/* Which outcome the one message had. */
static enum outcome outcome_since(const struct ledger *before)
{
	enum outcome outcome = 0;

	while (outcome < OUTCOMES &&
	       flight.arm.ledger.outcomes[outcome] == before->outcomes[outcome])
		outcome++;
	return outcome;
}

/* The one that was released in the try before has a vector again. */
static int make_ready(void)
{
	struct arm *arm = &flight.arm;

	return arm->irq->active ? 0 : arm_request(arm, arm->roles.first_receiver);
}

/*
 * Whether the message was under way when the case wants it to be. With remapping the platform may
 * drain by itself: then it does so in the last try, too.
 */
static bool has_flown(bool last)
{
	const struct flight_case *c = flight.c;

	return flight.before && (c->drained || flight.after || (is_remapped(c) && last));
}

static enum outcome try(struct test_run *run, uint64_t hold_ns, bool last)
{
	struct ledger before = flight.arm.ledger;

	flight.error = make_ready();
	if (!test_check(run, !flight.error, "the irq was not requested again: error %d",
	                flight.error))
		return OUTCOMES;
	flight.error = send_and_hold(hold_ns);
	if (!test_check(run, !flight.error, "the device did not take the message: error %d",
	                flight.error))
		return OUTCOMES;
	vector_foresee(foreseen);
	flight.before = in_flight();
	flight.error = arm_move(&flight.arm);
	flight.after = in_flight();
	flight.flown = has_flown(last);
	test_check(run, !flight.error, "the move failed: error %d", flight.error);
	if (flight.flown)
		go_on(run);
	arm_settle(&flight.arm);
	arm_prove(&flight.arm);
	vector_foresee(NULL);
	return outcome_since(&before);
}

/*
 * On a host that took its time the message may have come in between two steps of the try: before
 * the move's first one, and then it is new, for nothing had moved yet; or when it had moved and the
 * vector was still to be freed, and then it is old. One that was still in flight behind a move that
 * had to wait for it is a finding, and no such case. With remapping there is none: the message was
 * sent behind the move, and one that then comes in at the old target has met a stale entry.
 */
static bool came_between(enum outcome outcome)
{
	if (flight.c->drained && flight.after)
		return false;
	return !is_remapped(flight.c) && outcome != flight.c->expected &&
	       (outcome == OUTCOME_NEW || outcome == OUTCOME_OLD);
}

static void judge(struct test_run *run, enum outcome outcome)
{
	const struct flight_case *c = flight.c;
	enum outcome expected = c->drained || flight.after ? c->expected : c->otherwise;

	test_check(run, !c->drained || !flight.after,
	           "the move was over while the message was in flight");
	test_check(run, outcome == expected, "the message is %s, expected: %s",
	           outcome < OUTCOMES ? outcome_name(outcome) : "nothing", outcome_name(expected));
	if (is_remapped(c))
		print("# %s: on this platform the wait after an invalidation %s what a device has "
		      "under way: it came in at the %s target\n",
		      run->name, flight.after ? "does not drain" : "drains",
		      outcome == OUTCOME_NEW ? "new" : "old");
}

static void fly(struct test_run *run)
{
	uint64_t hold_ns = HOLD_FIRST_NS;
	enum outcome outcome = OUTCOMES;
	unsigned int tries = 0;
	bool last;

	do {
		last = ++tries == TRIES;
		outcome = try(run, hold_ns, last);
		hold_ns *= HOLD_GROWTH;
	} while (!run->failed && !last && (!flight.flown || came_between(outcome)));
	if (run->failed)
		return;
	if (flight.flown)
		judge(run, outcome);
	else
		test_fail(run, "in %u tries no message was in flight %s the move", tries,
		          flight.before ? "after" : "before");
	if (flight.c->then != RELEASE)
		arm_check_books(run, &flight.arm);
}

static const struct flight_case *nth(enum test_phase phase, unsigned int n)
{
	for (unsigned int i = 0; model_source() && i < CASES; i++)
		if (is_remapped(&cases[i]) == (phase == PHASE_REMAPPED) && n-- == 0)
			return &cases[i];
	return NULL;
}

static void run_flight(struct test_run *run)
{
	struct source *source = model_source();
	struct model_behaviour found;

	memset(&flight, 0, sizeof(flight));
	flight.c = nth(run->phase, run->instance);
	if (!arm_open(run, &flight.arm, source, protocol_find(flight.c->protocol)))
		return;
	found = model_behaviour(source);
	fly(run);
	model_behave(source, &found);
	arm_close(run, &flight.arm);
}

static unsigned int instances(enum test_phase phase)
{
	unsigned int count = 0;

	while (nth(phase, count))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	format(buffer, size, "%s.%s", model_source()->name, nth(phase, instance)->name);
}

TEST(23, flight_direct) = {
        .name = "flight",
        .checks = "without remapping, a message that the device has under way while its irq moves "
                  "is torn, or comes to a vector that is no longer its irq's, unless the move is "
                  "masked and waits for it (the argument's point 2)",
        .failure = "a move or a clean-up does not wait for what is in flight; or one that does "
                   "not wait lost nothing, and the test shows nothing",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NO_MODEL,
        .run = run_flight,
};

TEST(23, flight_remapped) = {
        .name = "flight",
        .checks = "with remapping, a message that is under way names an entry, and comes in "
                  "wherever the irq is by then (point 3; VT-d r5.10, 5.1.2, Remapping Interrupts)",
        .failure = "a message in flight was lost in a move through the IRTE",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NO_MODEL,
        .run = run_flight,
};
