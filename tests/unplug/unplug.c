// SPDX-License-Identifier: MIT
// A CPU leaves step by step, with a message at each step.
#include "tests/unplug/unplug.h"

#include <asm-generic/errno.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/hotplug.h"
#include "kernel/print.h"
#include "tests/arms.h"

bool unplug_begin(struct test_run *run, struct arm *arm)
{
	struct source *source = arms_source(run->instance);

	return arm_open(run, arm, source, arms_lossless_for(source, run->phase == PHASE_REMAPPED));
}

void unplug_end(struct test_run *run, struct arm *arm, uint64_t expected)
{
	uint64_t lost;

	arm_prove(arm);
	arm_check_books(run, arm);
	lost = ledger_lost(&arm->ledger);
	test_check(run, lost == expected, "lost %lu of %lu messages, must lose %lu", lost,
	           arm->ledger.fired, expected);
	arm_close(run, arm);
}

/* What the hook below knows: in which window it sends its message, and what became of that. */
static struct {
	struct arm *arm;
	unsigned int window;
	int error;
	int move; /* what somebody gets to hear who wants to move the irq now */
	bool fired;
} at_window;

static void fire_in_window(unsigned int window)
{
	if (window != at_window.window)
		return;
	ledger_open(&at_window.arm->ledger);
	at_window.error = at_window.arm->source->ops->fire(at_window.arm->source, 0);
	at_window.arm->source->ops->flush(at_window.arm->source); /* it is there now, not soon */
	at_window.move = irq_set_affinity(at_window.arm->irq, 0);
	at_window.fired = true;
}

static int unplug_with_message(struct arm *arm, uint32_t cpu, unsigned int window,
                               void (*hook)(unsigned int window))
{
	int error;

	at_window.arm = arm;
	at_window.window = window;
	at_window.fired = false;
	at_window.error = 0;
	cpu_unplug_at_window(hook);
	error = cpu_unplug(cpu);
	cpu_unplug_at_window(NULL);
	return error ? error : at_window.error;
}

static void check_message(struct test_run *run, struct arm *arm, unsigned int window,
                          const struct ledger *before, uint32_t sent_before)
{
	enum outcome expected = window ? OUTCOME_NEW : OUTCOME_RETRIGGERED;
	uint32_t sent = arm->irq->replays_sent - sent_before;

	arm_prove(arm);
	if (!test_check(run, at_window.fired && ledger_settled(&arm->ledger),
	                "W%u: the message that was sent there came in nowhere", window)) {
		ledger_give_up(&arm->ledger, OUTCOME_MISSING);
		return;
	}
	test_check(run, arm->ledger.outcomes[expected] == before->outcomes[expected] + 1,
	           "W%u: the message did not come in as \"%s\"", window, outcome_name(expected));
	test_check(run, sent == (window ? 0 : 1), "W%u: it was sent again %u times", window, sent);
	test_check(run, at_window.move == -EBUSY, "W%u: a move: %d, must be -EBUSY", window,
	           at_window.move);
}

/* With `cpu` out, and after its return, the messages come in where they should. */
static void check_targets(struct test_run *run, struct arm *arm, uint32_t cpu)
{
	int error;

	test_check(run, arm->irq->target.cpu != cpu, "the irq's target is cpu %u, which has left",
	           cpu);
	test_check(run, !arm->irq->on[cpu].vector,
	           "the irq still has vector %02x on cpu %u, which has left",
	           arm->irq->on[cpu].vector, cpu);
	test_check(run, !arm_fire(arm), "%s refused to fire", arm->source->name);
	error = cpu_return(cpu);
	if (test_check(run, !error, "cpu %u does not come back: error %d", cpu, error))
		error = irq_set_affinity(arm->irq, cpu);
	test_check(run, !error, "no move to the cpu that came back: error %d", error);
	test_check(run, !arm_fire(arm), "%s refused to fire", arm->source->name);
}

static void in_windows(struct test_run *run)
{
	struct arm arm;
	uint32_t cpu;
	int error;

	if (!unplug_begin(run, &arm))
		return;
	cpu = irq_reach(arm.irq) - 1;
	error = irq_set_affinity(arm.irq, cpu);
	test_check(run, !error, "no move to cpu %u: error %d", cpu, error);
	for (unsigned int window = 0; window < UNPLUG_WINDOWS && !run->failed; window++) {
		struct ledger before = arm.ledger;
		uint32_t sent_before = arm.irq->replays_sent;

		error = unplug_with_message(&arm, cpu, window, fire_in_window);
		if (!test_check(run, !error, "cpu %u does not leave: error %d", cpu, error))
			break;
		check_message(run, &arm, window, &before, sent_before);
		check_targets(run, &arm, cpu);
	}
	unplug_end(run, &arm, 0);
}

