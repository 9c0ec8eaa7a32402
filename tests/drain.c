// SPDX-License-Identifier: MIT
/*
 * When a vector that was left behind is free (kernel/irq/drain.c), each case by itself: a message
 * waits in the IRR of a CPU that takes no interrupts; one comes in when all should have been taken;
 * the irq moves while others clean up. A message is an interrupt that CPU 0 sends to the irq's
 * target: what a device's becomes on its way, remapped or not.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "kernel/time.h"
#include "tests/arm_checks.h"
#include "tests/arms.h"
#include "tests/counts.h"
#include "tests/deaf.h"
#include "tests/idle_store.h"
#include "tests/roles.h"
#include "tests/suite.h"

#define IPI_US 1000000 /* for an interrupt to oneself to be in the IRR */

/* For a drain to flush a store; it has begun already, but on a host that may be busy. */
#define BEGIN_US 10000000

static struct {
	struct idle_store idle;
	struct message_store_ops ops; /* those of `idle`, but for the flush */
	struct irq *irq;
	struct irq_target old; /* which it has left */
	uint32_t arrived;      /* there */
	uint32_t strays;
	bool pending; /* a message was in the IRR when that was looked at */
	struct deaf deaf;
	uint32_t deaf_us;
	bool too_late; /* it was over before the drain began */

	/* What a CPU has done that runs beside. */
	uint32_t ready, began;
	int error;
} test;

static void arrived(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	(void)irq, (void)context;
	if (arrival->generation == test.old.generation && arrival->cpu == test.old.cpu)
		__atomic_add_fetch(&test.arrived, 1, __ATOMIC_SEQ_CST);
}

static void strayed(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	(void)irq, (void)arrival, (void)context;
	__atomic_add_fetch(&test.strays, 1, __ATOMIC_SEQ_CST);
}

static void set(uint32_t *flag)
{
	__atomic_store_n(flag, 1, __ATOMIC_SEQ_CST);
}

static bool is_set(const uint32_t *flag)
{
	return __atomic_load_n(flag, __ATOMIC_SEQ_CST);
}

static void wait_until_ready(uint32_t cpu)
{
	wait_begin("cpu %lu to have its interrupts off", cpu);
	while (!is_set(&test.ready))
		pause();
	wait_end();
}

static bool has_old_vector(void)
{
	bool intermediate;

	return vector_owner(test.old.cpu, test.old.vector, &intermediate) == test.irq;
}

static void check_taken(struct test_run *run)
{
	test_check(run, test.arrived == 1 && !test.strays,
	           "the message to the old target came in there %u times, and %u strays",
	           test.arrived, test.strays);
}

/* A drain waits for the CPU that has the message. */
static void deaf(struct test_run *run)
{
	deaf_begin(&test.deaf, test.old.cpu, test.deaf_us);
	apic_send(test.old.apic_id, test.old.vector);
	check_error(run, irq_set_affinity(test.irq, 0), 0, "the move");
	test.too_late = deaf_is_over(&test.deaf);
	irq_drain(NULL);
	test_check(run, deaf_is_over(&test.deaf),
	           "the drain returned while cpu %u had its interrupts off", test.old.cpu);
	test_check(run, !has_old_vector(), "the old vector is not free after a drain");
	smp_wait(test.old.cpu);
	check_taken(run);
}

/*
 * In the interrupt of a barrier: a message that comes in right then cannot be taken before the
 * look, while one from before has been.
 */
static void send_and_look(void)
{
	struct deadline deadline = deadline_in_us(IPI_US);

	if (this_cpu()->index == test.old.cpu) {
		apic_send(test.old.apic_id, test.old.vector);
		do
			test.pending = apic_irr(test.old.vector);
		while (!test.pending && !deadline_passed(&deadline));
	}
	vector_look_at_irr();
}

/* A device that has the old message still keeps the vector from being freed. */
static void pending(struct test_run *run)
{
	check_error(run, irq_set_affinity(test.irq, 0), 0, "the move");
	irq_drain_looking(NULL, send_and_look);
	test_check(run, test.pending, "cpu %u sent itself vector %02x and does not have it",
	           test.old.cpu, test.old.vector);
	test_check(run, has_old_vector(),
	           "a message was pending at vector %02x of cpu %u, and the vector is free",
	           test.old.vector, test.old.cpu);
	barrier();
	check_taken(run);
	irq_drain(NULL);
	test_check(run, !has_old_vector(), "the old vector is not free after a drain");
}

