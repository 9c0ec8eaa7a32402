// SPDX-License-Identifier: MIT
/*
 * Level-triggered interrupts are moved while they are in service.
 *
 * A pin that has sent a message has remote IRR set and sends no other before that one's end of
 * interrupt (82093AA, 3.2.4). If that misses the pin, which has another vector or names a remapping
 * entry by now, the pin is stuck: the device asserts its interrupt and nobody hears of it again.
 *
 * The handler on one CPU is held at a certain place while another CPU moves the irq away; then the
 * same at random, as fast as it can be done.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/ioapic_leaf.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/source.h"
#include "kernel/print.h"
#include "kernel/random.h"
#include "kernel/time.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/mover.h"
#include "tests/roles.h"
#include "tests/suite.h"

#define LIVENESS_US 20000000 /* after so long without a sign of life it is dead */
#define GRACE_US    50       /* for hardware whose flush is not the whole way to the local APIC */

/* In turns of a loop: the n-th handler's time is n * DWELL_STEP % DWELL_MAX. */
#define DWELL_STEP 37
#define DWELL_MAX  200

enum level_case {
	CASE_ASSERTED,     /* held before it acknowledges the device */
	CASE_QUIET,        /* held after that */
	CASE_AGAIN_BEFORE, /* the same, and the device asserts again before the move */
	CASE_AGAIN_AFTER,  /* or after the move */
	CASE_STORM,        /* moved all the time, nobody is held */
	CASES,
};

static const char *const case_names[CASES] = {
        [CASE_ASSERTED] = "asserted",
        [CASE_QUIET] = "quiet",
        [CASE_AGAIN_BEFORE] = "again-before",
        [CASE_AGAIN_AFTER] = "again-after",
        [CASE_STORM] = "storm",
};

enum hold { HOLD_NOWHERE, HOLD_BEFORE, HOLD_AFTER };

struct level {
	struct source *source;
	struct message_store *store;
	struct irq *irq;
	struct roles roles;
	struct random random;

	uint32_t hold; /* where the next handler is held */
	uint32_t held, let_go;

	uint64_t fired;
	uint64_t acknowledged; /* calls of the handler that found the device asserting */
	uint64_t spurious;     /* those that did not */
	uint64_t moved_under;  /* those that had not returned when the irq was moved */
	uint32_t last_cpu;     /* that acknowledged */
};

/* It may be that nobody lets go of it: when the test gave up. */
static void be_held(struct level *level, enum hold place)
{
	struct deadline deadline = deadline_in_us(2 * LIVENESS_US);
	uint32_t here = place;

	if (!__atomic_compare_exchange_n(&level->hold, &here, HOLD_NOWHERE, false, __ATOMIC_SEQ_CST,
	                                 __ATOMIC_SEQ_CST))
		return;
	__atomic_store_n(&level->held, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&level->let_go, __ATOMIC_SEQ_CST))
		if (deadline_passed(&deadline))
			return;
}

/* A handler takes its time, so that moves fall into it. */
static void dwell(const struct level *level)
{
	for (uint64_t n = level->acknowledged * DWELL_STEP % DWELL_MAX; n > 0; n--)
		pause();
}

static void handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct level *level = context;

	be_held(level, HOLD_BEFORE);
	if (level->source->ops->acknowledge(level->source, 0)) {
		__atomic_store_n(&level->last_cpu, arrival->cpu, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&level->acknowledged, 1, __ATOMIC_SEQ_CST);
	} else {
		__atomic_add_fetch(&level->spurious, 1, __ATOMIC_SEQ_CST);
	}
	dwell(level);
	be_held(level, HOLD_AFTER);
	if (__atomic_load_n(&irq->target.generation, __ATOMIC_RELAXED) != arrival->generation)
		__atomic_add_fetch(&level->moved_under, 1, __ATOMIC_RELAXED);
}

static void fire(struct test_run *run, struct level *level)
{
	int error = level->source->ops->fire(level->source, 0);

	if (test_check(run, !error, "the device refused to fire: error %d", error))
		level->fired++;
}

