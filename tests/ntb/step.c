// SPDX-License-Identifier: MIT
/*
 * The peer of tests/ntb/peer.h, step by step: what it fires, and what becomes of that, when it
 * reads its mail in the middle of a move, and when a CPU leaves before it has read it.
 */
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/hotplug.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arm.h"
#include "tests/ntb/peer.h"
#include "tests/suite.h"

static struct {
	struct ntb ntb;
	struct arm arm;
	unsigned int reads_in_window;
} test;

static bool begin(struct test_run *run, const char *protocol)
{
	memset(&test, 0, sizeof(test));
	ntb_init(&test.ntb, 1, run->options->seed);
	test.ntb.reads_when_told = true;
	if (!arm_open(run, &test.arm, &test.ntb.source, protocol_find(protocol)))
		return false;
	ntb_read_mail(&test.ntb, 0);
	return true;
}

static void end(struct test_run *run)
{
	arm_prove(&test.arm);
	arm_check_books(run, &test.arm);
	arm_close(run, &test.arm);
}

/* The peer fires once. `run` fails unless that ends as `expected`. */
static void fire(struct test_run *run, enum outcome expected, const char *when)
{
	const struct ledger before = test.arm.ledger;
	const struct message *copy = &test.ntb.peer[0].copy.message;
	const struct irq_target *target = &test.arm.irq->target;
	int error = arm_fire(&test.arm);
	int outcome = 0;

	if (!test_check(run, !error, "%s: the device refused: error %d", when, error))
		return;
	while (test.arm.ledger.outcomes[outcome] == before.outcomes[outcome])
		outcome++;
	print("# ntb %-46s fires %08x/%02x, the irq is at cpu %u/%02x: %s\n", when,
	      copy->address_lo, copy->data, target->cpu, target->vector,
	      outcome_name((enum outcome)outcome));
	test_check(run, outcome == (int)expected, "%s: the message is %s, expected %s", when,
	           outcome_name((enum outcome)outcome), outcome_name(expected));
}

static void move(struct test_run *run, uint32_t cpu)
{
	int error = irq_set_affinity(test.arm.irq, cpu);

	test_check(run, !error, "no move to cpu %u: error %d", cpu, error);
}

static void read_in_window(struct irq *irq, unsigned int window)
{
	(void)irq;
	if (window == test.reads_in_window)
		ntb_read_mail(&test.ntb, 0);
}

/*
 * Between its two writes two-step has {old CPU, new vector} in the store, for a message that is
 * sent right then; the mover looks for that one and nobody looks again. A peer keeps it.
 */
static void between(struct test_run *run)
{
	uint32_t here, there;

	if (!begin(run, "two-step"))
		return;
	here = test.arm.irq->target.cpu;
	there = here ? 0 : 1;
	fire(run, OUTCOME_NEW, "before the move");
	test.reads_in_window = 1;
	test.arm.irq->at_window = read_in_window;
	move(run, there);
	test.arm.irq->at_window = NULL;
	fire(run, OUTCOME_STRAY, "after a mail read between the two steps");
	ntb_read_mail(&test.ntb, 0);
	fire(run, OUTCOME_NEW, "after the mail of the second step");
	end(run);
}

/* An irq that moved off a CPU that left, whose local APIC takes nothing in for anybody any more. */
static void unplug(struct test_run *run)
{
	bool remapped = run->phase == PHASE_REMAPPED;
	uint32_t cpu = irq_cpus() - 1;
	uint64_t posted;
	int error;

	if (!begin(run, remapped ? "remapped" : "naive-address-first"))
		return;
	move(run, cpu);
	ntb_read_mail(&test.ntb, 0);
	posted = ntb_posted(&test.ntb);
	fire(run, OUTCOME_NEW, "before the CPU leaves");
	error = cpu_unplug(cpu);
	if (test_check(run, !error, "cpu %u does not leave: error %d", cpu, error)) {
		fire(run, remapped ? OUTCOME_NEW : OUTCOME_MISSING,
		     "it has left, the mail is unread");
		test_check(run, ntb_has_mail(&test.ntb, 0) == !remapped,
		           "%lu mails were posted as the CPU left", ntb_posted(&test.ntb) - posted);
		ntb_read_mail(&test.ntb, 0);
		fire(run, OUTCOME_NEW, "it has left, the mail is read");
		error = cpu_return(cpu);
		test_check(run, !error, "cpu %u does not come back: error %d", cpu, error);
		fire(run, OUTCOME_NEW, "it has come back");
	}
	end(run);
}

static unsigned int one_with_device(enum test_phase phase)
{
	(void)phase;
	return ntb_init(&test.ntb, 1, 0) ? 1 : 0;
}

static void no_label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)instance;
	format(buffer, size, "%s", phase == PHASE_REMAPPED ? "remapped" : "");
}

TEST(46, ntb_between) = {
        .name = "ntb.between",
        .checks = "Linux's two-step does not help a message that a peer holds: the pair between "
                  "its steps is mailed, too, and fired after the look into the IRR (the argument's "
                  "point 2: no guarantee that the magic protocol is correctly implemented at the "
                  "driver level)",
        .failure = "a message to {old CPU, new vector} after the move is no stray, or the mail "
                   "after it does not reach the new target",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .instances = one_with_device,
        .needs = NTB_NO_DEVICE,
        .run = between,
};

#define NTB_UNPLUG(phase_name)                                                                     \
	{                                                                                          \
		.name = "ntb.unplug",                                                              \
		.checks = "a peer that fires at a CPU that has left loses its message without "    \
		          "remapping, and does not with it (the argument's point 2, and CPU "      \
		          "hotunplug)",                                                            \
		.failure = "the message of a replaced copy is not missing, or the entry did not "  \
		           "move with the irq",                                                    \
		.phase = phase_name, .cpus = 2, .instances = one_with_device, .label = no_label,   \
		.needs = NTB_NO_DEVICE, .run = unplug,                                             \
	}

TEST(46, ntb_unplug_direct) = NTB_UNPLUG(PHASE_DIRECT);
TEST(46, ntb_unplug_remapped) = NTB_UNPLUG(PHASE_REMAPPED);
