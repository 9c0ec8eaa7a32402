// SPDX-License-Identifier: MIT
// All sources of the machine at once: they share the CPUs, the vectors and the remapping tables.
#include "kernel/cpu/cpu.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/entries.h"
#include "tests/suite.h"

struct together {
	bool opened[SOURCES_MAX];
	unsigned int count; /* of arms[] that take part */
	unsigned int next;  /* to move */
	struct mover mover;
};

#define ARMS_MAX (2 * SOURCES_MAX)

static struct arm *arms; /* ARMS_MAX, from the first time on */

static void begin_one(struct test_run *run, struct together *all, struct source *source,
                      unsigned int slot)
{
	const struct protocol *protocol = arms_lossless_for(source, run->phase == PHASE_REMAPPED);
	struct arm *arm = &arms[all->count];
	int error;

	if (!entries_left(run, source, 1))
		return;
	error = arm_begin(arm, source, slot, protocol, run->options->seed + all->count);
	if (test_check(run, !error, "%s slot %u refused its irq: error %d", source->name, slot,
	               error))
		all->count++;
}

/*
 * The first and the last slot of each source. A device that is two sources can be open as one of
 * them only; that is no failure.
 */
static void begin_all(struct test_run *run, struct together *all)
{
	struct source *source;

	for (unsigned int s = 0; (source = arms_source(s)); s++) {
		if (source_open(source))
			continue;
		all->opened[s] = true;
		begin_one(run, all, source, 0);
		if (source->slots > 1)
			begin_one(run, all, source, source->slots - 1);
	}
}

static void end_all(struct together *all)
{
	struct source *source;

	for (unsigned int i = 0; i < all->count; i++)
		arm_end(&arms[i]);
	for (unsigned int s = 0; (source = arms_source(s)); s++)
		if (all->opened[s])
			source->ops->close(source);
}

static int move_next(void *context)
{
	struct together *all = context;

	return arm_move(&arms[all->next++ % all->count]);
}

static void fire_all_in_turn(struct test_run *run, struct together *all)
{
	all->mover.move = move_next;
	all->mover.context = all;
	mover_start(&all->mover);
	for (uint64_t i = 0; i < run->options->fires && !run->failed; i++) {
		struct arm *arm = &arms[i % all->count];

		mover_keep_pace(&all->mover);
		test_check(run, !arm_fire(arm), "%s refused to fire", arm->source->name);
	}
	mover_stop(&all->mover);
	test_check(run, !all->mover.error, "a move failed: error %d", all->mover.error);
}

static void check(struct test_run *run, struct arm *arm)
{
	const struct ledger *ledger = &arm->ledger;

	arm_prove(arm);
	arm_check_books(run, arm);
	if (!test_check(run, !ledger_lost(ledger), "%s %s: lost %lu of %lu messages",
	                arm->source->name, arm->source->kind, ledger_lost(ledger), ledger->fired))
		arm_print_state(arm);
}

static void together(struct test_run *run)
{
	struct together all = {0};

	if (!arms)
		arms = memory_alloc(ARMS_MAX * sizeof(*arms), sizeof(uint64_t));
	if (!test_check(run, arms, "no memory for %u arms", ARMS_MAX))
		return;
	begin_all(run, &all);
	if (all.count && !run->skipped) {
		fire_all_in_turn(run, &all);
		for (unsigned int i = 0; i < all.count; i++)
			check(run, &arms[i]);
	}
	end_all(&all);
	if (!run->failed && !run->skipped)
		print("# together: %u irqs, %lu moves, %lu messages, none lost\n", all.count,
		      all.mover.moves, run->options->fires);
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)instance;
	format(buffer, size, "%s", arms_lossless_protocol(phase == PHASE_REMAPPED)->name);
}

#define TOGETHER(phase_name)                                                                       \
	{                                                                                          \
		.name = "together",                                                                \
		.checks = "many sources move at once and lose nothing, by two-step or remapping "  \
		          "(the argument's points 2 and 3)",                                       \
		.failure = "the irqs get in each other's way: vectors, entries or the queue",      \
		.phase = phase_name, .cpus = 2, .instances = arms_one_if_any, .label = label,      \
		.needs = NO_SOURCE, .run = together,                                               \
	}

TEST(30, together_direct) = TOGETHER(PHASE_DIRECT);
TEST(30, together_remapped) = TOGETHER(PHASE_REMAPPED);
