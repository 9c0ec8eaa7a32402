// SPDX-License-Identifier: MIT
/*
 * A device's messages to a vCPU, whatever that one is at: it runs, it is halted, it is on its way
 * from one host CPU to another. Each comes in, once, and the backing is where the vCPU is.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/counts.h"
#include "tests/virt/arms.h"
#include "tests/virt/costs.h"
#include "tests/virt/run.h"
#include "tests/virt/within.h"

#define FIRES_PART 4 /* of the option's messages, or as many as it takes for so many moves: */
#define MOVES      50
#define TO         1 /* the vCPU */

enum state { RUNS, HALTED, MOVES_ABOUT, STATES };
static const char *const state_names[STATES] = {"running", "halted", "moving"};

enum { STATE = VIRT_ARM + 1, ENOUGH }; /* arguments */

static uint32_t stop;

static void spin(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		cpu_progress();
		pause();
	}
}

static bool goes_on(const struct test_run *run, uint64_t n)
{
	if (guest_shared.arguments[STATE] == MOVES_ABOUT)
		return !__atomic_load_n(&guest_shared.arguments[ENOUGH], __ATOMIC_SEQ_CST);
	return n <= run->options->fires / FIRES_PART;
}

static void fire_on(struct test_run *run, struct arm *arm)
{
	uint64_t *results = guest_shared.results;
	uint64_t n;

	for (n = 0; !run->failed && goes_on(run, n); n++) {
		int error = arm_fire(arm);

		test_check(run, !error, "message %lu: error %d", n, error);
		__atomic_store_n(&results[VIRT_ALL_FIRED], n + 1, __ATOMIC_SEQ_CST);
	}
	arm_prove(arm);
	arm_check_books(run, arm);
	test_check(run, arm->ledger.outcomes[OUTCOME_NEW] == arm->ledger.fired,
	           "%lu of %lu messages came in where they should",
	           arm->ledger.outcomes[OUTCOME_NEW], arm->ledger.fired);
	test_check(run, arm->irq->on[TO].arrived == arm->ledger.fired,
	           "%u messages came in at vcpu %u", arm->irq->on[TO].arrived, TO);
	results[VIRT_ALL_FIRED] = results[VIRT_FIRED] = arm->ledger.fired;
	results[VIRT_OUTCOMES + OUTCOME_NEW] = arm->ledger.outcomes[OUTCOME_NEW];
}

static void receive(struct guest_shared *shared)
{
	struct test_run *run = within_begin(shared, "virt.delivery");
	const struct virt_arm *what = (const struct virt_arm *)shared->arguments[VIRT_ARM];
	struct source *source = virt_arm_source(shared, what);
	static struct arm arm;
	int error;

	if (arm_open(run, &arm, source, protocol_find(what->protocol))) {
		error = irq_set_affinity(arm.irq, TO);
		test_check(run, !error, "no move to vcpu %u: error %d", TO, error);
		if (shared->arguments[STATE] == RUNS)
			smp_start(TO, spin, NULL);
		costs_mark(VIRT_BEGIN);
		fire_on(run, &arm);
		costs_mark(VIRT_END);
		__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
		smp_wait(TO);
		arm_close(run, &arm);
	}
	within_end(run);
}

/* Each time until a message has been fired since. */
static void wait_for_fire(const struct guest *guest)
{
	const uint64_t *fired = &guest->shared->results[VIRT_ALL_FIRED];

	virt_wait(guest, fired, __atomic_load_n(fired, __ATOMIC_SEQ_CST) + 1,
	          "the guest to fire message %lu");
}

static void move_about(struct test_run *run, const struct virt_host *host)
{
	struct vcpu *vcpu = host->guest->vcpu[TO];

	wait_for_fire(host->guest);
	for (uint32_t n = 0; n < MOVES && !guest_has_ended(host->guest); n++) {
		const struct irq *irq = host->backings->slot[0].irq;
		int error = vcpu_move(vcpu, n % 2 ? 2 : 3);

		test_check(run, !error, "move %u of the vCPU: error %d", n, error);
		test_check(run, irq->target.cpu == vcpu_host_cpu(vcpu),
		           "the backing is on cpu %u, its vCPU on %u", irq->target.cpu,
		           vcpu_host_cpu(vcpu));
		wait_for_fire(host->guest);
	}
	__atomic_store_n(&host->guest->shared->arguments[ENOUGH], 1, __ATOMIC_SEQ_CST);
}

static void judge(struct test_run *run, const struct virt_host *host, enum state state)
{
	const uint64_t halts = costs_between(VIRT_BEGIN, VIRT_END).halts[TO];
	const struct vcpu *vcpu = host->guest->vcpu[TO];

	print("# %s: %lu messages, %lu halts and %u moves of the vCPU\n", run->name,
	      host->guest->shared->results[VIRT_FIRED], halts, vcpu->moves);
	virt_arm_check_books(run, host);
	if (state == HALTED)
		test_check(run, halts, "the vCPU never halted");
	if (state == RUNS)
		test_check(run, !halts, "the vCPU halted %lu times", halts);
	if (state == MOVES_ABOUT)
		test_check(run, vcpu->moves == MOVES, "the vCPU moved %u times", vcpu->moves);
}

static void delivery(struct test_run *run)
{
	static const struct guest_task task = {"receive", receive};
	static const struct virt_arm arm = {VIRT_HYPERCALL, "msix", "remapped", true};
	static struct virt_host host;

	if (!virt_arm_begin(run, &host, &arm))
		return;
	host.guest->shared->arguments[STATE] = run->instance;
	if (virt_start(run, host.guest, &task)) {
		if (run->instance == MOVES_ABOUT)
			move_about(run, &host);
		virt_finish(run, host.guest);
		judge(run, &host, run->instance);
	}
	virt_arm_end(run, &host);
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return STATES;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s", state_names[instance]);
}

TEST(72, virt_delivery) = {
        .name = "virt.delivery",
        .checks = "each message of a device comes in at the vCPU it is for, once, while that one "
                  "runs, is halted, or is moved to another host CPU",
        .failure = "a guest's interrupts get lost when the host schedules it",
        .phase = PHASE_REMAPPED,
        .cpus = 4,
        .instances = instances,
        .label = label,
        .run = delivery,
};
