// SPDX-License-Identifier: MIT
#include "tests/host/fake_vm.h"

#include <asm-generic/errno.h>
#include <asm/prctl.h>
#include <string.h>
#include <sys/syscall.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/dispatch.h"
#include "kernel/virt/backing.h"
#include "tests/host/unit.h"

long syscall(long number, ...); /* <unistd.h> has a pause() of its own */

struct cpu cpus[HOST_CPUS];
struct guest guest;
struct vcpu vcpu, other;

/* What the CPU and the virtual local APIC are to do. */
struct vm_exit exits[8];
unsigned int exits_given, exits_wanted;
int looks[8]; /* what vlapic_next() finds, the last one for ever */
unsigned int looks_done, looks_wanted;
bool guest_interrupts, injectable, interrupts, held;
void (*at_hold)(void), (*at_enter)(void), (*at_halt)(void), (*at_call)(void);

/* What was done. */
unsigned int entries, flushes, injections, windows, skips, halts, kicks, enabled, follows;
int injected;
uint32_t kicked;
uint32_t forgotten;

void run_on(uint32_t cpu)
{
	assert_int_equal(syscall(SYS_arch_prctl, ARCH_SET_GS, &cpus[cpu]), 0);
}

int begin(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < HOST_CPUS; i++)
		cpus[i] = (struct cpu){.self = &cpus[i], .index = i, .apic_id = i, .online = true};
	guest = (struct guest){.vcpus = 2, .vcpu = {&vcpu, &other}};
	vcpu = (struct vcpu){.guest = &guest, .host_cpu = ON};
	other = (struct vcpu){.guest = &guest, .index = 1, .host_cpu = ON + 1};
	exits_given = exits_wanted = looks_done = 0;
	looks_wanted = 1;
	looks[0] = VLAPIC_NOTHING;
	guest_interrupts = injectable = interrupts = true;
	held = false;
	at_hold = at_enter = at_halt = at_call = NULL;
	entries = flushes = injections = windows = skips = halts = kicks = enabled = follows = 0;
	injected = VLAPIC_NOTHING;
	forgotten = 0;
	run_on(ON);
	return 0;
}

void give_exit(enum vm_exit_kind kind)
{
	exits[exits_wanted++] = (struct vm_exit){.kind = kind, .length = 1};
}

void let_find(const int *found, unsigned int count)
{
	memcpy(looks, found, count * sizeof(*found));
	looks_wanted = count;
}

bool fake_machine_interrupts_off(void)
{
	bool were = interrupts;

	interrupts = false;
	return were;
}

void fake_machine_interrupts_on(void)
{
	interrupts = true;
}

bool fake_machine_holds(uint32_t cpu)
{
	(void)cpu;
	return !interrupts;
}

void fake_machine_pause(void)
{
}

uint64_t fake_ticks(void)
{
	static uint64_t now;

	return now += 10;
}

void fake_halt(void)
{
	halts++;
	assert_int_equal(vcpu.mode, VCPU_HALTED);
	assert_non_null(at_halt);
	at_halt();
}

struct cpu *cpu_get(uint32_t index)
{
	return index < HOST_CPUS ? &cpus[index] : NULL;
}

void apic_send(uint32_t apic_id, uint8_t vector)
{
	assert_int_equal(vector, VECTOR_CALL);
	kicked = apic_id;
	kicks++;
}

void apic_read_state(uint32_t irr[8], uint32_t isr[8])
{
	assert_true(interrupts);
	assert_false(held);
	memset(irr, 0, 8 * sizeof(*irr));
	memset(isr, 0, 8 * sizeof(*isr));
	irr[1] = forgotten;
}

void smp_start(uint32_t index, void (*function)(void *), void *argument)
{
	run_on(index);
	function(argument);
}

void smp_wait(uint32_t index)
{
	(void)index;
}

int vm_cpu_prepare(uint32_t cpu)
{
	return cpu == ON + 1 ? -ENOMEM : 0;
}

void vm_cpu_enable(void)
{
	enabled++;
}

void vm_cpu_disable(void)
{
	enabled--;
	assert_true(interrupts);
	assert_false(held);
}

void vm_hold(void)
{
	held = true;
	if (at_hold)
		at_hold();
}

void vm_release(void)
{
	held = false;
}

void vm_enter(struct vm_cpu *vm, bool flush, struct vm_exit *exit)
{
	(void)vm;
	assert_true(held);
	assert_int_equal(vcpu.mode, VCPU_ENTERED);
	entries++;
	flushes += flush;
	if (at_enter)
		at_enter();
	assert_true(exits_given < exits_wanted);
	*exit = exits[exits_given++];
	if (exits_given == exits_wanted && exit->kind != VM_EXIT_HALT)
		guest.end = GUEST_STOPPED;
}

void vm_skip(struct vm_cpu *vm, uint8_t length)
{
	(void)vm;
	assert_int_equal(length, 1);
	skips++;
}

bool vm_interrupts_on(const struct vm_cpu *vm)
{
	(void)vm;
	return guest_interrupts;
}

bool vm_can_inject(const struct vm_cpu *vm)
{
	(void)vm;
	assert_true(held);
	return injectable;
}

void vm_inject(struct vm_cpu *vm, uint8_t vector)
{
	(void)vm;
	assert_true(held);
	injections++;
	injected = vector;
}

void vm_ask_for_window(struct vm_cpu *vm)
{
	(void)vm;
	windows++;
}

void vm_reset(struct vm_cpu *vm, const struct vm_start *start)
{
	(void)vm, (void)start;
}

/* Who posts after this look has to find that there is somebody to tell. */
int vlapic_next(const struct vlapic *apic)
{
	unsigned int look = looks_done < looks_wanted ? looks_done : looks_wanted - 1;

	(void)apic;
	assert_true(vcpu.mode == VCPU_ENTERED || vcpu.mode == VCPU_HALTED || vcpu.halted);
	looks_done++;
	return looks[look];
}

void vlapic_accept(struct vlapic *apic, uint8_t vector)
{
	(void)apic, (void)vector;
	let_find((const int[]){VLAPIC_NOTHING}, 1);
}

enum vlapic_posted vlapic_post(struct vlapic *apic, uint8_t vector)
{
	(void)apic;
	return vector < 16 ? VLAPIC_REFUSED : VLAPIC_NEW;
}

void vlapic_init(struct vlapic *apic, uint32_t id)
{
	(void)apic, (void)id;
}

void emulate_cpuid(struct vcpu *of, const struct vm_exit *exit)
{
	(void)of, (void)exit;
}

void emulate_msr(struct vcpu *of, const struct vm_exit *exit)
{
	(void)of, (void)exit;
}

void emulate_hypercall(struct vcpu *of, const struct vm_exit *exit)
{
	(void)of, (void)exit;
	assert_false(held);
	assert_true(interrupts);
	if (at_call)
		at_call();
}

void guest_fatal(struct vcpu *of, const char *text_format, ...)
{
	(void)of, (void)text_format;
	guest.end = GUEST_FATAL;
}

uint32_t backing_follow(struct backings *backings, uint32_t index)
{
	(void)backings;
	assert_int_equal(index, 0);
	follows++;
	return 0;
}
