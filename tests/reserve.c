// SPDX-License-Identifier: MIT
/*
 * Reservation: an irq that is allocated and not requested has the shutdown vector, and is counted.
 * Not so an IO-APIC pin, and an MSI that cannot be masked, whose device could send to it: those
 * have a vector of their own from the start.
 */
#include "kernel/cpu/cpu.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/dispatch.h"
#include "kernel/print.h"
#include "kernel/time.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/chain.h"
#include "tests/counts.h"
#include "tests/suite.h"

#define LIVENESS_US 10000000

/* By the mail: "INTx (IO/APIC) does not support the reservation mode dance". */
static bool must_reserve(const struct source *source, const struct message_store *store)
{
	if (source->leaf == &irq_leaf_ioapic_edge || source->leaf == &irq_leaf_ioapic_level)
		return false;
	return store_maskable(store) || source->leaf == &irq_leaf_ims;
}

/* One irq more than `before`, and one reservation or one vector. */
static void check_counts(struct test_run *run, const struct counts *before, const struct irq *irq,
                         bool reserved, const char *when)
{
	struct counts expected = *before;

	expected.irqs++;
	expected.entries += irq->levels > 2;
	expected.vectors.reserved += reserved;
	expected.vectors.allocated += !reserved;
	expected.vectors.available -= !reserved;
	counts_check(run, &expected, when);
}

static void check_target(struct test_run *run, const struct irq *irq, bool reserved,
                         const char *when)
{
	chain_check(run, irq, when);
	test_check(run, (irq->target.vector == VECTOR_SHUTDOWN) == reserved,
	           "%s: the irq has vector %02x and should have %s", when, irq->target.vector,
	           reserved ? "the shutdown vector" : "one of its own");
}

/* In the time that a liveness check has; what comes in ends it at once. */
static bool came_on_shutdown(uint64_t before, uint32_t *cpu)
{
	struct deadline deadline = deadline_in_us(LIVENESS_US);

	while (vector_on_shutdown(cpu) == before)
		if (deadline_passed(&deadline))
			return false;
	return true;
}

/* The store is unmasked behind the irq's back, for a device that sends though nobody asked. */
static void fire_at_shutdown(struct test_run *run, struct arm *arm, const char *when)
{
	struct message_store *store = arm->irq->store;
	uint32_t cpu;
	uint64_t before = vector_on_shutdown(&cpu);
	int error;

	if (store_maskable(store))
		store->ops->unmask(store);
	error = arm->source->ops->fire(arm->source, arm->slot);
	if (test_check(run, !error, "%s: the device refused to fire: error %d", when, error)) {
		run->on_shutdown_expected++;
		test_check(run, came_on_shutdown(before, &cpu),
		           "%s: the message did not come in on the shutdown vector", when);
		test_check(run, cpu == 0, "%s: it came in at cpu %u", when, cpu);
	}
	arm_prove(arm);
	if (store_maskable(store))
		store->ops->mask(store);
}

/* A message that the mask holds back belongs to who requests the irq. */
static void fire_behind_mask(struct test_run *run, struct arm *arm)
{
	struct message_store *store = arm->irq->store;

	ledger_open(&arm->ledger);
	test_check(run, !arm->source->ops->fire(arm->source, arm->slot),
	           "the device refused to fire into a masked store");
	arm_prove(arm);
	test_check(run, !ledger_settled(&arm->ledger),
	           "a message came out of a store that is masked");
	test_check(run, store->ops->pending(store), "no message is pending behind the mask");
}

static void check_held_back(struct test_run *run, struct arm *arm)
{
	struct deadline deadline = deadline_in_us(LIVENESS_US);

	while (!ledger_settled(&arm->ledger))
		if (deadline_passed(&deadline))
			break;
	if (!test_check(run, ledger_settled(&arm->ledger),
	                "the message that was held back did not come in after the request"))
		ledger_give_up(&arm->ledger, OUTCOME_MISSING);
}

