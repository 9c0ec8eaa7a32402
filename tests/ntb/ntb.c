// SPDX-License-Identifier: MIT
/*
 * A message that is held by the far side of a non-transparent bridge (tests/ntb/peer.h), moved
 * under fire. Without remapping the question is when the host may give an old vector up. By its own
 * rules nothing can be in flight to it any more, but the peer has it still. With remapping the pair
 * is mailed once.
 */
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/idle_store.h"
#include "tests/ntb/peer.h"
#include "tests/suite.h"

/*
 * From one move to the next 1 to 32 messages go by: about twice as many as a peer lets pass before
 * it reads its mail, so that a move finds peers that have read the one before, and some that have
 * not.
 */
#define FIRES_BETWEEN_MOVES_MAX 32

/* There are eight arms, and each loses some hundred of so many: a part of what was asked for. */
#define FIRES_PART 2

/* When the vector that a move has left is given up. */
enum rule {
	WHEN_DRAINED,     /* store flushed, two barriers (kernel/irq/drain.c) */
	AT_FIRST_ARRIVAL, /* as in Linux: not before a message came in at the new target */
};

static const struct ntb_case {
	const char *name;
	enum test_phase phase;
	const char *protocol;
	unsigned int mails; /* in each move */
	unsigned int peers;
	enum rule rule;
	bool second_irq; /* gets each vector that is given up */
	bool lossless;
} cases[] = {
        {"plain", PHASE_DIRECT, "naive-address-first", 1, 1, WHEN_DRAINED, false, false},
        {"two-step", PHASE_DIRECT, "two-step", 2, 1, WHEN_DRAINED, false, false},
        {"stolen", PHASE_DIRECT, "naive-address-first", 1, 1, WHEN_DRAINED, true, false},
        {"first-arrival", PHASE_DIRECT, "naive-address-first", 1, 1, AT_FIRST_ARRIVAL, false, true},
        {"two-peers", PHASE_DIRECT, "naive-address-first", 1, 2, AT_FIRST_ARRIVAL, false, false},
        {"remapped", PHASE_REMAPPED, "remapped", 0, 1, WHEN_DRAINED, false, true},
        {"stolen.remapped", PHASE_REMAPPED, "remapped", 0, 1, WHEN_DRAINED, true, true},
        {"two-peers.remapped", PHASE_REMAPPED, "remapped", 0, 2, AT_FIRST_ARRIVAL, false, true},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static struct {
	const struct ntb_case *c;
	struct ntb ntb;
	struct arm arm;
	uint64_t moves;
	uint64_t next_move;         /* when so many have been fired */
	bool awaits_arrival;        /* at the new target, */
	uint32_t arrived;           /* where so many had come in before */
	uint64_t posted_at_set_up;  /* mails */
	struct idle_store idle;     /* of the second irq, whose device never sends */
	struct irq *second;         /* NULL: there is none */
	uint64_t stolen, unfounded; /* messages it got: of the first irq; of nobody */
} test;

static bool foreseen(const struct irq_arrival *arrival)
{
	if (!ntb_is_stale(&test.ntb, arrival->cpu, arrival->vector))
		return false;
	ledger_stray_handler(test.arm.irq, arrival, &test.arm.ledger);
	return true;
}

/* Lost to the first irq, and an interrupt out of nothing for the second. */
static void second_handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	(void)irq, (void)context;
	if (foreseen(arrival))
		__atomic_add_fetch(&test.stolen, 1, __ATOMIC_RELAXED);
	else
		__atomic_add_fetch(&test.unfounded, 1, __ATOMIC_RELAXED);
}

/* Takes the pair that the first irq has given up, if it has. */
static int move_second(const struct irq_target *left)
{
	int error;

	if (!irq_hold(test.second))
		return -EBUSY;
	error = vector_claim(test.second, left->cpu, left->vector);
	if (!error)
		error = irq_move(test.second, left->cpu);
	if (!error)
		vector_free_others(test.second, &test.second->target);
	irq_let_go(test.second);
	return error == -EBUSY ? 0 : error;
}

static int give_up_old(void)
{
	const struct irq_target left = test.arm.irq->previous;

	irq_drain(NULL);
	return test.second ? move_second(&left) : 0;
}

/* One CPU moves, so that nobody else has changed `target` since its last move. */
static uint32_t arrived_at_target(void)
{
	const struct irq *irq = test.arm.irq;

	return __atomic_load_n(&irq->on[irq->target.cpu].arrived, __ATOMIC_RELAXED);
}

static int move_now(void)
{
	int error = arm_move(&test.arm);

	if (error)
		return error;
	test.moves++;
	if (test.c->rule == WHEN_DRAINED)
		return give_up_old();
	test.arrived = arrived_at_target();
	test.awaits_arrival = true;
	return 0;
}

/*
 * One look at whether there is something to do; never waits for the CPU that fires. No pause():
 * under TCG it takes the lock that the device's registers are under, and the looks would take the
 * time of the messages.
 */
static int step(void *context)
{
	uint64_t fired = __atomic_load_n(&test.arm.ledger.fired, __ATOMIC_RELAXED);

	(void)context;
	if (test.awaits_arrival && arrived_at_target() != test.arrived) {
		test.awaits_arrival = false;
		return give_up_old();
	}
	if (!test.awaits_arrival && fired >= test.next_move) {
		test.next_move =
		        fired + 1 + random_below(&test.arm.random, FIRES_BETWEEN_MOVES_MAX);
		return move_now();
	}
	return 0;
}

