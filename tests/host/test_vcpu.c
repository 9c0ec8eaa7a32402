// SPDX-License-Identifier: MIT
// links: kernel/virt/vcpu.c
/*
 * A vCPU's loop, over a CPU that is a script: what it looks at in which order, whom a post tells,
 * and when it ends.
 */
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/dispatch.h"
#include "kernel/virt/backing.h"
#include "kernel/virt/guest.h"
#include "kernel/virt/vcpu.h"
#include "tests/host/unit.h"

#include <asm-generic/errno.h>
#include <asm/prctl.h>
#include <string.h>
#include <sys/syscall.h>

long syscall(long number, ...); /* <unistd.h> has a pause() of its own */

#define HOST_CPUS 4
#define ON        2 /* the host CPU of the vCPU that is looked at */

static struct cpu cpus[HOST_CPUS];
static struct guest guest;
static struct vcpu vcpu, other;

/* What the CPU and the virtual local APIC are to do. */
static struct vm_exit exits[8];
static unsigned int exits_given, exits_wanted;
static int looks[8]; /* what vlapic_next() finds, the last one for ever */
static unsigned int looks_done, looks_wanted;
static bool guest_interrupts, injectable, interrupts, held;
static void (*at_hold)(void), (*at_enter)(void), (*at_halt)(void), (*at_call)(void);

/* What was done. */
static unsigned int entries, flushes, injections, windows, skips, halts, kicks, enabled, follows;
static int injected;
static uint32_t kicked;

static void run_on(uint32_t cpu)
{
	assert_int_equal(syscall(SYS_arch_prctl, ARCH_SET_GS, &cpus[cpu]), 0);
}

static int begin(void **state)
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
	run_on(ON);
	return 0;
}

static void give_exit(enum vm_exit_kind kind)
{
	exits[exits_wanted++] = (struct vm_exit){.kind = kind, .length = 1};
}

static void let_find(const int *found, unsigned int count)
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

static void what_two_looks_find_is_injected(void **state)
{
	(void)state;
	/* 51h was posted behind the first look at its word, and 20h later still. */
	let_find((const int[]){0x20, 0x51, 0x51}, 3);
	give_exit(VM_EXIT_HOST_INTERRUPT);
	vcpu_start(&vcpu);
	assert_int_equal(injections, 1);
	assert_int_equal(injected, 0x51);
	assert_int_equal(vcpu.exits.injected, 1);
	assert_int_equal(enabled, 0);
}

static void what_cannot_be_injected_asks_for_a_window(void **state)
{
	(void)state;
	let_find((const int[]){0x51}, 1);
	injectable = false;
	give_exit(VM_EXIT_WINDOW);
	vcpu_start(&vcpu);
	assert_int_equal(injections, 0);
	assert_int_equal(windows, 1);
}

static void post_from_another_cpu(void)
{
	run_on(0);
	assert_true(vcpu_post(&vcpu, 0x51));
	run_on(ON);
}

static void post_from_the_same_cpu(void)
{
	assert_true(vcpu_post(&vcpu, 0x51));
}

static void a_post_tells_the_cpu_that_is_in_the_guest(void **state)
{
	(void)state;
	at_enter = post_from_another_cpu;
	give_exit(VM_EXIT_HOST_INTERRUPT);
	vcpu_start(&vcpu);
	assert_int_equal(kicks, 1);
	assert_int_equal(kicked, ON);
}

static void a_post_in_the_host_tells_nobody(void **state)
{
	(void)state;
	at_call = post_from_another_cpu;
	give_exit(VM_EXIT_HYPERCALL);
	give_exit(VM_EXIT_HOST_INTERRUPT);
	vcpu_start(&vcpu);
	assert_int_equal(entries, 2);
	assert_int_equal(kicks, 0);
}

static void what_is_refused_tells_nobody(void **state)
{
	(void)state;
	vcpu.mode = VCPU_ENTERED;
	run_on(0);
	assert_false(vcpu_post(&vcpu, 3));
	assert_int_equal(kicks, 0);
}

static void wake(void)
{
	post_from_another_cpu();
	post_from_the_same_cpu();
	let_find((const int[]){0x51}, 1);
	looks_done = 0;
	give_exit(VM_EXIT_HOST_INTERRUPT);
}

static void a_halted_one_wakes_and_is_given_it(void **state)
{
	(void)state;
	at_halt = wake;
	give_exit(VM_EXIT_HALT);
	vcpu_start(&vcpu);
	assert_int_equal(skips, 1);
	assert_int_equal(halts, 1);
	assert_int_equal(kicks, 1); /* not to the CPU itself, which is awake */
	assert_int_equal(injected, 0x51);
	assert_false(vcpu.halted);
}

static void halt_with_one_pending(void)
{
	at_enter = NULL;
	let_find((const int[]){0x51}, 1);
	looks_done = 0;
	give_exit(VM_EXIT_HOST_INTERRUPT);
}

