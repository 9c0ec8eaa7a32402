// SPDX-License-Identifier: MIT
#include "kernel/virt/vcpu.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/dispatch.h"
#include "kernel/print.h"
#include "kernel/virt/backing.h"
#include "kernel/virt/guest.h"

/* Whether the loop has something else to do than to run the guest. */
static bool is_to_leave(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->leave, __ATOMIC_SEQ_CST) || guest_has_ended(vcpu->guest);
}

static bool is_to_begin_anew(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->anew, __ATOMIC_SEQ_CST);
}

static void begin_anew(struct vcpu *vcpu)
{
	__atomic_store_n(&vcpu->anew, 0, __ATOMIC_SEQ_CST);
	vm_reset(vcpu->vm, &vcpu->start);
	vlapic_init(&vcpu->apic, vcpu->index);
	vcpu->halted = false;
}

static void set_mode(struct vcpu *vcpu, enum vcpu_mode mode)
{
	__atomic_store_n(&vcpu->mode, mode, __ATOMIC_SEQ_CST);
}

/*
 * The vector that the guest is given next, or VLAPIC_NOTHING.
 *
 * Its barrier (kernel/irq/barrier.h) rests on this: what was posted before another vector and is
 * higher is given before it. One look at the IRR, word by word from the top, does not have that:
 * the higher vector may be posted behind the look at its word, and the lower one, posted later
 * still, be found. So it is looked at until two looks find the same: the second began when that
 * vector was pending already, and would have found what was posted before.
 */
static int next_interrupt(const struct vcpu *vcpu)
{
	int found, again = vlapic_next(&vcpu->apic);

	do {
		found = again;
		again = found == VLAPIC_NOTHING ? found : vlapic_next(&vcpu->apic);
	} while (again != found);
	return found;
}

static void give_interrupt(struct vcpu *vcpu)
{
	int vector = next_interrupt(vcpu);

	if (vector == VLAPIC_NOTHING)
		return;
	if (!vm_can_inject(vcpu->vm)) {
		vm_ask_for_window(vcpu->vm);
		return;
	}
	vlapic_accept(&vcpu->apic, (uint8_t)vector);
	vm_inject(vcpu->vm, (uint8_t)vector);
	vcpu->exits.injected++;
}

static void enter(struct vcpu *vcpu, struct vm_exit *exit)
{
	uint64_t generation = __atomic_load_n(&vcpu->guest->npt.generation, __ATOMIC_SEQ_CST);
	bool flush = generation != vcpu->npt_seen;

	vcpu->npt_seen = generation;
	vm_enter(vcpu->vm, flush, exit);
}

static void touch_memory(struct vcpu *vcpu, const struct vm_exit *exit)
{
	struct guest *guest = vcpu->guest;
	const char *what = exit->fetch   ? "fetches an instruction from"
	                   : exit->write ? "writes to"
	                                 : "reads from";
	int (*memory)(struct vcpu *, const struct vm_exit *) = guest->memory;

	if (exit->walk || exit->fetch || !memory || memory(vcpu, exit))
		guest_fatal(vcpu, "%s %lx, which it does not have%s", what, exit->address,
		            exit->walk ? " (its page tables)" : "");
}

static void fatal(struct vcpu *vcpu, const struct vm_exit *exit)
{
	char text[96];

	format(text, sizeof(text), exit->reason, exit->detail);
	guest_fatal(vcpu, "%s", text);
}

static void handle(struct vcpu *vcpu, const struct vm_exit *exit)
{
	switch (exit->kind) {
	case VM_EXIT_HALT:
		vm_skip(vcpu->vm, exit->length);
		vcpu->halted = true;
		break;
	case VM_EXIT_HYPERCALL:
		emulate_hypercall(vcpu, exit);
		break;
	case VM_EXIT_MSR:
		emulate_msr(vcpu, exit);
		break;
	case VM_EXIT_MEMORY:
		touch_memory(vcpu, exit);
		break;
	case VM_EXIT_CPUID:
		emulate_cpuid(vcpu, exit);
		break;
	case VM_EXIT_FATAL:
		fatal(vcpu, exit);
		break;
	default: /* the host's interrupt has come in, and pending ones are looked for anyway */
		break;
	}
}

/*
 * Once around. What is posted after the look at the IRR finds VCPU_ENTERED and sends an interrupt,
 * which is held back until the guest runs and then brings it out at once.
 */
static void run_guest(struct vcpu *vcpu)
{
	struct vm_exit exit;
	uint64_t begin;

	vm_hold();
	set_mode(vcpu, VCPU_ENTERED);
	if (is_to_leave(vcpu) || is_to_begin_anew(vcpu)) {
		set_mode(vcpu, VCPU_OUT);
		vm_release();
		return;
	}
	give_interrupt(vcpu);
	enter(vcpu, &exit);
	begin = rdtsc();
	set_mode(vcpu, VCPU_OUT);
	vm_release();
	handle(vcpu, &exit);
	vcpu->exits.count[exit.kind]++;
	vcpu->exits.ticks[exit.kind] += rdtsc() - begin;
}