static void fire_requested(struct test_run *run, struct arm *arm, uint32_t cpu)
{
	uint64_t arrived = arm->ledger.outcomes[OUTCOME_NEW];

	test_check(run, arm->irq->target.cpu == cpu, "requested on cpu %u it is on cpu %u", cpu,
	           arm->irq->target.cpu);
	test_check(run, !arm_fire(arm) && arm->ledger.outcomes[OUTCOME_NEW] == arrived + 1,
	           "requested on cpu %u, no message comes in", cpu);
}

/* To the last CPU and to the first, so that the shutdown vector's CPU is left and kept. */
static void request_and_release(struct test_run *run, struct arm *arm, const struct counts *before,
                                bool reserves)
{
	for (uint32_t n = 0; n < 2 && !run->failed; n++) {
		uint32_t cpu = n ? 0 : irq_reach(arm->irq) - 1;
		bool held_back = store_maskable(arm->irq->store);
		int error;

		if (held_back)
			fire_behind_mask(run, arm);
		error = arm_request(arm, cpu);
		if (!test_check(run, !error, "the request fails: error %d", error))
			return;
		if (held_back)
			check_held_back(run, arm);
		irq_drain(NULL); /* one that never reserves had a vector before */
		check_counts(run, before, arm->irq, false, "requested");
		check_target(run, arm->irq, false, "requested");
		fire_requested(run, arm, cpu);
		error = irq_release(arm->irq);
		test_check(run, !error, "the release fails: error %d", error);
		check_counts(run, before, arm->irq, reserves, "released");
		check_target(run, arm->irq, reserves, "released");
		if (reserves)
			fire_at_shutdown(run, arm, "released");
	}
}

static void check_source(struct test_run *run, struct source *source)
{
	const struct counts before = counts_take();
	bool reserves = must_reserve(source, source->ops->store(source, 0));
	bool level = source->leaf->end_of_interrupt;
	struct arm arm;
	int error =
	        arm_alloc(&arm, source, 0, arms_lossless_for(source, run->phase == PHASE_REMAPPED),
	                  run->options->seed);

	if (!test_check(run, !error, "%s refused its irq: error %d", source->name, error))
		return;
	check_counts(run, &before, arm.irq, reserves, "allocated");
	check_target(run, arm.irq, reserves, "allocated");
	if (reserves)
		fire_at_shutdown(run, &arm, "allocated");
	if (!level) { /* its messages do not belong in a ledger */
		request_and_release(run, &arm, &before, reserves);
		arm_prove(&arm);
		arm_check_books(run, &arm);
	}
	if (run->failed)
		arm_print_state(&arm);
	irq_free(arm.irq);
	counts_check(run, &before, "freed");
}

/* All sources, level-triggered ones too, but none that goes on sending what it was told before. */
static struct source *nth_source(unsigned int n)
{
	struct source *source;

	for (unsigned int s = 0; (source = source_get(s)); s++)
		if (!source->caches && n-- == 0)
			break;
	return source;
}

static void reserve(struct test_run *run)
{
	struct source *source = nth_source(run->instance);

	if (!arm_open_source(run, source))
		return;
	check_source(run, source);
	source->ops->close(source);
}

static unsigned int instances(enum test_phase phase)
{
	unsigned int count = 0;

	(void)phase;
	while (nth_source(count))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct source *source = nth_source(instance);

	format(buffer, size, "%s.%s%s", source->name, source->kind,
	       phase == PHASE_REMAPPED ? ".remapped" : "");
}

#define RESERVE(phase_name)                                                                        \
	{                                                                                          \
		.name = "reserve",                                                                 \
		.checks = "an irq that is only allocated has the shutdown vector and a "           \
		          "reservation, and its messages are counted there; request and release "  \
		          "change that to a vector and back (the mail's \"activation is "          \
		          "happening twice\"); never for IO-APIC pins and MSI without a mask bit", \
		.failure = "vectors are spent on irqs that nobody uses, or a message is lost "     \
		           "silently",                                                             \
		.phase = phase_name, .instances = instances, .label = label, .needs = NO_SOURCE,   \
		.run = reserve,                                                                    \
	}

TEST(50, reserve_direct) = RESERVE(PHASE_DIRECT);
TEST(50, reserve_remapped) = RESERVE(PHASE_REMAPPED);