/* Returns when all handlers have returned, with their ends of interrupt. */
static void settle(struct level *level)
{
	level->source->ops->flush(level->source);
	barrier();
	delay_us(GRACE_US);
	barrier();
}

/* The time says only when to stop looking and to prove it: a busy host may need any time. */
static bool all_acknowledged(struct test_run *run, struct level *level)
{
	struct deadline deadline = deadline_in_us(LIVENESS_US);

	while (__atomic_load_n(&level->acknowledged, __ATOMIC_SEQ_CST) < level->fired)
		if (deadline_passed(&deadline)) {
			settle(level);
			break;
		}
	return test_check(run,
	                  __atomic_load_n(&level->acknowledged, __ATOMIC_SEQ_CST) >= level->fired,
	                  "the device asserts its interrupt and no handler came, though each CPU "
	                  "has taken an interrupt of a lower priority since: remote IRR is %s",
	                  ioapic_store_remote_irr(level->store) ? "set" : "clear");
}

static void check_at_rest(struct test_run *run, struct level *level)
{
	settle(level);
	test_check(run, level->acknowledged == level->fired,
	           "the device asserted its interrupt %lu times, and %lu handlers found it so",
	           level->fired, level->acknowledged);
	test_check(run, !ioapic_store_remote_irr(level->store),
	           "remote IRR is set and no handler runs: the pin is stuck");
}

static bool wait_until_held(struct test_run *run, struct level *level)
{
	struct deadline deadline = deadline_in_us(LIVENESS_US);

	while (!__atomic_load_n(&level->held, __ATOMIC_SEQ_CST))
		if (deadline_passed(&deadline))
			return test_check(run, false, "the first interrupt did not come in");
	return test_check(run, ioapic_store_remote_irr(level->store),
	                  "remote IRR is clear while the handler runs: nothing is shown");
}

/* From CPU 1, where the handler is held, to `to`. */
static void move_while_held(struct test_run *run, struct level *level, enum level_case what,
                            uint32_t to)
{
	int error;

	if (what == CASE_AGAIN_BEFORE)
		fire(run, level);
	error = irq_set_affinity(level->irq, to);
	test_check(run, !error, "the move failed: error %d", error);
	if (what == CASE_AGAIN_AFTER)
		fire(run, level);
}

static void retarget_in_service(struct test_run *run, struct level *level, enum level_case what)
{
	uint32_t to = cpu_count() > 2 ? 2 : 0;

	level->hold = what == CASE_ASSERTED ? HOLD_BEFORE : HOLD_AFTER;
	fire(run, level);
	if (wait_until_held(run, level))
		move_while_held(run, level, what, to);
	__atomic_store_n(&level->let_go, 1, __ATOMIC_SEQ_CST);
	if (!run->failed && all_acknowledged(run, level))
		check_at_rest(run, level);
	if (level->fired > 1)
		test_check(run, level->last_cpu == to,
		           "what came after the move was handled on cpu %u, not %u",
		           level->last_cpu, to);
	if (run->failed)
		return;
	fire(run, level);
	if (all_acknowledged(run, level))
		check_at_rest(run, level);
	test_check(run, level->last_cpu == to, "the next interrupt came in on cpu %u, not %u",
	           level->last_cpu, to);
}

static int move_on(void *context)
{
	struct level *level = context;
	uint32_t here = level->irq->target.cpu - level->roles.first_receiver;
	uint32_t step = 1 + random_below(&level->random, level->roles.receivers - 1);
	uint32_t next = (here + step) % level->roles.receivers;

	return irq_set_affinity(level->irq, level->roles.first_receiver + next);
}

static void storm(struct test_run *run, struct level *level)
{
	struct mover mover = {.move = move_on, .context = level};

	mover_start(&mover);
	for (uint64_t i = 0; i < run->options->fires && !run->failed; i++) {
		mover_keep_pace(&mover);
		fire(run, level);
		all_acknowledged(run, level);
	}
	mover_stop(&mover);
	test_check(run, !mover.error, "a move failed: error %d", mover.error);
	check_at_rest(run, level);
	print("# %s: %lu moves, %lu interrupts, %lu handled; under %lu handlers it was moved, %lu "
	      "found the device quiet\n",
	      run->name, mover.moves, level->fired, level->acknowledged, level->moved_under,
	      level->spurious);
	if (!level->moved_under)
		print("# %s: no move fell into a handler: this run shows nothing\n", run->name);
}