static bool wakes(const struct vcpu *vcpu)
{
	return vm_interrupts_on(vcpu->vm) && next_interrupt(vcpu) != VLAPIC_NOTHING;
}

/* A guest that has halted with its interrupts off sleeps until its end. */
static void wait_halted(struct vcpu *vcpu)
{
	cli();
	set_mode(vcpu, VCPU_HALTED);
	while (!wakes(vcpu) && !is_to_leave(vcpu) && !is_to_begin_anew(vcpu)) {
		sti_hlt();
		cli();
	}
	set_mode(vcpu, VCPU_OUT);
	sti();
	vcpu->halted = !wakes(vcpu);
}

/*
 * An emulator may forget that an interrupt is pending. QEMU's TCG notes it for the thread of a CPU
 * in a word that VMRUN and #VMEXIT change, too, and on 7.2 one was seen to stand in the IRR for a
 * minute with interrupts on, through two million exits, while a barrier waited for it. Any further
 * interrupt has the local APIC say so again, and one too many does no harm.
 */
static void remind_local_apic(struct vcpu *vcpu)
{
	uint32_t irr[8], isr[8], pending = 0;

	if (++vcpu->rounds % VCPU_REMIND_EVERY)
		return;
	apic_read_state(irr, isr);
	for (unsigned int word = 0; word < 8; word++)
		pending |= irr[word];
	if (pending)
		apic_send(this_cpu()->apic_id, VECTOR_CALL);
}

static void loop(void *argument)
{
	struct vcpu *vcpu = argument;

	vm_cpu_enable();
	while (!is_to_leave(vcpu)) {
		if (is_to_begin_anew(vcpu))
			begin_anew(vcpu);
		else if (vcpu->halted)
			wait_halted(vcpu);
		else
			run_guest(vcpu);
		remind_local_apic(vcpu);
	}
	vm_cpu_disable();
}

void vcpu_start(struct vcpu *vcpu)
{
	smp_start(vcpu_host_cpu(vcpu), loop, vcpu);
}

void vcpu_wait(struct vcpu *vcpu)
{
	smp_wait(vcpu_host_cpu(vcpu));
}

/*
 * vlapic_post() is a full fence, as is the look at the IRR behind set_mode(): either this CPU sees
 * the mode, or the loop sees what was posted. On the loop's own CPU this is an interrupt handler
 * that the loop has let in, and it looks again anyway.
 */
void vcpu_kick(struct vcpu *vcpu)
{
	uint32_t cpu;

	if (__atomic_load_n(&vcpu->mode, __ATOMIC_SEQ_CST) == VCPU_OUT)
		return;
	cpu = vcpu_host_cpu(vcpu);
	if (cpu != this_cpu()->index)
		apic_send(cpu_get(cpu)->apic_id, VECTOR_CALL);
}

void vcpu_begin_anew(struct vcpu *vcpu)
{
	__atomic_store_n(&vcpu->anew, 1, __ATOMIC_SEQ_CST);
	vcpu_kick(vcpu);
}

bool vcpu_post(struct vcpu *vcpu, uint8_t vector)
{
	enum vlapic_posted posted = vlapic_post(&vcpu->apic, vector);

	if (posted == VLAPIC_NEW)
		vcpu_kick(vcpu);
	return posted == VLAPIC_NEW;
}

static int can_move(const struct vcpu *vcpu, uint32_t host_cpu)
{
	const struct guest *guest = vcpu->guest;

	if (!host_cpu || !cpu_get(host_cpu) || !cpu_get(host_cpu)->online)
		return -EINVAL;
	for (uint32_t i = 0; i < guest->vcpus; i++)
		if (guest->vcpu[i] != vcpu && vcpu_host_cpu(guest->vcpu[i]) == host_cpu)
			return -EBUSY;
	return vm_cpu_prepare(host_cpu);
}

/*
 * Between the two loops the mode is VCPU_OUT, and what is posted waits in the IRR for the look
 * before the next entry. Who still takes the old CPU for its place tells a CPU that it left.
 */
int vcpu_move(struct vcpu *vcpu, uint32_t host_cpu)
{
	int error = can_move(vcpu, host_cpu);

	if (error || host_cpu == vcpu_host_cpu(vcpu))
		return error;
	__atomic_store_n(&vcpu->leave, 1, __ATOMIC_SEQ_CST);
	vcpu_kick(vcpu);
	vcpu_wait(vcpu);
	__atomic_store_n(&vcpu->host_cpu, host_cpu, __ATOMIC_SEQ_CST);
	__atomic_store_n(&vcpu->leave, 0, __ATOMIC_SEQ_CST);
	vcpu->moves++;
	vcpu_start(vcpu);
	if (vcpu->guest->backings)
		backing_follow(vcpu->guest->backings, vcpu->index);
	return 0;
}
