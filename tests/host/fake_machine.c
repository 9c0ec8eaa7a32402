// SPDX-License-Identifier: MIT
#include "tests/host/fake_machine.h"

#include <asm-generic/errno.h>
#include <asm/prctl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/dispatch.h"
#include "kernel/memory.h"
#include "kernel/time.h"
#include "tests/host/unit.h"

#define PATIENCE 1000000

static struct fake_cpu {
	struct cpu cpu;
	bool interrupts_on;
	bool slow;
	unsigned int held_for; /* more turns of a waiting loop; 0: not held so */
	bool irr[256];
	uint32_t in_service; /* interrupts taken and not yet ended by apic_eoi() */
	uint8_t vector;      /* of that one */
	bool leaving;        /* what it finds in its IRR now was never in service */
	bool silent;         /* its local APIC takes nothing in */
} machine[FAKE_CPUS_MAX];

static uint32_t cpus = FAKE_CPUS;
static void (*watch)(uint32_t cpu, uint8_t vector);
static void (*broadcast)(uint8_t vector);
static uint32_t current;
static uint64_t taken;
static unsigned int waited;
static bool threads; /* what is waited for may be one, and the host busy */
static bool memory_used_up;
static bool dead; /* a CPU that is out does not come back */

void fake_machine_run_on(uint32_t cpu)
{
	current = cpu;
	/* Where this_cpu() looks; user mode has no other use for it on x86-64. */
	assert_int_equal(syscall(SYS_arch_prctl, ARCH_SET_GS, &machine[cpu].cpu), 0);
}

void fake_machine_set_cpus(uint32_t count)
{
	assert_true(count <= FAKE_CPUS_MAX);
	cpus = count;
}

void fake_machine_start(void)
{
	for (uint32_t i = 0; i < cpus; i++) {
		machine[i].cpu.self = &machine[i].cpu;
		machine[i].cpu.index = i;
		machine[i].cpu.apic_id = FAKE_APIC_ID(i);
		machine[i].cpu.online = true;
		machine[i].interrupts_on = true;
		machine[i].slow = false;
		machine[i].held_for = 0;
		machine[i].in_service = 0;
		machine[i].leaving = false;
		machine[i].silent = false;
		memset(machine[i].irr, 0, sizeof(machine[i].irr));
	}
	waited = 0;
	threads = false;
	watch = NULL;
	broadcast = NULL;
	memory_used_up = false;
	dead = false;
	fake_machine_run_on(0);
}

static uint8_t highest_pending(const struct fake_cpu *cpu)
{
	uint8_t vector = 255;

	while (vector && !cpu->irr[vector])
		vector--;
	return vector;
}

static void take_interrupt(struct fake_cpu *cpu, uint8_t vector)
{
	cpu->irr[vector] = false;
	cpu->in_service = 1;
	cpu->vector = vector;
	waited = 0;
	if (vector >= VECTOR_DEVICE_FIRST && vector <= VECTOR_DEVICE_LAST)
		taken++;
	if (watch)
		watch(cpu->cpu.index, vector);
	irq_dispatch(vector);
	assert_int_equal(cpu->in_service, 0);
}

/* Those with vectors above `floor`. */
static void take_interrupts_above(struct fake_cpu *cpu, uint8_t floor)
{
	uint32_t before = current;
	uint8_t vector;

	if (!cpu->interrupts_on)
		return;
	fake_machine_run_on(cpu->cpu.index);
	cpu->interrupts_on = false;
	while ((vector = highest_pending(cpu)) > floor)
		take_interrupt(cpu, vector);
	cpu->interrupts_on = true;
	fake_machine_run_on(before);
}

static void take_interrupts(struct fake_cpu *cpu)
{
	if (!cpu->slow || cpu->irr[VECTOR_BARRIER])
		take_interrupts_above(cpu, 0);
}

void fake_machine_hold(uint32_t cpu)
{
	machine[cpu].interrupts_on = false;
}

void fake_machine_let_go(uint32_t cpu)
{
	machine[cpu].interrupts_on = true;
	take_interrupts(&machine[cpu]);
}

void fake_machine_slow(uint32_t cpu, bool slow)
{
	machine[cpu].slow = slow;
	take_interrupts(&machine[cpu]);
}

bool fake_machine_holds(uint32_t cpu)
{
	return !machine[cpu].interrupts_on;
}

void fake_machine_hold_for(uint32_t cpu, unsigned int pauses)
{
	fake_machine_hold(cpu);
	machine[cpu].held_for = pauses;
}

void fake_machine_interrupt(uint32_t apic_id, uint8_t vector)
{
	for (uint32_t i = 0; i < cpus; i++) {
		if (machine[i].cpu.apic_id == apic_id && !machine[i].silent) {
			machine[i].irr[vector] = true;
			take_interrupts(&machine[i]);
		}
	}
}

