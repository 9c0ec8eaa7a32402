// SPDX-License-Identifier: MIT
/*
 * When a guest is given an interrupt that is pending: not while its RFLAGS.IF is off, not in the
 * shadow of the STI that switched it on, and not twice or never where its delivery was cut short.
 */
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "kernel/memory.h"
#include "kernel/virt/guest/host.h"
#include "tests/virt/run.h"

#define MESSAGE 0x51
#define ROUNDS  200

static uint64_t arrived;
static volatile uint64_t *page;

static bool is_message(const struct irq_arrival *arrival)
{
	if (arrival->vector == MESSAGE)
		arrived++;
	return arrival->vector == MESSAGE;
}

/* Each CPUID is an exit, after which the host looks whether it can give an interrupt. */
static void hold_back(struct guest_shared *shared)
{
	(void)shared;
	vector_foresee(is_message);
	for (uint64_t n = 0; n < ROUNDS; n++) {
		cli();
		apic_send(apic_id(), MESSAGE);
		cpuid(0, 0);
		guest_check(arrived == n, "it came in with interrupts off");
		sti();
		__asm__ volatile("nop; nop");
		if (!guest_check(arrived == n + 1, "it did not come in with interrupts on"))
			return;
	}
}

static void held_back(struct test_run *run)
{
	static const struct guest_task task = {"hold back", hold_back};
	struct guest *guest = virt_load(run, 1);
	struct exits exits;

	if (!guest)
		return;
	virt_run(run, guest, &task);
	guest_exits(guest, &exits);
	test_check(run, exits.count[VM_EXIT_WINDOW] >= ROUNDS,
	           "it came out %lu times when its interrupts went on, and should have %u times",
	           exits.count[VM_EXIT_WINDOW], ROUNDS);
}

TEST(70, virt_interrupts_off) = {
        .name = "virt.interrupts-off",
        .checks = "a pending interrupt waits for the guest's RFLAGS.IF, and comes then (AMD APM "
                  "vol. 2, 15.21.4 \"Injecting Virtual (INTR) Interrupts\")",
        .failure = "a guest is interrupted where it must not be, or interrupts get stuck",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .run = held_back,
};

/* A page of the host's that guests are given and lose again. */
static uint64_t lent_page(void)
{
	static void *lent;

	if (!lent)
		lent = memory_alloc_pages(1);
	return (uint64_t)lent;
}

static uint64_t given_back; /* times, to the guest that was loaded last */

/* In the vCPU's loop; the tables are there, so nothing is allocated. */
static int give_it_back(struct vcpu *vcpu, const struct vm_exit *exit)
{
	given_back++;
	return guest_map(vcpu->guest, exit->address & -PAGE_SIZE, PAGE_SIZE, true);
}

static struct guest *load_to_lend(struct test_run *run, uint32_t vcpus)
{
	struct guest *guest = virt_load(run, vcpus);

	given_back = 0;
	if (guest)
		guest->memory = give_it_back;
	return guest;
}

#define BEFORE 1
#define AFTER  2

static bool overwrite(const struct irq_arrival *arrival)
{
	*page = AFTER;
	return is_message(arrival);
}

/* The load comes out of the guest, while it is in the shadow of STI. */
static void load_in_shadow(struct guest_shared *shared)
{
	page = memory_map_device(shared->arguments[0], PAGE_SIZE);
	vector_foresee(overwrite);
	cli();
	apic_send(apic_id(), MESSAGE);
	__asm__ volatile("sti; movq (%1), %0; nop"
	                 : "=&r"(shared->results[0])
	                 : "r"(page)
	                 : "memory");
	shared->results[1] = arrived;
}

/* And an interrupt of the host's brings it out again before it has moved. */
static int give_it_back_and_interrupt(struct vcpu *vcpu, const struct vm_exit *exit)
{
	cli(); /* until the next entry */
	apic_send(apic_id(), VECTOR_CALL);
	return give_it_back(vcpu, exit);
}

static void shadow(struct test_run *run)
{
	static const struct guest_task task = {"load in the shadow", load_in_shadow};
	struct guest *guest = load_to_lend(run, 1);
	uint64_t lent = lent_page();
	struct exits exits;

	if (!guest)
		return;
	guest->memory = give_it_back_and_interrupt;
	*(volatile uint64_t *)lent = BEFORE;
	if (!test_check(run, !guest_map(guest, lent, PAGE_SIZE, true), "no page for the guest"))
		return;
	guest_unmap(guest, lent, PAGE_SIZE);
	guest->shared->arguments[0] = lent;
	virt_run(run, guest, &task);
	guest_exits(guest, &exits);
	test_check(run, given_back == 1, "its load came out %lu times", given_back);
	test_check(run, exits.count[VM_EXIT_HOST_INTERRUPT],
	           "the host's interrupt did not bring it out again");
	test_check(run, guest->shared->results[0] == BEFORE,
	           "it was interrupted between STI and the instruction behind it");
	test_check(run, guest->shared->results[1] == 1, "%lu interrupts came in and should be 1",
	           guest->shared->results[1]);
}

TEST(70, virt_shadow) = {
        .name = "virt.shadow",
        .checks =
                "no interrupt comes in the shadow of STI, also when the guest came out in it, once "
                "and again (AMD APM vol. 2, 15.21.5 \"Interrupt Shadows\")",
        .failure = "a guest that halts by STI; HLT sleeps for ever now and then",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .run = shadow,
};

/* In guest_shared. */
enum { READY };
enum { GO };

static void note(void *argument)
{
	(void)argument;
	arrived++;
}

static void call_when_told(struct guest_shared *shared)
{
	__atomic_store_n(&shared->results[READY], 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&shared->arguments[GO], __ATOMIC_SEQ_CST))
		pause();
	smp_call(1, note, NULL);
	guest_check(arrived == 1, "vcpu 1 was called %lu times", arrived);
}

static void wait_until_halted(const struct guest *guest, const struct vcpu *vcpu)
{
	wait_begin("vcpu %lu to halt", vcpu->index);
	while (__atomic_load_n(&vcpu->mode, __ATOMIC_SEQ_CST) != VCPU_HALTED &&
	       !guest_has_ended(guest))
		pause();
	wait_end();
}

/* The stack of a halted vCPU is taken: what interrupts it next cannot be delivered at first. */
static void cut_short(struct test_run *run)
{
	static const struct guest_task task = {"call when told", call_when_told};
	struct guest *guest = load_to_lend(run, 2);

	if (!guest || !virt_start(run, guest, &task))
		return;
	virt_wait(guest, &guest->shared->results[READY], 1, "the guest to be ready (%lu)");
	wait_until_halted(guest, guest->vcpu[1]);
	guest_unmap(guest, (vm_registers(guest->vcpu[1]->vm)->rsp - 1) & -PAGE_SIZE, PAGE_SIZE);
	__atomic_store_n(&guest->shared->arguments[GO], 1, __ATOMIC_SEQ_CST);
	virt_finish(run, guest);
	test_check(run, given_back, "the stack was there");
}

TEST(70, virt_cut_short) = {
        .name = "virt.cut-short",
        .checks =
                "an interrupt whose delivery faults in the nested page tables is delivered "
                "afterwards (AMD APM vol. 2, 15.7.2 \"Intercepts During IDT Interrupt Delivery\")",
        .failure = "a guest loses an interrupt when the host has taken its stack away",
        .phase = PHASE_DIRECT,
        .cpus = 3,
        .run = cut_short,
};
