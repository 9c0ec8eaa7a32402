// SPDX-License-Identifier: MIT
/*
 * A CPU leaves with a level-triggered interrupt in its IRR. Nobody will ever end that one there,
 * and the pin, whose remote IRR is set, would send no other.
 */
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/hotplug.h"
#include "kernel/irq/ioapic_leaf.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/source.h"
#include "kernel/print.h"
#include "kernel/time.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/suite.h"

#define GRACE_US 50 /* for hardware whose flush is not the whole way to the local APIC */

static struct level {
	struct source *source;
	struct irq *irq;
	unsigned int window; /* in which the device asserts its interrupt */
	int error;           /* of that */
	uint64_t fired;
	uint64_t acknowledged; /* calls of the handler that found the device asserting */
	uint32_t last_cpu;     /* that did */
} level;

static void handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	(void)irq, (void)context;
	if (!level.source->ops->acknowledge(level.source, 0))
		return;
	__atomic_store_n(&level.last_cpu, arrival->cpu, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&level.acknowledged, 1, __ATOMIC_SEQ_CST);
}

static int fire(void)
{
	int error = level.source->ops->fire(level.source, 0);

	if (!error)
		level.fired++;
	return error;
}

static void fire_in_window(unsigned int window)
{
	if (window == level.window)
		level.error = fire();
}

/*
 * What was sent has been taken; then what the pin sent when that one's interrupt was ended, and
 * what a CPU that left ended.
 */
static void settle(void)
{
	for (int i = 0; i < 2; i++) {
		level.source->ops->flush(level.source);
		barrier();
		delay_us(GRACE_US);
		barrier();
	}
}

static void check_handled(struct test_run *run, uint32_t not_cpu, const char *when)
{
	settle();
	test_check(run, level.acknowledged == level.fired,
	           "%s: the device asserted its interrupt %lu times, %lu handlers found it so",
	           when, level.fired, level.acknowledged);
	test_check(run, level.last_cpu != not_cpu, "%s: it was handled on cpu %u", when, not_cpu);
	test_check(run, !ioapic_store_remote_irr(level.irq->store),
	           "%s: remote IRR is set and no handler runs: the pin is stuck", when);
}

static void unplug_under_it(struct test_run *run, uint32_t cpu)
{
	int error;

	level.error = 0;
	cpu_unplug_at_window(fire_in_window);
	error = cpu_unplug(cpu);
	cpu_unplug_at_window(NULL);
	test_check(run, !level.error, "the device refused to fire: error %d", level.error);
	if (!test_check(run, !error, "W%u: cpu %u does not leave: error %d", level.window, cpu,
	                error))
		return;
	check_handled(run, cpu, "with the CPU gone");
	test_check(run, !fire(), "the device refused to fire");
	check_handled(run, cpu, "once more");
	error = cpu_return(cpu);
	if (test_check(run, !error, "cpu %u does not come back: error %d", cpu, error))
		error = irq_set_affinity(level.irq, cpu);
	test_check(run, !error, "no move to the cpu that came back: error %d", error);
	test_check(run, !fire(), "the device refused to fire");
	check_handled(run, CPU_MAX, "with the CPU back");
}

static const char *protocol_for(enum test_phase phase)
{
	return phase == PHASE_REMAPPED ? "remapped" : "level";
}

static void with_irq(struct test_run *run)
{
	const struct irq_request request = {
	        .leaf = level.source->leaf,
	        .name = level.source->name,
	        .store = level.source->ops->store(level.source, 0),
	        .requester = level.source->requester,
	        .protocol = protocol_find(protocol_for(run->phase)),
	};
	uint32_t cpu = irq_cpus() - 1;
	int error = irq_alloc(&request, &level.irq);

	if (!test_check(run, !error, "its irq was refused: error %d", error))
		return;
	error = irq_request(level.irq, cpu, handler, NULL, NULL);
	if (test_check(run, !error, "its irq was refused a vector: error %d", error)) {
		for (level.window = 0; level.window < UNPLUG_WINDOWS && !run->failed;
		     level.window++)
			unplug_under_it(run, cpu);
		if (run->failed)
			irq_dump();
		irq_release(level.irq);
	}
	irq_free(level.irq);
}

static void unplug_level(struct test_run *run)
{
	level = (struct level){.source = arms_level_source(run->instance)};
	if (!arm_open_source(run, level.source))
		return;
	with_irq(run);
	level.source->ops->close(level.source);
}

static unsigned int instances(enum test_phase phase)
{
	unsigned int count = 0;

	(void)phase;
	while (arms_level_source(count))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	if (arms_level_source(instance))
		format(buffer, size, "%s.%s", arms_level_source(instance)->name,
		       protocol_for(phase));
}

#define UNPLUG_LEVEL(phase_name)                                                                   \
	{                                                                                          \
		.name = "unplug.level",                                                            \
		.checks = "a level-triggered interrupt that waits in the IRR of a CPU that "       \
		          "leaves is handled elsewhere, and its pin does not stay stuck with its " \
		          "remote IRR set (82093AA, 3.2.4)",                                       \
		.failure = "the end of interrupt never reaches the pin: its device is silent for " \
		           "ever",                                                                 \
		.phase = phase_name, .cpus = 2, .instances = instances, .label = label,            \
		.needs = NO_LEVEL_SOURCE, .run = unplug_level,                                     \
	}

TEST(58, unplug_level_direct) = UNPLUG_LEVEL(PHASE_DIRECT);
TEST(58, unplug_level_remapped) = UNPLUG_LEVEL(PHASE_REMAPPED);