static struct ioapic_pin *pin_of(struct level *level)
{
	return &((struct ioapic_store *)level->store)->pin;
}

/*
 * Without an EOI register the pin is edge-triggered for a moment at each end of interrupt, and the
 * device may assert its interrupt in just that moment. Silicon looks at the line again when the pin
 * is level-triggered; an emulator may have looked only as the line rose. Here the moment is drawn
 * out: the pin is masked and edge-triggered, the line rises, the pin is as before.
 */
static bool forgets_level(struct level *level)
{
	struct ioapic_pin *pin = pin_of(level);
	struct ioapic_pin edge;
	bool asserted;

	ioapic_mask(pin);
	edge = *pin;
	edge.low &= ~(uint32_t)RTE_LOW_LEVEL;
	ioapic_write_low(&edge, edge.low);
	level->source->ops->fire(level->source, 0);
	level->source->ops->flush(level->source);
	ioapic_write_low(pin, pin->low);
	ioapic_unmask(pin);
	settle(level);
	asserted = level->source->ops->acknowledge(level->source, 0);
	level->acknowledged = 0;
	return asserted;
}

static void with_irq(struct test_run *run, struct level *level, enum level_case what)
{
	const struct irq_request request = {
	        .leaf = level->source->leaf,
	        .name = level->source->name,
	        .store = level->store,
	        .requester = level->source->requester,
	        .protocol = protocol_find(run->phase == PHASE_REMAPPED ? "remapped" : "level"),
	};
	int error = irq_alloc(&request, &level->irq);

	if (!test_check(run, !error, "its irq was refused: error %d", error))
		return;
	error = irq_request(level->irq, 1, handler, NULL, level);
	if (test_check(run, !error, "its irq was refused a vector: error %d", error)) {
		if (what != CASE_STORM)
			retarget_in_service(run, level, what);
		else if (!ioapic_has_eoi_register(pin_of(level)) && forgets_level(level))
			test_skip(run,
			          "this IO-APIC has no EOI register, and forgets a level that "
			          "rises while the pin is edge-triggered for a moment instead");
		else
			storm(run, level);
		if (run->failed)
			irq_dump();
		irq_release(level->irq);
	}
	irq_free(level->irq);
}

static void level(struct test_run *run)
{
	struct level level = {
	        .source = arms_level_source(run->instance / CASES),
	        .roles = roles_for(irq_cpus()),
	        .random = random_init(run->options->seed),
	};

	if (!arm_open_source(run, level.source))
		return;
	level.store = level.source->ops->store(level.source, 0);
	with_irq(run, &level, run->instance % CASES);
	level.source->ops->close(level.source);
}

static unsigned int instances(enum test_phase phase)
{
	unsigned int count = 0;

	(void)phase;
	while (arms_level_source(count))
		count++;
	return count * CASES;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s.%s", arms_level_source(instance / CASES)->name,
	       case_names[instance % CASES]);
}

#define LEVEL(phase_name)                                                                          \
	{                                                                                          \
		.name = "level",                                                                   \
		.checks = "an IO-APIC level interrupt that is moved while its remote IRR is set "  \
		          "neither sticks nor is lost (82093AA, 3.2.4; VT-d r5.10, 5.1.5.1, "      \
		          "I/OxAPIC Programming)",                                                 \
		.failure = "the end of interrupt misses the pin: its device is silent for ever",   \
		.phase = phase_name, .cpus = 2, .instances = instances, .label = label,            \
		.needs = NO_LEVEL_SOURCE, .run = level,                                            \
	}

TEST(35, level_direct) = LEVEL(PHASE_DIRECT);
TEST(35, level_remapped) = LEVEL(PHASE_REMAPPED);