/* Too early: what comes in after that is no longer taken in. */
static void silence_and_fire(unsigned int window)
{
	if (window == 0)
		apic_disable();
	fire_in_window(window);
}

/*
 * The order that Linux had. Where the message is lost the test passes: it is there to show that the
 * order matters. Not every emulator knows of this: TCG's local APIC takes all in.
 */
static void silenced_first(struct test_run *run)
{
	uint64_t lost = 0;
	struct arm arm;
	uint32_t cpu;
	int error;

	if (!unplug_begin(run, &arm))
		return;
	cpu = irq_reach(arm.irq) - 1;
	error = irq_set_affinity(arm.irq, cpu);
	test_check(run, !error, "no move to cpu %u: error %d", cpu, error);
	error = unplug_with_message(&arm, cpu, 0, silence_and_fire);
	if (test_check(run, !error, "cpu %u does not leave: error %d", cpu, error)) {
		arm_prove(&arm);
		lost = !ledger_settled(&arm.ledger);
		if (lost)
			ledger_give_up(&arm.ledger, OUTCOME_MISSING);
		else if (test_check(run, arm.ledger.outcomes[OUTCOME_RETRIGGERED] == 1,
		                    "the message arrived, and not out of the IRR"))
			test_skip(run, "this local APIC takes messages in while it is silenced, so "
			               "that nothing is lost by silencing it too early");
		error = cpu_return(cpu);
		test_check(run, !error, "cpu %u does not come back: error %d", cpu, error);
	}
	unplug_end(run, &arm, lost);
}

static void leave_a_mark(void *mark)
{
	*(bool *)mark = true;
}

static void refused(struct test_run *run)
{
	uint32_t cpu = cpu_count() - 1;
	bool called = false;

	test_check(run, cpu_unplug(0) == -EINVAL, "CPU 0 may leave");
	test_check(run, cpu_unplug(cpu_count()) == -EINVAL, "a CPU may leave that does not exist");
	test_check(run, cpu_return(cpu) == -EINVAL, "a CPU may return that has not left");
	if (!test_check(run, !cpu_unplug(cpu), "cpu %u does not leave", cpu))
		return;
	test_check(run, !cpu_get(cpu)->online, "cpu %u has left and is online", cpu);
	test_check(run, cpu_unplug(cpu) == -EINVAL, "a CPU may leave that has left already");
	smp_call(cpu, leave_a_mark, &called);
	smp_start(cpu, leave_a_mark, &called);
	smp_wait(cpu);
	test_check(run, !called, "a CPU that has left does what it is told");
	test_check(run, !cpu_return(cpu), "cpu %u does not come back", cpu);
	smp_call(cpu, leave_a_mark, &called);
	test_check(run, called, "cpu %u came back and does not do what it is told", cpu);
}

#define UNPLUG_WINDOW(phase_name)                                                                  \
	{                                                                                          \
		.name = "unplug.window",                                                           \
		.checks =                                                                          \
		        "a message sent at each step of a CPU's leaving arrives: before the "      \
		        "moves in the IRR, and is sent again once; after them at the new target "  \
		        "(the mail's #2, CPU hotunplug: all vectors targeting the outgoing CPU "   \
		        "are migrated)",                                                           \
		.failure = "the steps are in the wrong order, or one is left out "                 \
		           "(kernel/irq/hotplug.c draws them)",                                    \
		.phase = phase_name, .cpus = 2, .instances = arms_one_each,                        \
		.label = arms_source_label, .needs = NO_SOURCE, .run = in_windows,                 \
	}

TEST(58, unplug_silenced) = {
        .name = "unplug.silenced",
        .checks =
                "a CPU that silences its local APIC before its irqs have moved loses what comes in "
                "meanwhile (Linux before 52d6b926aabc; Intel SDM vol. 3, 11.4.7.2)",
        .failure = "neither is the message lost, nor does it arrive as one from the IRR",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .instances = arms_one_if_any,
        .label = arms_source_label,
        .needs = NO_SOURCE,
        .run = silenced_first,
};

TEST(58, unplug_refused) = {
        .name = "unplug.refused",
        .checks = "a CPU that has left is asked for nothing, and waited for by nobody",
        .failure = "a CPU that has left can still be a target, or does not come back "
                   "(Intel SDM vol. 3, 9.4 \"Multiple-Processor (MP) Initialization\")",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .run = refused,
};

TEST(58, unplug_window_direct) = UNPLUG_WINDOW(PHASE_DIRECT);
TEST(58, unplug_window_remapped) = UNPLUG_WINDOW(PHASE_REMAPPED);