/* A drain flushes the store of an irq as it begins. */
static void flush(struct message_store *store)
{
	(void)store;
	set(&test.began);
}

/* With interrupts off, so that the drain's barrier waits for the move. */
static void move_when_it_has_begun(void *argument)
{
	struct deadline deadline = deadline_in_us(BEGIN_US);

	(void)argument;
	cli();
	set(&test.ready);
	while (!is_set(&test.began) && !deadline_passed(&deadline))
		pause();
	do
		test.error = irq_set_affinity(test.irq, 0);
	while (test.error == -EBUSY);
	sti();
}

/*
 * What the irq leaves while others clean up, no barrier has been waited for since. It has been on
 * CPU 0 before, or the drain would have no business with it.
 */
static void moved(struct test_run *run)
{
	uint32_t back = test.old.cpu;

	check_error(run, irq_set_affinity(test.irq, 0), 0, "the move there");
	check_error(run, irq_set_affinity(test.irq, back), 0, "the move back");
	test.old = test.irq->target;
	smp_start(ROLE_MOVE, move_when_it_has_begun, NULL);
	wait_until_ready(ROLE_MOVE);
	test.ops = *test.idle.store.ops;
	test.ops.flush = flush;
	test.idle.store.ops = &test.ops;
	irq_drain(NULL);
	smp_wait(ROLE_MOVE);
	test_check(run, is_set(&test.began), "a drain did not flush the store");
	check_error(run, test.error, 0, "the move during the drain");
	test_check(run, has_old_vector(),
	           "a vector that was the target when the drain began is free after it");
	irq_drain(NULL);
	test_check(run, !has_old_vector(), "the old vector is not free after the next drain");
}

static const struct drain_case {
	const char *name;
	void (*check)(struct test_run *run);
} cases[] = {
        {"deaf", deaf},
        {"pending", pending},
        {"moved", moved},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* On the last CPU. Where there is no remapping, by a protocol that need not run there. */
static void try(struct test_run *run, uint32_t deaf_us)
{
	const struct counts before = counts_take();
	struct irq_request request;

	memset(&test, 0, sizeof(test));
	test.deaf_us = deaf_us;
	idle_store_init(&test.idle, true);
	request = idle_request(&test.idle, arms_source(0), run->phase == PHASE_REMAPPED);
	if (!request.protocol->needs_remapping)
		request.protocol = protocol_find("masked");
	if (!check_error(run, irq_alloc(&request, &test.irq), 0, "the allocation"))
		return;
	if (check_error(run, irq_request(test.irq, irq_reach(test.irq) - 1, arrived, strayed, NULL),
	                0, "the request")) {
		test.old = test.irq->target;
		cases[run->instance].check(run);
		irq_release(test.irq);
	}
	irq_free(test.irq);
	counts_check(run, &before, "in the end");
}

static void drain(struct test_run *run)
{
	for (uint32_t us = DEAF_US; us <= DEAF_MAX_US; us *= 2) {
		try(run, us);
		if (!test.too_late)
			return;
	}
	deaf_skip(run);
}

static unsigned int instances(enum test_phase phase)
{
	return arms_one_if_any(phase) ? CASES : 0;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	format(buffer, size, "%s%s", cases[instance].name,
	       phase == PHASE_REMAPPED ? ".remapped" : "");
}

#define DRAIN(phase_name)                                                                          \
	{                                                                                          \
		.name = "drain",                                                                   \
		.checks = "a vector that was left behind is freed when, and only when, nothing "   \
		          "can be in flight to it (Intel SDM vol. 3, 11.8.4 \"Interrupt "          \
		          "Acceptance for Fixed Interrupts\": what is accepted waits in the IRR)", \
		.failure = "a vector is given to somebody else with a message on its way to it",   \
		.phase = phase_name, .cpus = 2, .instances = instances, .label = label,            \
		.needs = NO_SOURCE, .run = drain,                                                  \
	}

TEST(55, drain_direct) = DRAIN(PHASE_DIRECT);
TEST(55, drain_remapped) = DRAIN(PHASE_REMAPPED);
