// SPDX-License-Identifier: MIT
/*
 * Irqs are allocated, requested, moved, released and freed at random, while any step in any of
 * their layers may fail at random, and while vectors run out by themselves: there are fewer of them
 * than irqs. One CPU does it all, so that the same seed gives the same storm again.
 */
#include "tests/storm/storm.h"

#include <asm-generic/errno.h>

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/cpu.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/progress.h"
#include "kernel/random.h"
#include "kernel/string.h"
#include "tests/arms.h"

#define IDLE_IRQS      30
#define PLACES_MAX     (IDLE_IRQS + 128)
#define STEPS_PER_FIRE 10     /* of the option's messages: 100,000 steps by default */
#define CHECK_ALL      64     /* after so many steps all is looked at, */
#define FIRE_NEXT      16     /* and fired, whether or not it was touched */
#define FAILURE_IN     8      /* one step in a layer of so many fails, */
#define FAILURE        (-EIO) /* with an error that no layer has of its own accord */

enum operation { ALLOC, REQUEST, MOVE, RELEASE, FREE, OPERATIONS };
static const char *const operation_names[OPERATIONS] = {"alloc", "request", "move", "release",
                                                        "free"};

enum layer_kind { LAYER_LEAF, LAYER_REMAPPING, LAYER_VECTOR, LAYERS };
#define LAYER_STEPS (IRQ_STEP_SET_AFFINITY + 1)

static struct {
	struct random random;
	struct storm_places places;
	bool opened[SOURCES_MAX];
	uint32_t vectors; /* of each CPU */
	uint64_t step;
	uint64_t done[OPERATIONS], refused;
	uint32_t injected; /* in the operation under way */
	uint64_t failures[LAYERS][LAYER_STEPS];
} storm;

static struct storm_place *all_places; /* PLACES_MAX, from the first storm on */

static int fail_at_random(const struct irq *irq, const struct irq_layer *layer, enum irq_step step)
{
	enum layer_kind kind = layer == &irq->chain[0]                 ? LAYER_LEAF
	                       : layer == &irq->chain[irq->levels - 1] ? LAYER_VECTOR
	                                                               : LAYER_REMAPPING;

	if (random_below(&storm.random, FAILURE_IN))
		return 0;
	storm.failures[kind][step]++;
	storm.injected++;
	return FAILURE;
}

/* Any CPU in reach in a while, and now and then the choice is left open. */
static uint32_t random_cpu(const struct irq *irq, bool or_any)
{
	uint32_t cpu = random_below(&storm.random, irq_reach(irq) + or_any);

	return cpu == irq_reach(irq) ? IRQ_CPU_ANY : cpu;
}

static int alloc_place(const struct test_run *run, struct storm_place *place)
{
	bool remapping = run->phase == PHASE_REMAPPED;
	struct arm *arm = &place->arm;
	struct irq_request request;

	if (arm->source)
		return arm_alloc(arm, arm->source, arm->slot,
		                 arms_lossless_for(arm->source, remapping), storm.step);
	/* One in four cannot be masked, and so not reserve. */
	idle_store_init(&place->idle, (place - storm.places.place) % 4);
	request = idle_request(&place->idle, storm.places.place[0].arm.source, remapping);
	ledger_init(&arm->ledger);
	return irq_alloc(&request, &arm->irq);
}

static enum operation random_operation(const struct storm_place *place)
{
	uint32_t n = random_below(&storm.random, 16);

	if (!place->allocated)
		return ALLOC;
	if (!place->requested)
		return n < 4 ? FREE : REQUEST;
	return n < 3 ? RELEASE : MOVE;
}

/* Does it, and enters in the books what came of it. */
static int operate(const struct test_run *run, struct storm_place *place, enum operation what,
                   uint32_t cpu)
{
	struct irq *irq = place->arm.irq;
	int error = 0;

	switch (what) {
	case ALLOC:
		error = alloc_place(run, place);
		place->allocated = !error;
		break;
	case REQUEST:
		error = arm_request(&place->arm, cpu);
		place->requested = !error;
		break;
	case MOVE:
		error = irq_set_affinity(irq, cpu);
		break;
	case RELEASE:
		error = irq_release(irq);
		place->requested = false;
		break;
	default:
		irq_free(irq);
		place->allocated = false;
	}
	return error;
}

/*
 * Whether each vector of the CPU is the target of some irq, or a number that `irq` (NULL: a new
 * one) has on another CPU: none is to be had then, and what irqs have left behind does not count.
 */
