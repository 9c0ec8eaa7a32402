// SPDX-License-Identifier: MIT
/*
 * The HPET's messages, by the same three steps as any device's: a timer is shot once at each CPU in
 * turn.
 */
#include "drivers/platform/hpet.h"

#include <asm-generic/errno.h>

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/cpu.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/irq.h"
#include "kernel/print.h"
#include "kernel/time.h"
#include "tests/arms.h"
#include "tests/suite.h"

#define ROUNDS  2 /* the second comes back to vectors of the first */
#define SHOT_US 500

/* The message is sent by time, so a busy host may keep it waiting. */
#define PATIENCE_US 20000000

struct shots {
	uint32_t arrived;
	uint32_t strays;
	uint32_t cpu; /* where the last one arrived */
	uint32_t generation;
};

static void shot_arrived(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct shots *shots = context;

	(void)irq;
	shots->cpu = arrival->cpu;
	shots->generation = arrival->generation;
	__atomic_add_fetch(&shots->arrived, 1, __ATOMIC_RELEASE);
}

static void shot_strayed(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct shots *shots = context;

	(void)irq, (void)arrival;
	__atomic_add_fetch(&shots->strays, 1, __ATOMIC_RELEASE);
}

static void shoot(struct test_run *run, const struct hpet_timer *timer, const struct irq *irq,
                  struct shots *shots)
{
	uint32_t before = shots->arrived, cpu = irq->target.cpu, arrived;
	struct deadline deadline = deadline_in_us(PATIENCE_US);

	hpet_start(timer, SHOT_US);
	while (__atomic_load_n(&shots->arrived, __ATOMIC_ACQUIRE) == before)
		if (deadline_passed(&deadline))
			break;
	hpet_halt(timer);
	barrier();
	arrived = shots->arrived - before;
	test_check(run, arrived == 1, "a shot at cpu %u brought %u messages", cpu, arrived);
	test_check(run,
	           !arrived || (shots->cpu == cpu && shots->generation == irq->target.generation),
	           "the message for cpu %u came in at cpu %u, of target %u instead of %u", cpu,
	           shots->cpu, shots->generation, irq->target.generation);
}

static void shoot_at_each_cpu(struct test_run *run, const struct hpet_timer *timer, struct irq *irq,
                              struct shots *shots)
{
	for (uint32_t n = 0; n < ROUNDS * irq_reach(irq) && !run->failed; n++) {
		uint32_t cpu = n % irq_reach(irq);
		int error = irq_set_affinity(irq, cpu);

		if (test_check(run, !error, "the move to cpu %u failed: error %d", cpu, error))
			shoot(run, timer, irq, shots);
	}
	test_check(run, !shots->strays, "%u messages came in where nobody owned the vector",
	           shots->strays);
}

static void allocate_and_shoot(struct test_run *run, struct hpet_timer *timer)
{
	const struct irq_request request = {
	        .leaf = &irq_leaf_hpet,
	        .store = &timer->store,
	        .requester = timer->requester,
	        .name = "hpet",
	        .protocol = arms_lossless_protocol(run->phase == PHASE_REMAPPED),
	};
	struct shots shots = {0};
	struct irq *irq;
	int error = irq_alloc(&request, &irq);

	/*
	 * Nobody would know who sends, nor through which unit. On QEMU the message would also pass
	 * by the unit, and what a remappable address means there is a local APIC's register.
	 */
	if (error == -ENODEV && vtd_enabled() && !timer->requester.unit) {
		test_skip(run, "no remapping unit names the HPET in the DMAR table");
		return;
	}
	if (!test_check(run, !error, "the HPET's irq was refused: error %d", error))
		return;
	error = irq_request(irq, IRQ_CPU_ANY, shot_arrived, shot_strayed, &shots);
	if (test_check(run, !error, "the HPET's irq could not be requested: error %d", error)) {
		shoot_at_each_cpu(run, timer, irq, &shots);
		error = irq_release(irq);
		test_check(run, !error, "the irq could not be released: error %d", error);
	}
	irq_free(irq);
}

static void hpet(struct test_run *run)
{
	struct hpet_timer timer;
	const char *why;

	if (hpet_take(&timer, &why)) {
		test_skip(run, "%s", why);
		return;
	}
	allocate_and_shoot(run, &timer);
	hpet_give_back(&timer);
}

#define HPET(phase_name)                                                                           \
	{                                                                                          \
		.name = "hpet",                                                                    \
		.checks = "a timer's message reaches each CPU in turn, once for each shot (IA-PC " \
		          "HPET 1.0a, 2.3.10, Timer N FSB Interrupt Route Register)",              \
		.failure = "the leaf for the HPET does not deliver, or a move of it loses",        \
		.phase = phase_name, .run = hpet,                                                  \
	}

TEST(17, hpet_direct) = HPET(PHASE_DIRECT);
TEST(17, hpet_remapped) = HPET(PHASE_REMAPPED);