static void what_comes_before_the_halt_prevents_it(void **state)
{
	(void)state;
	at_enter = halt_with_one_pending;
	give_exit(VM_EXIT_HALT);
	vcpu_start(&vcpu);
	assert_int_equal(halts, 0);
	assert_int_equal(injected, 0x51);
}

static void stop(void)
{
	guest.end = GUEST_STOPPED;
}

static void tell_to_leave(void)
{
	vcpu.leave = 1;
	vcpu_kick(&vcpu);
}

static void tell_to_begin_anew(void)
{
	at_hold = NULL;
	vcpu_begin_anew(&vcpu);
}

static void assert_not_told(void)
{
	assert_int_equal(vcpu.anew, 0);
}

/* Nobody is kicked, as the mode is VCPU_OUT still: the loop has to look once more. */
static void who_is_told_before_the_entry_does_not_enter(void **state)
{
	(void)state;
	at_hold = tell_to_leave;
	vcpu_start(&vcpu);
	assert_int_equal(kicks, 0);
	assert_int_equal(entries, 0);
	assert_int_equal(vcpu.mode, VCPU_OUT);
	vcpu.leave = 0;
	at_hold = tell_to_begin_anew;
	at_enter = assert_not_told;
	give_exit(VM_EXIT_HYPERCALL);
	vcpu_start(&vcpu);
	assert_int_equal(kicks, 0);
	assert_int_equal(entries, 1);
}

static void a_halt_with_interrupts_off_lasts_to_the_end(void **state)
{
	(void)state;
	at_halt = stop;
	guest_interrupts = false;
	injectable = false;
	let_find((const int[]){0x51}, 1);
	give_exit(VM_EXIT_HALT);
	vcpu_start(&vcpu);
	assert_int_equal(halts, 1);
	assert_int_equal(injections, 0);
	assert_true(vcpu.halted);
}

static void a_change_of_the_tables_flushes_once(void **state)
{
	(void)state;
	guest.npt.generation = 7;
	for (int n = 0; n < 3; n++)
		give_exit(VM_EXIT_CPUID);
	vcpu_start(&vcpu);
	assert_int_equal(entries, 3);
	assert_int_equal(flushes, 1);
	assert_int_equal(vcpu.exits.count[VM_EXIT_CPUID], 3);
	assert_int_equal(vcpu.exits.ticks[VM_EXIT_CPUID], 30);
}

static void memory_that_nobody_serves_is_the_end(void **state)
{
	(void)state;
	give_exit(VM_EXIT_MEMORY);
	give_exit(VM_EXIT_CPUID);
	vcpu_start(&vcpu);
	assert_int_equal(guest.end, GUEST_FATAL);
	assert_int_equal(entries, 1);
}

static void a_move_needs_a_cpu_that_can_and_is_free(void **state)
{
	(void)state;
	run_on(0);
	guest.end = GUEST_STOPPED;
	assert_int_equal(vcpu_move(&vcpu, 0), -EINVAL);
	assert_int_equal(vcpu_move(&vcpu, HOST_CPUS), -EINVAL);
	assert_int_equal(vcpu_move(&vcpu, ON + 1), -EBUSY);
	other.host_cpu = 1;
	assert_int_equal(vcpu_move(&vcpu, ON + 1), -ENOMEM);
	cpus[1].online = false;
	other.host_cpu = ON + 1;
	assert_int_equal(vcpu_move(&vcpu, 1), -EINVAL);
	assert_int_equal(vcpu.host_cpu, ON);
	assert_int_equal(vcpu.moves, 0);
	cpus[1].online = true;
	vcpu.mode = VCPU_ENTERED;
	guest.backings = (struct backings *)&guest;
	assert_int_equal(vcpu_move(&vcpu, 1), 0);
	assert_int_equal(vcpu.host_cpu, 1);
	assert_int_equal(vcpu.leave, 0);
	assert_int_equal(kicked, ON);
	assert_int_equal(follows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(what_two_looks_find_is_injected, begin),
	        cmocka_unit_test_setup(what_cannot_be_injected_asks_for_a_window, begin),
	        cmocka_unit_test_setup(a_post_tells_the_cpu_that_is_in_the_guest, begin),
	        cmocka_unit_test_setup(a_post_in_the_host_tells_nobody, begin),
	        cmocka_unit_test_setup(what_is_refused_tells_nobody, begin),
	        cmocka_unit_test_setup(a_halted_one_wakes_and_is_given_it, begin),
	        cmocka_unit_test_setup(what_comes_before_the_halt_prevents_it, begin),
	        cmocka_unit_test_setup(who_is_told_before_the_entry_does_not_enter, begin),
	        cmocka_unit_test_setup(a_halt_with_interrupts_off_lasts_to_the_end, begin),
	        cmocka_unit_test_setup(a_change_of_the_tables_flushes_once, begin),
	        cmocka_unit_test_setup(memory_that_nobody_serves_is_the_end, begin),
	        cmocka_unit_test_setup(a_move_needs_a_cpu_that_can_and_is_free, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