static bool is_full(uint32_t cpu, const struct irq *irq)
{
	for (uint32_t n = 0; n < storm.vectors; n++) {
		uint8_t vector = (uint8_t)(VECTOR_DEVICE_FIRST + n);
		bool intermediate;
		const struct irq *owner = vector_owner(cpu, vector, &intermediate);

		if (irq && irq->target.vector == vector)
			continue;
		if (!owner || owner->target.cpu != cpu || owner->target.vector != vector)
			return false;
	}
	return true;
}

static bool none_left(uint32_t cpu, const struct irq *irq)
{
	if (cpu != IRQ_CPU_ANY)
		return is_full(cpu, irq);
	for (cpu = 0; cpu < (irq ? irq_reach(irq) : irq_cpus()); cpu++)
		if (!is_full(cpu, irq))
			return false;
	return true;
}

static bool some_table_is_full(const struct test_run *run)
{
	struct vtd_unit *unit;

	for (unsigned int n = 0; vtd_enabled() && (unit = vtd_unit_get(n)); n++)
		if (vtd_unit_used(unit) == run->options->irtes)
			return true;
	return false;
}

/* The one that was injected, if one was, and else none; or there is really nothing left. */
static void check_result(struct test_run *run, const struct storm_place *place, int error,
                         enum operation what, uint32_t cpu)
{
	if (storm.injected) {
		test_check(run, error == FAILURE, "a layer failed, and it returned %d", error);
		return;
	}
	if (error == -ENOSPC && what != RELEASE) {
		storm.refused++;
		if (what == ALLOC && some_table_is_full(run))
			return;
		test_check(run, none_left(cpu, what == ALLOC ? NULL : place->arm.irq),
		           "it found no vector on cpu %d, and there is one", (int)cpu);
		return;
	}
	test_check(run, !error, "it failed with %d, and no layer was made to", error);
}

static void check_target(struct test_run *run, const struct storm_place *place,
                         const struct irq_target *before, int error, enum operation what,
                         uint32_t cpu)
{
	const struct irq_target *now = &place->arm.irq->target;

	if (error && what != ALLOC)
		test_check(run, now->cpu == before->cpu && now->vector == before->vector,
		           "it failed, and the target changed from cpu %u, vector %02x to cpu %u, "
		           "vector %02x",
		           before->cpu, before->vector, now->cpu, now->vector);
	else if ((what == REQUEST && cpu != IRQ_CPU_ANY) || what == MOVE)
		test_check(run, now->cpu == cpu, "it went to cpu %u", now->cpu);
}

static void fire(struct test_run *run, struct storm_place *place)
{
	const uint64_t *outcomes = place->arm.ledger.outcomes;
	uint64_t arrived = outcomes[OUTCOME_NEW];

	if (!place->requested || !place->arm.source)
		return;
	test_check(run, !arm_fire(&place->arm), "%s refused to fire", place->arm.source->name);
	test_check(run, outcomes[OUTCOME_NEW] == arrived + 1,
	           "the message of %s slot %u did not come in at its target",
	           place->arm.source->name, place->arm.slot);
}

static void check_quiet(struct test_run *run, const struct storm_place *place)
{
	const struct ledger *ledger = &place->arm.ledger;

	test_check(run, !ledger->duplicate && !ledger->late && !ledger->outcomes[OUTCOME_STRAY],
	           "messages came in that nobody had sent");
}

static void take_step(struct test_run *run)
{
	struct storm_places *places = &storm.places;
	struct storm_place *place = &places->place[random_below(&storm.random, places->count)];
	enum operation what = random_operation(place);
	uint32_t cpu = what == ALLOC ? IRQ_CPU_ANY : random_cpu(place->arm.irq, what == REQUEST);
	struct irq_target before = {0};
	int error;

	if (place->allocated)
		before = place->arm.irq->target;
	storm.injected = 0;
	error = operate(run, place, what, cpu);
	storm.done[what] += !error;
	check_result(run, place, error, what, cpu);
	if (place->allocated) {
		check_target(run, place, &before, error, what, cpu);
		check_quiet(run, place);
		fire(run, place);
	}
	if (storm.step % FIRE_NEXT == 0)
		fire(run, &places->place[storm.step / FIRE_NEXT % places->count]);
	storm_check(run, places);
	if (storm.step % CHECK_ALL == 0)
		storm_check_all(run, places);
	if (run->failed)
		print("# step %lu of seed %lu: %s of place %u, cpu %d\n", storm.step,
		      run->options->seed, operation_names[what],
		      (unsigned int)(place - places->place), (int)cpu);
}

