// SPDX-License-Identifier: MIT
/*
 * Vectors that moves leave behind, and when they are free again: not before nothing can be in
 * flight to them any more (kernel/irq/drain.c).
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arm.h"
#include "tests/arm_checks.h"
#include "tests/arms.h"
#include "tests/counts.h"
#include "tests/idle_store.h"
#include "tests/suite.h"

/*
 * So few vectors that the irqs, each of which would keep one on every CPU it has been on, take each
 * other's leftovers all the time; and so few irqs that a CPU is seldom full of present targets.
 */
#define VECTORS      12 /* of each CPU */
#define IRQS_PER_CPU 7
#define IRQS_MAX     256

#define FIRES_PART 2  /* of the option's messages, for all sources together */
#define MOVES_PART 50 /* and so many moves of each CPU of the crowd */
#define CROWD_MAX  4  /* CPUs; more would only wait for the host */

struct idle_irq {
	struct idle_store store;
	struct irq *irq;
	uint32_t arrived; /* of others: the first copy of a message that was sent again */
};

/* One CPU and the idle irqs that it moves. */
struct shuffler {
	struct random random;
	unsigned int next, step; /* idle irqs next, next + step, ... */
	uint64_t limit;          /* of the moves, of a crowd */
	uint64_t moves;
	uint64_t refused; /* the CPU it was to go to had no vector left, */
	uint64_t busy;    /* or another CPU was cleaning up after the irq just then */
	int error;
};

static struct {
	struct arm arm; /* of a crowd: without an irq */
	struct idle_irq idle[IRQS_MAX];
	unsigned int count;
	struct shuffler shufflers[CROWD_MAX];
	unsigned int crowd; /* how many of them */
} all;

static void idle_arrived(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct idle_irq *idle = context;

	(void)irq, (void)arrival;
	__atomic_add_fetch(&idle->arrived, 1, __ATOMIC_RELAXED);
}

/* Neither is an error here. */
static int move_to(struct shuffler *shuffler, struct irq *irq)
{
	int error = irq_set_affinity(irq, random_below(&shuffler->random, irq_reach(irq)));

	switch (error) {
	case 0:
		shuffler->moves++;
		return 0;
	case -ENOSPC:
		shuffler->refused++;
		return 0;
	case -EBUSY:
		shuffler->busy++;
		return 0;
	default:
		return error;
	}
}

static int move_next(struct shuffler *shuffler)
{
	struct irq *irq = all.idle[shuffler->next % all.count].irq;

	shuffler->next += shuffler->step;
	return move_to(shuffler, irq);
}

/* The irq that fires and an idle one in turn. */
static int move_both(void *context)
{
	struct shuffler *shuffler = context;
	int error = move_to(shuffler, all.arm.irq);

	return error ? error : move_next(shuffler);
}

static void shuffle(void *argument)
{
	struct shuffler *shuffler = argument;

	while (shuffler->moves < shuffler->limit && !shuffler->error)
		shuffler->error = move_next(shuffler);
}

static int begin_idle(const struct test_run *run, struct idle_irq *idle)
{
	/* Where the tables are small, they would be full before any CPU is. */
	const struct source *source = run->options->irtes >= 2 * all.count ? all.arm.source : NULL;
	struct irq_request request;
	int error;

	idle_store_init(&idle->store, true);
	request = idle_request(&idle->store, source, run->phase == PHASE_REMAPPED);
	/* One that looks into the IRR would find messages of others there: numbers are shared. */
	if (!request.protocol->needs_remapping)
		request.protocol = protocol_find("masked");
	error = irq_alloc(&request, &idle->irq);
	if (error)
		return error;
	error = irq_request(idle->irq, IRQ_CPU_ANY, idle_arrived, idle_arrived, idle);
	if (error) {
		irq_free(idle->irq);
		idle->irq = NULL;
	}
	return error;
}

/* `crowd` CPUs, which share the idle irqs among them. */
static void begin(struct test_run *run, unsigned int crowd)
{
	int error = 0;

	all.crowd = crowd;
	all.count = irq_cpus() * IRQS_PER_CPU < IRQS_MAX ? irq_cpus() * IRQS_PER_CPU : IRQS_MAX;
	all.count -= all.count % crowd; /* so that each irq is moved by one CPU only */
	for (unsigned int n = 0; n < all.count && !error; n++)
		error = begin_idle(run, &all.idle[n]);
	test_check(run, !error, "an idle irq was refused: error %d", error);
	for (unsigned int n = 0; n < crowd; n++)
		all.shufflers[n] = (struct shuffler){
		        .random = random_init(run->options->seed + n),
		        .next = n,
		        .step = crowd,
		        .limit = run->options->fires / MOVES_PART + 1,
		};
}

static void end(void)
{
	for (unsigned int n = 0; n < all.count; n++)
		if (all.idle[n].irq) {
			irq_release(all.idle[n].irq);
			irq_free(all.idle[n].irq);
		}
}

static void fire_and_move(struct test_run *run)
{
	uint64_t fires = run->options->fires / FIRES_PART / arms_sources() + 1;
	struct mover *mover = &all.arm.mover;
	int error = 0;

	mover->move = move_both;
	mover->context = &all.shufflers[0];
	mover_start(mover);
	for (uint64_t i = 0; i < fires && !error; i++) {
		mover_keep_pace(mover);
		error = arm_fire(&all.arm);
	}
	mover_stop(mover);
	test_check(run, !error, "%s refused to fire: error %d", all.arm.source->name, error);
	test_check(run, !mover->error, "a move failed: error %d", mover->error);
}

