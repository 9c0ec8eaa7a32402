// SPDX-License-Identifier: MIT
/*
 * Interrupts from vCPU to vCPU: that smp_call(), tasks, halts and the barrier mean in a guest what
 * they mean on a machine.
 */
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/vector.h"
#include "kernel/virt/guest/host.h"
#include "tests/virt/run.h"

#define CALLS      100
#define TASKS      50
#define ROUNDS     100
#define BARRIERS   100
#define DEAF_EXITS 50
#define VCPUS      3

/* A vector of no irq, above the barrier's. */
#define MESSAGE 0x51

static uint64_t done[GUEST_VCPUS];

static void note(void *argument)
{
	(void)argument;
	done[this_cpu()->index]++;
}

static void call_and_start(struct guest_shared *shared)
{
	for (uint32_t n = 0; n < CALLS; n++)
		for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
			smp_call(cpu, note, NULL);
	for (uint32_t n = 0; n < TASKS; n++)
		for (uint32_t cpu = 1; cpu < cpu_count(); cpu++) {
			smp_start(cpu, note, NULL);
			smp_wait(cpu);
		}
	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
		shared->results[cpu] = done[cpu];
}

static void calls(struct test_run *run)
{
	static const struct guest_task task = {"call and start", call_and_start};
	struct guest *guest = virt_load(run, VCPUS);

	if (!guest)
		return;
	virt_run(run, guest, &task);
	for (uint32_t cpu = 0; cpu < VCPUS; cpu++)
		test_check(run, guest->shared->results[cpu] == CALLS + (cpu ? TASKS : 0),
		           "vcpu %u was called %lu times", cpu, guest->shared->results[cpu]);
}

TEST(70, virt_calls) = {
        .name = "virt.calls",
        .checks = "a vCPU calls the others, and starts tasks there, by interrupts",
        .failure = "interrupts between vCPUs get lost, or come twice",
        .phase = PHASE_DIRECT,
        .cpus = VCPUS + 1,
        .run = calls,
};

static bool is_message(const struct irq_arrival *arrival)
{
	if (arrival->vector == MESSAGE)
		__atomic_add_fetch(&done[arrival->cpu], 1, __ATOMIC_SEQ_CST);
	return arrival->vector == MESSAGE;
}

/* As idle CPUs do: what comes between the look and the halt has to end the halt. */
static void wait_halted(uint64_t messages)
{
	const uint64_t *mine = &done[this_cpu()->index];

	wait_begin("message %lu, halted", messages);
	cli();
	while (__atomic_load_n(mine, __ATOMIC_SEQ_CST) < messages) {
		sti_hlt();
		cli();
	}
	sti();
	wait_end();
}

static void answer(void *argument)
{
	(void)argument;
	for (uint64_t n = 1; n <= ROUNDS; n++) {
		wait_halted(n);
		apic_send(cpu_get(0)->apic_id, MESSAGE);
	}
}

/* One message is on its way at a time, to one of the two. */
static void wake_each_other(struct guest_shared *shared)
{
	vector_foresee(is_message);
	smp_start(1, answer, NULL);
	for (uint64_t n = 1; n <= ROUNDS; n++) {
		apic_send(cpu_get(1)->apic_id, MESSAGE);
		wait_halted(n);
	}
	smp_wait(1);
	shared->results[0] = done[0];
	shared->results[1] = done[1];
}

static void halts(struct test_run *run)
{
	static const struct guest_task task = {"wake each other", wake_each_other};
	struct guest *guest = virt_load(run, 2);
	struct exits exits;

	if (!guest)
		return;
	virt_run(run, guest, &task);
	guest_exits(guest, &exits);
	test_check(run, guest->shared->results[0] == ROUNDS && guest->shared->results[1] == ROUNDS,
	           "of %u messages %lu and %lu came in", ROUNDS, guest->shared->results[0],
	           guest->shared->results[1]);
	test_check(run, exits.count[VM_EXIT_HALT], "no vCPU ever halted");
}

TEST(70, virt_halts) = {
        .name = "virt.halts",
        .checks = "a halted vCPU wakes for each interrupt, also one that comes as it halts",
        .failure = "a guest would sleep for ever now and then",
        .phase = PHASE_DIRECT,
        .cpus = 3,
        .run = halts,
};

/* Both interrupts are pending when it listens again, and the higher one has to come first. */
static void be_deaf_at_times(void *argument)
{
	const uint64_t *enough = argument;

	while (!__atomic_load_n(enough, __ATOMIC_SEQ_CST)) {
		cli();
		for (int i = 0; i < DEAF_EXITS; i++)
			cpuid(0, 0);
		sti();
	}
}

/* Fires at each CPU; after the barrier each has taken its message. */
static bool all_have_taken(uint64_t messages)
{
	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++) {
		uint64_t taken = __atomic_load_n(&done[cpu], __ATOMIC_SEQ_CST);

		if (!guest_check(taken == messages,
		                 "after barrier %lu vcpu %u has taken %lu messages", messages, cpu,
		                 taken))
			return false;
	}
	return true;
}

static void fire_and_prove(struct guest_shared *shared)
{
	uint64_t enough = 0;
	uint64_t n = 0;

	vector_foresee(is_message);
	for (uint32_t cpu = 1; cpu < cpu_count(); cpu++)
		smp_start(cpu, be_deaf_at_times, &enough);
	do {
		for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
			apic_send(cpu_get(cpu)->apic_id, MESSAGE);
		barrier();
	} while (all_have_taken(++n) && n < BARRIERS);
	__atomic_store_n(&enough, 1, __ATOMIC_SEQ_CST);
	for (uint32_t cpu = 1; cpu < cpu_count(); cpu++)
		smp_wait(cpu);
	shared->results[0] = n;
}

static void proves(struct test_run *run)
{
	static const struct guest_task task = {"fire and prove", fire_and_prove};
	struct guest *guest = virt_load(run, VCPUS);

	if (!guest)
		return;
	virt_run(run, guest, &task);
	test_check(run, guest->shared->results[0] == BARRIERS, "it did not come to its end");
}

TEST(70, virt_barrier) = {
        .name = "virt.barrier",
        .checks = "what was pending at a vCPU before the barrier's interrupt is taken before it",
        .failure = "a message may be called missing in a guest that is only late",
        .phase = PHASE_DIRECT,
        .cpus = VCPUS + 1,
        .run = proves,
};
