// SPDX-License-Identifier: MIT
// All sources of the machine at once: they share the CPUs, the vectors and the remapping tables.
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/suite.h"

struct together {
	unsigned int count; /* of arms[] that take part */
	uint64_t moves;
	int move_error;
	uint32_t stop;
};

/* Too much for a stack. */
static struct arm arms[SOURCES_MAX];

/* A device that is two sources can be open as one of them only; that is no failure. */
static void begin_all(struct test_run *run, struct together *all, const struct protocol *protocol)
{
	struct source *source;

	for (unsigned int s = 0; (source = source_get(s)); s++) {
		int error = source->ops->open(source);

		if (error)
			continue;
		error = arm_begin(&arms[all->count], source, 0, protocol, run->options->seed + s);
		if (test_check(run, !error, "%s refused its irq: error %d", source->name, error))
			all->count++;
		else
			source->ops->close(source);
	}
}

static void move_all_in_turn(void *argument)
{
	struct together *all = argument;

	for (unsigned int i = 0; !__atomic_load_n(&all->stop, __ATOMIC_ACQUIRE) && !all->move_error;
	     i++) {
		all->move_error = arm_move(&arms[i % all->count]);
		__atomic_store_n(&all->moves, all->moves + 1, __ATOMIC_RELEASE);
	}
}

static void fire_all_in_turn(struct test_run *run, struct together *all)
{
	smp_start(ROLE_MOVE, move_all_in_turn, all);
	while (!__atomic_load_n(&all->moves, __ATOMIC_ACQUIRE))
		pause();
	for (uint64_t i = 0; i < run->options->fires && !run->failed; i++) {
		struct arm *arm = &arms[i % all->count];
		int error = arm_fire(arm);

		test_check(run, !error, "%s refused to fire: error %d", arm->source->name, error);
	}
	__atomic_store_n(&all->stop, 1, __ATOMIC_RELEASE);
	smp_wait(ROLE_MOVE);
	test_check(run, !all->move_error, "a move failed: error %d", all->move_error);
}

static void check_and_end(struct test_run *run, struct arm *arm)
{
	const struct ledger *ledger = &arm->ledger;

	test_check(run, ledger_conserved(ledger), "%s: the outcomes do not add up",
	           arm->source->name);
	if (!test_check(run, !ledger_lost(ledger), "%s %s: lost %lu of %lu messages",
	                arm->source->name, arm->source->kind, ledger_lost(ledger), ledger->fired))
		arm_print_state(arm);
	arm_end(arm);
	arm->source->ops->close(arm->source);
}

static void together(struct test_run *run)
{
	struct together all = {0};

	begin_all(run, &all, arms_lossless_protocol(run->phase == PHASE_REMAPPED));
	if (all.count)
		fire_all_in_turn(run, &all);
	for (unsigned int i = 0; i < all.count; i++)
		check_and_end(run, &arms[i]);
	if (!run->failed)
		print("# together: %u sources, %lu moves, %lu messages, none lost\n", all.count,
		      all.moves, run->options->fires);
}

static unsigned int one_if_any(enum test_phase phase)
{
	(void)phase;
	return source_get(0) ? 1 : 0;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)instance;
	format(buffer, size, "%s", arms_lossless_protocol(phase == PHASE_REMAPPED)->name);
}

#define TOGETHER(phase_name)                                                                       \
	{                                                                                          \
		.name = "together",                                                                \
		.checks = "many sources move at once and lose nothing, by two-step or remapping",  \
		.failure = "the irqs get in each other's way: vectors, entries or the queue",      \
		.phase = phase_name, .cpus = 2, .instances = one_if_any, .label = label,           \
		.needs = NO_SOURCE, .run = together,                                               \
	}

TEST(30, together_direct) = TOGETHER(PHASE_DIRECT);
TEST(30, together_remapped) = TOGETHER(PHASE_REMAPPED);