static int fire_and_move(uint64_t fires)
{
	struct mover *mover = &test.arm.mover;
	int error = 0;

	mover->move = step;
	mover_start(mover);
	for (uint64_t i = 0; i < fires && !error; i++) {
		mover_keep_pace(mover);
		error = arm_fire(&test.arm);
	}
	mover_stop(mover);
	arm_prove(&test.arm);
	return error ? error : mover->error;
}

static void check_mails(struct test_run *run, uint64_t after_set_up)
{
	test_check(run, after_set_up == test.c->mails * test.moves,
	           "%lu mails in %lu moves, expected %u in each", after_set_up, test.moves,
	           test.c->mails);
	if (!test.c->mails)
		test_check(run, !test.ntb.stale, "%lu messages from a copy that was replaced",
		           test.ntb.stale);
}

static void report_and_judge(struct test_run *run)
{
	uint64_t after_set_up = ntb_posted(&test.ntb) - test.posted_at_set_up;
	uint64_t lost = ledger_lost(&test.arm.ledger);

	test.arm.mover.moves = test.moves; /* its other steps were only looks */
	arm_print_result(&test.arm, run->options->seed);
	print("# %s: mails to set up %lu, since %lu, read %lu; fired from a replaced copy %lu, "
	      "stolen %lu\n",
	      run->name, test.posted_at_set_up, after_set_up, test.ntb.reads, test.ntb.stale,
	      test.stolen);
	arm_check_books(run, &test.arm);
	check_mails(run, after_set_up);
	test_check(run, !test.unfounded, "the second irq got %lu messages that nobody had fired",
	           test.unfounded);
	test_check(run, test.stolen <= test.arm.ledger.outcomes[OUTCOME_STRAY],
	           "the second irq got %lu messages, and only %lu are called strays", test.stolen,
	           test.arm.ledger.outcomes[OUTCOME_STRAY]);
	if (test.c->lossless)
		test_check(run, !lost, "lost %lu of %lu messages, must lose none", lost,
		           test.arm.ledger.fired);
	else if (!lost)
		print("# %s: expected to lose, lost none in %lu moves\n", run->name, test.moves);
}

/* On CPU 0, where the first irq's vector is not. */
static bool open_second(struct test_run *run)
{
	struct irq_request request;
	int error;

	if (!test.c->second_irq)
		return true;
	idle_store_init(&test.idle, true);
	request = idle_request(&test.idle, NULL, false);
	request.protocol = protocol_find("masked");
	error = irq_alloc(&request, &test.second);
	if (!error) {
		error = irq_request(test.second, 0, second_handler, NULL, NULL);
		if (error)
			irq_free(test.second);
	}
	if (error)
		test.second = NULL;
	return test_check(run, !error, "the second irq is refused: error %d", error);
}

static void close_second(void)
{
	if (!test.second)
		return;
	irq_release(test.second);
	irq_free(test.second);
}

static const struct ntb_case *nth_case(enum test_phase phase, unsigned int n)
{
	for (unsigned int i = 0; i < CASES; i++)
		if (cases[i].phase == phase && n-- == 0)
			return &cases[i];
	return NULL;
}

static void ntb(struct test_run *run)
{
	int error;

	memset(&test, 0, sizeof(test));
	test.c = nth_case(run->phase, run->instance);
	ntb_init(&test.ntb, test.c->peers, run->options->seed);
	if (!arm_open(run, &test.arm, &test.ntb.source, protocol_find(test.c->protocol)))
		return;
	if (open_second(run)) {
		test.posted_at_set_up = ntb_posted(&test.ntb);
		vector_foresee(foreseen);
		error = fire_and_move(run->options->fires / FIRES_PART);
		vector_foresee(NULL);
		test_check(run, !error, "a message or a move was refused: error %d", error);
		report_and_judge(run);
		close_second();
	}
	arm_close(run, &test.arm);
}

static unsigned int instances(enum test_phase phase)
{
	unsigned int count = 0;

	while (ntb_init(&test.ntb, 1, 0) && nth_case(phase, count))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	format(buffer, size, "%s", nth_case(phase, instance)->name);
}

TEST(46, ntb_direct) = {
        .name = "ntb",
        .checks = "without remapping, a peer that learns of a new address/data pair by mail fires "
                  "the old one at a vector that is nobody's, or another irq's (the argument's "
                  "point 2: \"the switchtec NTB thing will fall apart w/o remapping\"); only where "
                  "the old vector is kept until the one peer there is has used the new pair, none "
                  "is lost",
        .failure = "a message was lost otherwise than by a replaced copy, or by the rule that "
                   "loses none",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NTB_NO_DEVICE,
        .run = ntb,
};

TEST(46, ntb_remapped) = {
        .name = "ntb",
        .checks = "with remapping, the pair is mailed to the peer once, and no move loses a "
                  "message of its (points 2 and 3)",
        .failure = "a move changed the pair that the peer has, or lost a message",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NTB_NO_DEVICE,
        .run = ntb,
};
