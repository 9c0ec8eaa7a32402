// SPDX-License-Identifier: MIT
// CPUs leave and come back while a device fires at them.
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/hotplug.h"
#include "kernel/print.h"
#include "tests/arms.h"
#include "tests/unplug/unplug.h"

/* CPU 0 fires, CPU 1 has the others leave, from this one on. In one test CPU 2 moves, and stays. */
#define FIRST_TO_LEAVE 2
#define ROLE_MOVE_TOO  2

/*
 * So many times the messages that go with a move otherwise (tests/mover.c): who is out, is out for
 * 10 ms at least, and only the beginning of it is of interest.
 */
#define PACE 4

/* For the same reason only so many of the messages that were asked for: a part of them. */
#define FIRES_PART       8
#define FIRES_MOVED_PART 16

/*
 * How often a CPU that leaves looks for one more message: from a CPU that was waiting to send it,
 * and from one that is busy with another, which may be waiting for this CPU in turn.
 */
#define LOOKS_AT_READY 1000000
#define LOOKS_AT_BUSY  2000

struct unplugger {
	struct arm *arm;
	uint32_t first, next; /* to leave */
	bool moves_there;     /* the irq, before the CPU leaves */
	uint64_t unplugs;
};

static int unplug_next(void *context)
{
	struct unplugger *unplugger = context;
	uint32_t cpu = unplugger->next;
	int error = unplugger->moves_there ? irq_set_affinity(unplugger->arm->irq, cpu) : 0;

	unplugger->next = cpu + 1 < irq_reach(unplugger->arm->irq) ? cpu + 1 : unplugger->first;
	if (!error)
		error = cpu_unplug(cpu);
	if (error)
		return error;
	unplugger->unplugs++;
	return cpu_return(cpu);
}

static struct arm *under_fire_now;

static bool has_fired_since(uint64_t fired)
{
	return __atomic_load_n(&under_fire_now->ledger.fired, __ATOMIC_RELAXED) != fired;
}

/* On the CPU that leaves: a message that is fired now is found in its IRR. */
static void await_a_message(unsigned int window)
{
	uint64_t fired = __atomic_load_n(&under_fire_now->ledger.fired, __ATOMIC_RELAXED);
	int looks;

	if (window != 0)
		return;
	looks = mover_count(&under_fire_now->mover) ? LOOKS_AT_READY : LOOKS_AT_BUSY;
	while (!has_fired_since(fired) && looks-- > 0)
		pause();
}

static void fire_while_cpus_leave(struct test_run *run, struct unplugger *unplugger, uint64_t fires)
{
	struct arm *arm = unplugger->arm;
	int error = 0;

	arm->mover.move = unplug_next;
	arm->mover.context = unplugger;
	under_fire_now = arm;
	cpu_unplug_at_window(await_a_message);
	mover_start(&arm->mover);
	for (uint64_t i = 0; i < fires && !error; i++) {
		if (i % PACE == 0)
			mover_keep_pace(&arm->mover);
		error = arm_fire(arm);
	}
	mover_stop(&arm->mover);
	cpu_unplug_at_window(NULL);
	test_check(run, !error, "%s refused to fire: error %d", arm->source->name, error);
	test_check(run, !arm->mover.error, "unplug %lu failed: error %d", unplugger->unplugs,
	           arm->mover.error);
}

static void report(const struct test_run *run, const struct unplugger *unplugger, uint64_t replays)
{
	const struct ledger *ledger = &unplugger->arm->ledger;

	print("# %s: %lu unplugs, %lu messages, %lu of them found in the IRR of a CPU that left, "
	      "%lu lost\n",
	      run->name, unplugger->unplugs, ledger->fired, replays, ledger_lost(ledger));
}

