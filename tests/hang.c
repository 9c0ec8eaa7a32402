// SPDX-License-Identifier: MIT
/*
 * Hangs on purpose, one of each kind: the watchdog has to find each and to say who waits for whom.
 * None of them comes back, so each is a run of its own, with a small watchdog= and the verdict
 * error (tests/qemu/machines.ini says what has to stand in the report).
 */
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/barrier.h"
#include "kernel/lock.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/roles.h"
#include "tests/suite.h"

#define UNMAPPED 0xdead0000

static struct spinlock first, second;
static uint32_t ready;

static _Noreturn void spin(void)
{
	for (;;)
		pause();
}

static void say_ready(void)
{
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
}

static void spin_deaf(void *unused)
{
	(void)unused;
	cli();
	say_ready();
	spin();
}

static void spin_in_task(void *unused)
{
	(void)unused;
	say_ready();
	spin();
}

static void take_both(void *unused)
{
	(void)unused;
	spin_lock_irqsave(&second);
	say_ready();
	spin_lock(&first);
}

static void never_done(struct irq *irq, void *context)
{
	(void)irq, (void)context;
	say_ready();
	spin();
}

static void hold_the_list(void *unused)
{
	(void)unused;
	irq_each(never_done, NULL);
}

/* On another CPU; it has begun when this returns. */
static void start(void (*function)(void *))
{
	smp_start(ROLE_MOVE, function, NULL);
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		pause();
}

static void do_nothing(void *unused)
{
	(void)unused;
}

/* Each takes one lock and wants the other one's. */
static void lock(struct arm *arm)
{
	(void)arm;
	spin_lock(&first);
	start(take_both);
	spin_lock(&second);
}

static void call(struct arm *arm)
{
	(void)arm;
	start(spin_deaf);
	smp_call(ROLE_MOVE, do_nothing, NULL);
}

static void barrier_of_deaf(struct arm *arm)
{
	(void)arm;
	start(spin_deaf);
	barrier();
}

static void task(struct arm *arm)
{
	(void)arm;
	start(spin_in_task);
	smp_wait(ROLE_MOVE);
}

/* The report wants the same lock. */
static void list(struct arm *arm)
{
	(void)arm;
	start(hold_the_list);
	irq_each(never_done, NULL);
}

static int move_arm(void *context)
{
	return arm_move(context);
}

/* What the other CPU gets on with must not hide that this one does not. */
static void mover(struct arm *arm)
{
	arm->mover.move = move_arm;
	arm->mover.context = arm;
	mover_start(&arm->mover);
	spin();
}

static int never_move(void *unused)
{
	(void)unused;
	spin();
}

/* This CPU halts until the mover has moved. */
static void hand_shake(struct arm *arm)
{
	arm->mover.move = never_move;
	mover_start(&arm->mover);
}

static void halted(struct arm *arm)
{
	(void)arm;
	cli();
	for (;;)
		hlt();
}

static void interrupts_off(struct arm *arm)
{
	(void)arm;
	cli();
	spin();
}

/* What the report has to say leads to a fault. */
static void fault(struct arm *arm)
{
	(void)arm;
	wait_begin(spin_lock_waits_for, UNMAPPED);
	spin();
}

/* What the report has to say has no end. */
static void circle(struct arm *arm)
{
	arm->irq->next = arm->irq;
	spin();
}

static const struct hang {
	const char *name;
	void (*hang)(struct arm *arm);
	uint32_t cpus;
} hangs[] = {
        {"lock", lock, 2},
        {"call", call, 2},
        {"barrier", barrier_of_deaf, 2},
        {"task", task, 2},
        {"list", list, 2},
        {"mover", mover, 2},
        {"hand-shake", hand_shake, 2},
        {"irqs-off", interrupts_off, 1},
        {"halted", halted, 1},
        {"fault", fault, 1},
        {"circle", circle, 1},
};

#define HANGS (sizeof(hangs) / sizeof(hangs[0]))

/* With an irq that has moved and taken a message: its state has to be in the report. */
static void run_hang(struct test_run *run)
{
	const struct hang *hang = &hangs[run->instance];
	struct source *source = arms_source(0);
	static struct arm arm; /* a mover goes on with it */

	if (!run->options->watchdog) {
		test_skip(run, "watchdog=0: this would hang for ever");
		return;
	}
	if (hang->cpus > cpu_count()) {
		test_skip(run, "needs %u CPUs, %u running", hang->cpus, cpu_count());
		return;
	}
	if (!arm_open(run, &arm, source, arms_lossless_for(source, run->phase == PHASE_REMAPPED)))
		return;
	test_check(run, !arm_fire(&arm), "the device refused to fire");
	hang->hang(&arm);
	test_fail(run, "it came back");
	arm_close(run, &arm);
}

static unsigned int instances(enum test_phase phase)
{
	return arms_one_if_any(phase) ? HANGS : 0;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	format(buffer, size, "%s%s", hangs[instance].name,
	       phase == PHASE_REMAPPED ? ".remapped" : "");
}

#define HANG(phase_name)                                                                           \
	{                                                                                          \
		.name = "hang",                                                                    \
		.checks = "the watchdog ends what hangs, with a report of who waits for whom",     \
		.failure = "what was meant to hang did not", .phase = phase_name,                  \
		.on_demand = true, .instances = instances, .label = label, .needs = NO_SOURCE,     \
		.run = run_hang,                                                                   \
	}

TEST(95, hang_direct) = HANG(PHASE_DIRECT);
TEST(95, hang_remapped) = HANG(PHASE_REMAPPED);