/* CPU 0 is one of them. */
static void move_as_a_crowd(struct test_run *run)
{
	for (unsigned int n = 1; n < all.crowd; n++)
		smp_start(n, shuffle, &all.shufflers[n]);
	shuffle(&all.shufflers[0]);
	for (unsigned int n = 1; n < all.crowd; n++)
		smp_wait(n);
	for (unsigned int n = 0; n < all.crowd; n++)
		test_check(run, !all.shufflers[n].error, "a move by cpu %u failed: error %d", n,
		           all.shufflers[n].error);
}

/*
 * With all vectors taken, the place between two targets of a move may belong to another irq. That
 * one gets the first copy of a message that is sent again, as it does in Linux; it has a handler
 * for none of its own, so here they are known.
 */
static void check_books(struct test_run *run)
{
	const struct ledger *ledger = &all.arm.ledger;
	uint32_t arrived = 0;

	arm_prove(&all.arm);
	for (unsigned int n = 0; n < all.count; n++)
		arrived += all.idle[n].arrived;
	all.arm.irq->originals_seen += arrived;
	arm_check_books(run, &all.arm);
	test_check(run, !ledger_lost(ledger), "lost %lu of %lu messages, %lu of them strays",
	           ledger_lost(ledger), ledger->fired, ledger->outcomes[OUTCOME_STRAY]);
}

/* Nobody moves any more: a drain leaves each irq its target and nothing else. */
static void check_drained(struct test_run *run, const struct counts *before)
{
	struct counts expected = *before;

	irq_drain(NULL);
	expected.irqs = irq_count();
	expected.vectors.allocated += irq_count();
	expected.vectors.available -= irq_count();
	for (const struct irq *irq = irq_first(); irq; irq = irq->next)
		expected.entries += irq->levels > 2;
	counts_check(run, &expected, "after the last move");
}

static void print_result(const struct test_run *run)
{
	uint64_t moves = 0, refused = 0, busy = 0;

	for (unsigned int n = 0; n < all.crowd; n++) {
		moves += all.shufflers[n].moves;
		refused += all.shufflers[n].refused;
		busy += all.shufflers[n].busy;
	}
	print("# %s: %lu moves of %u irqs over %u CPUs with %u vectors each; %lu refused as the "
	      "CPU was full, %lu as the irq was being cleaned up after\n",
	      run->name, moves, irq_count(), cpu_count(), VECTORS, refused, busy);
	if (all.arm.ledger.fired)
		print("# %s: %lu messages meanwhile\n", run->name, all.arm.ledger.fired);
}

static void move_under_fire(struct test_run *run, const struct counts *before)
{
	begin(run, 1);
	if (!run->failed) {
		fire_and_move(run);
		check_books(run);
		check_drained(run, before);
		print_result(run);
	}
	end();
}

static void cleanup(struct test_run *run)
{
	struct source *source = arms_source(run->instance);
	const struct protocol *protocol = arms_lossless_for(source, run->phase == PHASE_REMAPPED);
	struct counts before;

	memset(&all, 0, sizeof(all));
	check_error(run, vector_limit(VECTORS), 0, "vector_limit()");
	before = counts_take();
	if (arm_open(run, &all.arm, source, protocol)) {
		move_under_fire(run, &before);
		arm_close(run, &all.arm);
	}
	counts_check(run, &before, "in the end");
	check_error(run, vector_limit(0), 0, "vector_limit() in the end");
}

/* The irqs have entries where there is a source to lend its name. */
static void crowd(struct test_run *run)
{
	struct counts before;

	memset(&all, 0, sizeof(all));
	all.arm.source = arms_source(0);
	check_error(run, vector_limit(VECTORS), 0, "vector_limit()");
	before = counts_take();
	begin(run, cpu_count() < CROWD_MAX ? cpu_count() : CROWD_MAX);
	if (!run->failed) {
		move_as_a_crowd(run);
		check_drained(run, &before);
		print_result(run);
	}
	end();
	counts_check(run, &before, "in the end");
	check_error(run, vector_limit(0), 0, "vector_limit() in the end");
}

#define CLEANUP(phase_name)                                                                        \
	{                                                                                          \
		.name = "cleanup",                                                                 \
		.checks =                                                                          \
		        "irqs that are moved as fast as can be, from all CPUs and with few "       \
		        "vectors, take over those that others have left behind, and no message "   \
		        "is lost to one that was freed too early (the mail's #3: a move needs a "  \
		        "new vector)",                                                             \
		.failure = "a vector is given to somebody else while a message is on its way to "  \
		           "it, or is never given back",                                           \
		.phase = phase_name, .cpus = 2, .instances = arms_one_each,                        \
		.label = arms_source_label, .needs = NO_SOURCE, .run = cleanup,                    \
	}

TEST(56, cleanup_direct) = CLEANUP(PHASE_DIRECT);
TEST(56, cleanup_remapped) = CLEANUP(PHASE_REMAPPED);

#define CROWD(phase_name)                                                                          \
	{                                                                                          \
		.name = "cleanup-crowd",                                                           \
		.checks = "several CPUs move irqs at once and take over what the others have "     \
		          "left behind; nothing leaks",                                            \
		.failure = "clean-ups get in each other's way", .phase = phase_name, .cpus = 2,    \
		.instances = arms_one_if_any, .label = arms_phase_label, .needs = NO_SOURCE,       \
		.run = crowd,                                                                      \
	}

TEST(56, crowd_direct) = CROWD(PHASE_DIRECT);
TEST(56, crowd_remapped) = CROWD(PHASE_REMAPPED);