/* The CPU that leaves is always the one the messages go to. */
static void under_fire(struct test_run *run)
{
	uint64_t replays = cpu_unplug_replays();
	struct arm arm;
	struct unplugger unplugger = {
	        .arm = &arm, .first = FIRST_TO_LEAVE, .next = FIRST_TO_LEAVE, .moves_there = true};

	if (!unplug_begin(run, &arm))
		return;
	fire_while_cpus_leave(run, &unplugger, run->options->fires / FIRES_PART + 1);
	unplug_end(run, &arm, 0);
	replays = cpu_unplug_replays() - replays;
	report(run, &unplugger, replays);
	if (!replays)
		print("# %s: no message waited in the IRR: this run does not show that those "
		      "arrive\n",
		      run->name);
}

/* The other mover, on a CPU of its own. */
struct restless {
	struct arm *arm;
	uint32_t stop;
	uint64_t moves, refused;
	int error;
};

/* It gets to know that an irq is held, or a CPU gone; all else is an error. */
static void move_at_random(void *context)
{
	struct restless *restless = context;

	while (!__atomic_load_n(&restless->stop, __ATOMIC_ACQUIRE) && !restless->error) {
		uint32_t cpu = random_below(&restless->arm->random, irq_reach(restless->arm->irq));
		int error = irq_set_affinity(restless->arm->irq, cpu);

		if (!error)
			restless->moves++;
		else if (error == -EBUSY || (error == -EINVAL && cpu > ROLE_MOVE_TOO))
			restless->refused++;
		else
			restless->error = error;
	}
}

static void under_fire_and_moved(struct test_run *run)
{
	uint64_t replays = cpu_unplug_replays();
	struct arm arm;
	struct unplugger unplugger = {
	        .arm = &arm, .first = ROLE_MOVE_TOO + 1, .next = ROLE_MOVE_TOO + 1};
	struct restless restless = {.arm = &arm};

	if (!unplug_begin(run, &arm))
		return;
	smp_start(ROLE_MOVE_TOO, move_at_random, &restless);
	fire_while_cpus_leave(run, &unplugger, run->options->fires / FIRES_MOVED_PART + 1);
	__atomic_store_n(&restless.stop, 1, __ATOMIC_RELEASE);
	smp_wait(ROLE_MOVE_TOO);
	test_check(run, !restless.error, "a move failed: error %d", restless.error);
	unplug_end(run, &arm, 0);
	report(run, &unplugger, cpu_unplug_replays() - replays);
	print("# %s: %lu moves meanwhile, %lu refused\n", run->name, restless.moves,
	      restless.refused);
}

#define UNPLUG_FIRE(phase_name)                                                                    \
	{                                                                                          \
		.name = "unplug.fire",                                                             \
		.checks =                                                                          \
		        "CPUs leave and come back while a device fires at them: every message "    \
		        "arrives, those found in the IRR by being sent again (#2, CPU hotunplug: " \
		        "all vectors targeting the outgoing CPU are migrated)",                    \
		.failure = "a message was lost with a CPU that left, as in Linux before "          \
		           "52d6b926aabc, or one came in twice",                                   \
		.phase = phase_name, .cpus = 3, .instances = arms_one_each,                        \
		.label = arms_source_label, .needs = NO_SOURCE, .run = under_fire,                 \
	}

#define UNPLUG_MOVES(phase_name)                                                                   \
	{                                                                                          \
		.name = "unplug.moves",                                                            \
		.checks = "the same while another CPU moves the irq all the time: each of the "    \
		          "two finds it held, or moved, at any moment (#2 and #3)",                \
		.failure = "a move and an unplug got in each other's way (irq_hold()), or a "      \
		           "replay was lost between them",                                         \
		.phase = phase_name, .cpus = 4, .instances = arms_one_if_any,                      \
		.label = arms_source_label, .needs = NO_SOURCE, .run = under_fire_and_moved,       \
	}

TEST(58, unplug_fire_direct) = UNPLUG_FIRE(PHASE_DIRECT);
TEST(58, unplug_fire_remapped) = UNPLUG_FIRE(PHASE_REMAPPED);
TEST(58, unplug_moves_direct) = UNPLUG_MOVES(PHASE_DIRECT);
TEST(58, unplug_moves_remapped) = UNPLUG_MOVES(PHASE_REMAPPED);