void fake_machine_watch(void (*taking)(uint32_t cpu, uint8_t vector))
{
	watch = taking;
}

void fake_machine_hear_eoi(void (*heard)(uint8_t vector))
{
	broadcast = heard;
}

uint64_t fake_machine_taken(void)
{
	return taken;
}

void fake_machine_set_apic_id(uint32_t cpu, uint32_t apic_id)
{
	machine[cpu].cpu.apic_id = apic_id;
}

void fake_machine_keep_out(bool all)
{
	dead = all;
}

void fake_machine_use_up_memory(bool all)
{
	memory_used_up = all;
}

bool fake_machine_interrupts_off(void)
{
	bool were_on = machine[current].interrupts_on;

	machine[current].interrupts_on = false;
	return were_on;
}

void fake_machine_interrupts_on(void)
{
	fake_machine_let_go(current);
}

void fake_machine_has_threads(void)
{
	threads = true;
}

void fake_machine_pause(void)
{
	if (threads)
		sched_yield();
	else if (++waited > PATIENCE)
		fail_msg("CPU %u waits for ever", current);
	for (uint32_t i = 0; i < cpus; i++)
		if (machine[i].held_for && !--machine[i].held_for)
			fake_machine_let_go(i);
}

struct cpu *cpu_get(uint32_t index)
{
	return index < cpus ? &machine[index].cpu : NULL;
}

uint32_t cpu_count(void)
{
	return cpus;
}

uint32_t cpu_count_to(uint32_t apic_id)
{
	uint32_t n = 0;

	while (n < cpus && machine[n].cpu.apic_id <= apic_id)
		n++;
	return n;
}

void apic_send(uint32_t apic_id, uint8_t vector)
{
	fake_machine_interrupt(apic_id, vector);
}

void apic_send_all(uint8_t vector)
{
	for (uint32_t i = 0; i < cpus; i++)
		fake_machine_interrupt(machine[i].cpu.apic_id, vector);
}

bool apic_irr(uint8_t vector)
{
	return machine[current].irr[vector];
}

void apic_eoi(void)
{
	if (machine[current].leaving)
		return;
	assert_int_equal(machine[current].in_service, 1);
	machine[current].in_service = 0;
	if (broadcast)
		broadcast(machine[current].vector);
}

void smp_call(uint32_t index, void (*function)(void *), void *argument)
{
	struct fake_cpu *cpu = &machine[index];
	uint32_t caller = current;

	if (index == caller) {
		bool were_on = fake_machine_interrupts_off();

		function(argument);
		if (were_on)
			fake_machine_interrupts_on();
		return;
	}
	assert_true(machine[caller].interrupts_on);
	assert_true(cpu->interrupts_on);
	take_interrupts_above(cpu, VECTOR_CALL);
	fake_machine_run_on(index);
	cpu->interrupts_on = false;
	function(argument);
	assert_false(cpu->interrupts_on);
	cpu->interrupts_on = true;
	take_interrupts(cpu);
	fake_machine_run_on(caller);
}

/* irq_dispatch() knows of it; smp_call() above needs no interrupt. */
void smp_call_interrupt(void)
{
	fail_msg("an interrupt with the vector of smp_call()");
}

/* At once; the CPU has nothing else to do. */
void smp_start(uint32_t index, void (*function)(void *), void *argument)
{
	struct fake_cpu *cpu = &machine[index];
	uint32_t caller = current;

	assert_int_not_equal(index, caller);
	if (!cpu->cpu.online)
		return;
	fake_machine_run_on(index);
	function(argument);
	assert_int_equal(cpu->interrupts_on, cpu->cpu.online);
	fake_machine_run_on(caller);
}

void smp_wait(uint32_t index)
{
	(void)index;
}

void smp_take_last_calls(void)
{
	assert_false(machine[current].interrupts_on);
	machine[current].leaving = true;
}

void smp_leave(void)
{
	assert_true(machine[current].leaving);
	machine[current].cpu.online = false;
}

int smp_restart(uint32_t index)
{
	assert_false(machine[index].cpu.online);
	if (dead)
		return -ETIMEDOUT;
	memset(machine[index].irr, 0, sizeof(machine[index].irr));
	machine[index].leaving = false;
	machine[index].silent = false;
	machine[index].interrupts_on = true;
	machine[index].cpu.online = true;
	return 0;
}

void apic_disable(void)
{
	machine[current].silent = true;
}

void *memory_alloc(size_t size, size_t align)
{
	size_t whole = (size + align - 1) / align * align;
	void *memory = memory_used_up ? NULL : aligned_alloc(align, whole);

	if (memory)
		memset(memory, 0, whole);
	return memory;
}

/* A wait that does not end is this machine's to find, not a clock's. */
struct deadline deadline_in_us(uint64_t us)
{
	(void)us;
	return (struct deadline){0};
}

bool deadline_passed(struct deadline *deadline)
{
	(void)deadline;
	return false;
}