static void add_places(struct storm_places *places, struct source *source, unsigned int count)
{
	for (unsigned int n = 0; n < count && places->count < PLACES_MAX; n++) {
		struct storm_place *place = &places->place[places->count++];

		place->arm.source = source;
		place->arm.slot = n;
	}
}

/* Every slot of the sources that can be open at once; few enough vectors that they run out. */
static void begin(struct test_run *run)
{
	struct storm_places *places = &storm.places;
	struct source *source;

	memset(&storm, 0, sizeof(storm));
	memset(all_places, 0, PLACES_MAX * sizeof(*all_places));
	storm.random = random_init(run->options->seed);
	places->place = all_places;
	for (unsigned int n = 0; (source = arms_source(n)); n++) {
		storm.opened[n] = !source_open(source);
		if (storm.opened[n])
			add_places(places, source, source->slots);
	}
	add_places(places, NULL, IDLE_IRQS);
	storm.vectors = places->count * 7 / 8 / cpu_count() + 1;
	test_check(run, !vector_limit(storm.vectors), "the vectors cannot be made few");
	places->before = counts_take();
}

static void end(struct test_run *run)
{
	struct storm_places *places = &storm.places;
	struct source *source;

	for (unsigned int n = 0; n < places->count; n++) {
		struct storm_place *place = &places->place[n];

		if (place->requested)
			irq_release(place->arm.irq);
		if (place->allocated)
			irq_free(place->arm.irq);
	}
	for (unsigned int n = 0; (source = arms_source(n)); n++)
		if (storm.opened[n])
			source->ops->close(source);
	counts_check(run, &places->before, "after the storm");
	test_check(run, !vector_limit(0), "a vector is left behind");
}

static void print_result(const struct test_run *run)
{
	static const char *const names[LAYERS] = {"leaf", "remapping", "vector"};

	print("# storm: seed=%lu steps=%lu irqs=%u cpus=%u vectors=%u each; allocated=%lu "
	      "requested=%lu moved=%lu released=%lu freed=%lu, nothing left=%lu\n",
	      run->options->seed, storm.step, storm.places.count, cpu_count(), storm.vectors,
	      storm.done[ALLOC], storm.done[REQUEST], storm.done[MOVE], storm.done[RELEASE],
	      storm.done[FREE], storm.refused);
	for (int layer = 0; layer < LAYERS; layer++)
		print("# storm: failures injected in the %s layer: alloc=%lu activate=%lu "
		      "set_affinity=%lu\n",
		      names[layer], storm.failures[layer][IRQ_STEP_ALLOC],
		      storm.failures[layer][IRQ_STEP_ACTIVATE],
		      storm.failures[layer][IRQ_STEP_SET_AFFINITY]);
}

static void run_storm(struct test_run *run)
{
	uint64_t steps = run->options->fires * STEPS_PER_FIRE;

	if (!all_places)
		all_places = memory_alloc(PLACES_MAX * sizeof(*all_places), sizeof(uint64_t));
	if (!test_check(run, all_places, "no memory for the books of %u irqs", PLACES_MAX))
		return;
	begin(run);
	irq_inject(fail_at_random);
	progress_of(steps);
	while (storm.step < steps && !run->failed) {
		storm.step++;
		progress_step();
		take_step(run);
	}
	irq_inject(NULL);
	storm_check_all(run, &storm.places);
	print_result(run);
	if (run->failed)
		irq_dump();
	end(run);
}

#define STORM(phase_name)                                                                          \
	{                                                                                          \
		.name = "storm",                                                                   \
		.checks = "whatever fails in whichever layer, the error is passed on, all is as "  \
		          "it was, nothing leaks, no vector has two owners and each irq that is "  \
		          "requested delivers (the mail: \"both can fail and the error is "        \
		          "propagated through the call chain\")",                                  \
		.failure = "a failure in one layer is not undone in the others",                   \
		.phase = phase_name, .instances = arms_one_if_any, .label = arms_phase_label,      \
		.needs = NO_SOURCE, .run = run_storm,                                              \
	}

TEST(60, storm_direct) = STORM(PHASE_DIRECT);
TEST(60, storm_remapped) = STORM(PHASE_REMAPPED);
