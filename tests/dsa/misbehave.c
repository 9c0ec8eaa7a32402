// SPDX-License-Identifier: MIT
/*
 * Devices that break the promises which a move rests on, one by one, as the device model can be
 * told to. Each case sends messages at a chosen point of a move, first by a device that behaves,
 * and then by one that does not. Where it behaves nothing is lost; where it does not, the books say
 * what became of each message, and the device's own count agrees.
 *
 * None of it is a driver's mistake, and most of it no driver could make good. With remapping the
 * slot is not touched in a move, and the first three promises are never called on.
 */
#include "drivers/pci/sources/dsa_model.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/dsa/model.h"
#include "tests/suite.h"

#define ROUNDS   12
#define NO_COUNT 0

/* Longer than any round takes, on a busy host, too; and it ends when the device is told so. */
#define LATE_NS 100000000000

/* When the message is sent: in this window of the move, or after it, as all is cleaned up. */
#define AFTERWARDS 99U

static const struct misbehaviour {
	const char *name;
	struct model_behaviour behaviour;
	unsigned int window;   /* of "masked" */
	enum outcome expected; /* without remapping, of each message, or of each third one */
	unsigned int each;
	bool with_remapping; /* remapping does not help */
	uint32_t counter;    /* of the device's: how many it is about; NO_COUNT: it counts none */
} cases[] = {
        {"update-seen-late",
         {.misbehave = MISBEHAVE_LATE, .late_ns = LATE_NS},
         AFTERWARDS,
         OUTCOME_STRAY,
         1,
         false,
         NO_COUNT},
        {"pending-dropped",
         {.misbehave = MISBEHAVE_PENDING_DROPPED},
         2,
         OUTCOME_MISSING,
         1,
         false,
         DSA_MODEL_DROPPED},
        {"mask-ignored",
         {.misbehave = MISBEHAVE_MASK_IGNORED},
         2,
         OUTCOME_STRAY,
         1,
         false,
         NO_COUNT},
        {"descriptor-lost",
         {.misbehave = MISBEHAVE_DESCRIPTOR_LOST, .lose_every = 3},
         AFTERWARDS,
         OUTCOME_MISSING,
         3,
         true,
         DSA_MODEL_LOST},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static struct {
	const struct misbehaviour *c;
	struct arm arm;
	struct irq_target old[ROUNDS]; /* targets that were left and freed */
	unsigned int rounds;
	int refused; /* the device's error, of a message in a window */
} test;

static void at_window(struct irq *irq, unsigned int window)
{
	(void)irq;
	if (window != test.c->window)
		return;
	test.refused = arm_send(&test.arm);
	test.arm.source->ops->flush(test.arm.source);
}

/* A vector that was freed has no irq any more that could be told of its message. */
static bool foreseen(const struct irq_arrival *arrival)
{
	for (unsigned int n = 0; n < test.rounds; n++)
		if (arrival->cpu == test.old[n].cpu && arrival->vector == test.old[n].vector) {
			ledger_stray_handler(test.arm.irq, arrival, &test.arm.ledger);
			return true;
		}
	return false;
}

/*
 * One message in the window, or one when the move is over and its old vector has been freed. A move
 * through the IRTE has that window, too.
 */
static int round(void)
{
	struct arm *arm = &test.arm;
	int error;

	test.old[test.rounds++] = arm->irq->target;
	test.refused = 0;
	if (test.c->window == AFTERWARDS) {
		error = arm_move(arm);
		irq_drain(NULL);
		return error ? error : arm_fire(arm);
	}
	arm->irq->at_window = at_window;
	error = arm_move(arm);
	arm->irq->at_window = NULL;
	arm_settle(arm);
	return error ? error : test.refused;
}

/* Several rounds of one behaviour, with books of their own. */
static void measure(struct test_run *run, const struct model_behaviour *behaviour)
{
	int error = 0;

	ledger_init(&test.arm.ledger);
	test.rounds = 0;
	model_behave(test.arm.source, behaviour);
	vector_foresee(foreseen);
	while (test.rounds < ROUNDS && !error)
		error = round();
	arm_prove(&test.arm);
	vector_foresee(NULL);
	test_check(run, !error, "a move, or a message beside it, failed: error %d", error);
}

static void check_misbehaved(struct test_run *run, uint64_t counted)
{
	const struct misbehaviour *c = test.c;
	const struct ledger *ledger = &test.arm.ledger;
	bool lost = run->phase == PHASE_DIRECT || c->with_remapping;
	uint64_t expected = lost ? ROUNDS / c->each : 0;

	test_check(run,
	           ledger->outcomes[c->expected] == expected && ledger_lost(ledger) == expected,
	           "of %lu messages %lu were lost and %lu of these are %s, expected: %lu",
	           ledger->fired, ledger_lost(ledger), ledger->outcomes[c->expected],
	           outcome_name(c->expected), expected);
	if (c->counter != NO_COUNT)
		test_check(run, counted == expected, "the device says %lu, the books %lu", counted,
		           expected);
	print("# %s: lost %lu of %lu messages, %s: %lu\n", run->name, ledger_lost(ledger),
	      ledger->fired, outcome_name(c->expected), ledger->outcomes[c->expected]);
}

static void compare(struct test_run *run, const struct model_behaviour *good)
{
	const struct source *source = test.arm.source;
	uint32_t counter = test.c->counter;
	uint64_t before;

	measure(run, good);
	arm_check_books(run, &test.arm);
	test_check(run, !ledger_lost(&test.arm.ledger),
	           "lost %lu of %lu messages of a device that "
	           "behaves",
	           ledger_lost(&test.arm.ledger), test.arm.ledger.fired);
	before = counter ? model_count(source, counter) : 0;
	measure(run, &test.c->behaviour);
	arm_check_books(run, &test.arm);
	check_misbehaved(run, counter ? model_count(source, counter) - before : 0);
}

static void misbehave(struct test_run *run)
{
	const struct model_behaviour good = {0};
	struct source *source = model_source();
	struct model_behaviour found;

	memset(&test, 0, sizeof(test));
	test.c = &cases[run->instance];
	if (!arm_open(run, &test.arm, source,
	              protocol_find(run->phase == PHASE_REMAPPED ? "remapped" : "masked")))
		return;
	found = model_behaviour(source);
	compare(run, &good);
	model_behave(source, &found);
	arm_close(run, &test.arm);
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return model_source() ? CASES : 0;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	format(buffer, size, "%s.%s%s", model_source()->name, cases[instance].name,
	       phase == PHASE_REMAPPED ? ".remapped" : "");
}

#define MISBEHAVE(phase_name)                                                                      \
	{                                                                                          \
		.name = "misbehave",                                                               \
		.checks =                                                                          \
		        "what a device makes of its messages that sees updates late, forgets "     \
		        "what it held back, ignores its mask or loses descriptors is in the "      \
		        "books, message by message (the argument's point 1: who trusts devices)",  \
		.failure = "a message was lost and nobody noticed, or is said to be lost and the " \
		           "device knows nothing of it",                                           \
		.phase = phase_name, .cpus = 2, .instances = instances, .label = label,            \
		.needs = NO_MODEL, .run = misbehave,                                               \
	}

TEST(24, misbehave_direct) = MISBEHAVE(PHASE_DIRECT);
TEST(24, misbehave_remapped) = MISBEHAVE(PHASE_REMAPPED);
