// SPDX-License-Identifier: MIT
// In the guest: one arm from its beginning to its end.
#include "tests/virt/arm.h"

#include "kernel/cpu/cpu.h"
#include "kernel/irq/vector.h"
#include "kernel/panic.h"
#include "kernel/virt/guest/pv_ir_domain.h"
#include "kernel/virt/guest/pv_message.h"
#include "tests/arm.h"
#include "tests/virt/costs.h"
#include "tests/virt/device.h"
#include "tests/virt/within.h"

#define QUIET_PART 10 /* of the option's messages, in each of the quiet stretches */

static uint64_t *const results = guest_shared.results;

struct source *virt_arm_source(struct guest_shared *shared, const struct virt_arm *what)
{
	static struct pv_message wrapper;
	struct source *source = device_find(shared);

	if (what->way == VIRT_HYPERCALL && irq_set_remapping_domain(&pv_ir_domain))
		panic("there are irqs before there is a source");
	if (what->way != VIRT_MESSAGE_CALL)
		return source;
	if (pv_message_wrap(&wrapper, source))
		panic("%s has too many slots", source->name);
	return &wrapper.source;
}

uint64_t virt_arm_refused(const struct virt_arm *what, const struct source *source)
{
	return what->way == VIRT_MESSAGE_CALL ? ((const struct pv_message *)source)->refused : 0;
}

static void move_quietly(struct test_run *run, struct arm *arm)
{
	for (uint64_t n = 0; n < results[VIRT_QUIET] && !run->failed; n++) {
		int error = arm_move(arm);

		test_check(run, !error, "quiet move %lu: error %d", n, error);
		cpu_progress();
	}
}

static void mask_quietly(struct message_store *store)
{
	if (!store_maskable(store))
		return;
	for (uint64_t n = 0; n < results[VIRT_QUIET]; n++) {
		store->ops->mask(store);
		store->ops->unmask(store);
		results[VIRT_MASKS]++;
	}
}

static void fire_quietly(struct test_run *run, struct arm *arm)
{
	for (uint64_t n = 0; n < results[VIRT_QUIET] && !run->failed; n++) {
		int error = arm_fire(arm);

		test_check(run, !error, "quiet message %lu: error %d", n, error);
	}
}

uint64_t virt_arm_unexpected(void)
{
	uint32_t cpu;
	uint8_t vector;

	return vector_unexpected(&cpu, &vector) + vector_on_shutdown(&cpu);
}

static uint64_t nowhere(const struct ledger *ledger)
{
	return ledger->outcomes[OUTCOME_BLOCKED] + ledger->outcomes[OUTCOME_MISSING];
}

/* Those of the run alone, and then of both. */
static void take_books(const struct arm *arm, const struct ledger *quiet)
{
	const struct ledger *ledger = &arm->ledger;

	for (int i = 0; i < OUTCOMES; i++)
		results[VIRT_OUTCOMES + i] = ledger->outcomes[i] - quiet->outcomes[i];
	results[VIRT_FIRED] = ledger->fired - quiet->fired;
	results[VIRT_LATE] = ledger->late;
	results[VIRT_DUPLICATE] = ledger->duplicate;
	results[VIRT_ALL_FIRED] = ledger->fired;
	results[VIRT_ALL_MISSING] = nowhere(ledger);
	results[VIRT_UNEXPECTED] = virt_arm_unexpected();
	results[VIRT_MOVES] = arm->mover.moves;
	results[VIRT_MOVE_ERROR] = (uint64_t)arm->mover.error;
}

static void measure(struct test_run *run, struct arm *arm)
{
	struct ledger quiet;
	int error;

	costs_mark(VIRT_SET_UP);
	move_quietly(run, arm);
	costs_mark(VIRT_MOVED);
	mask_quietly(arm->irq->store);
	costs_mark(VIRT_MASKED);
	fire_quietly(run, arm);
	costs_mark(VIRT_SENT);
	quiet = arm->ledger;
	test_check(run, quiet.outcomes[OUTCOME_NEW] == quiet.fired,
	           "%lu of %lu messages came in where the last move had led",
	           quiet.outcomes[OUTCOME_NEW], quiet.fired);
	arm->mover.limit = run->options->moves;
	error = arm_run(arm, run->options->fires);
	costs_mark(VIRT_RUN);
	test_check(run, !error, "%s refused to fire: error %d", arm->source->name, error);
	take_books(arm, &quiet);
	arm_check_books(run, arm);
}

static void run_arm(struct guest_shared *shared)
{
	struct test_run *run = within_begin(shared, "virt.arm");
	const struct virt_arm *what = (const struct virt_arm *)shared->arguments[VIRT_ARM];
	struct source *source = virt_arm_source(shared, what);
	int error = source->ops->open(source);
	static struct arm arm;

	results[VIRT_QUIET] = run->options->fires / QUIET_PART + 1;
	if (!test_check(run, !error, "%s does not open: error %d", source->name, error)) {
		within_end(run);
		return;
	}
	costs_mark(VIRT_BEGIN);
	error = arm_begin(&arm, source, 0, protocol_find(what->protocol), run->options->seed);
	results[VIRT_ALLOC_ERROR] = (uint64_t)error;
	if (!error) {
		measure(run, &arm);
		if (run->failed)
			arm_print_state(&arm);
		arm_end(&arm);
		costs_mark(VIRT_END);
	}
	results[VIRT_REFUSED] = virt_arm_refused(what, source);
	source->ops->close(source);
	within_end(run);
}

const struct guest_task virt_arm_task = {"arm", run_arm};
