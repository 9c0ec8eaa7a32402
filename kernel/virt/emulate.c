// SPDX-License-Identifier: MIT
// What a vCPU came out for, done in the guest's stead: CPUID, MSRs, interrupts between vCPUs.
#include <asm-generic/errno.h>

#include "kernel/bits.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/barrier.h"
#include "kernel/virt/guest.h"
#include "kernel/virt/hypercall.h"
#include "kernel/virt/hypercalls.h"
#include "kernel/virt/vcpu.h"

/* Leaf 1, ECX. What needs an instruction that is intercepted, or state that is not exchanged. */
#define CPUID_HYPERVISOR BIT_ULL(31)
#define CPUID_X2APIC     BIT_ULL(21)
#define CPUID_HIDDEN                                                                               \
	(BIT_ULL(28) /* AVX */ | BIT_ULL(27) /* OSXSAVE */ | BIT_ULL(26) /* XSAVE */ |             \
	 BIT_ULL(24) /* TSC deadline */ | BIT_ULL(5) /* VMX */ | BIT_ULL(3) /* MONITOR */)
#define CPUID_APIC_ID GENMASK_ULL(31, 24) /* leaf 1, EBX */

/* Leaf 80000001h, ECX. */
#define CPUID_SKINIT BIT_ULL(12)
#define CPUID_SVM    BIT_ULL(2)

#define LEAF_FEATURES     0x00000001
#define LEAF_TOPOLOGY     0x0000000b
#define LEAF_TOPOLOGY_2   0x0000001f
#define LEAF_HYPERVISOR   0x40000000 /* and those up to 4fffffffh */
#define LEAF_AMD_FEATURES 0x80000001
#define LEAF_SVM          0x8000000a

static void change_leaf(const struct vcpu *vcpu, uint32_t leaf, struct cpuid *r)
{
	switch (leaf) {
	case LEAF_FEATURES:
		r->ebx = (uint32_t)((r->ebx & ~CPUID_APIC_ID) |
		                    field_set(CPUID_APIC_ID, vcpu->index));
		r->ecx = (uint32_t)((r->ecx & ~CPUID_HIDDEN) | CPUID_X2APIC | CPUID_HYPERVISOR);
		break;
	case LEAF_TOPOLOGY:
	case LEAF_TOPOLOGY_2:
		r->edx = vcpu->index;
		break;
	case LEAF_AMD_FEATURES:
		r->ecx &= (uint32_t) ~(CPUID_SVM | CPUID_SKINIT);
		break;
	case LEAF_SVM:
		*r = (struct cpuid){0};
		break;
	}
}

void emulate_cpuid(struct vcpu *vcpu, const struct vm_exit *exit)
{
	struct vm_registers *registers = vm_registers(vcpu->vm);
	uint32_t leaf = (uint32_t)registers->rax;
	struct cpuid r = {0};

	if (leaf >> 28 != LEAF_HYPERVISOR >> 28)
		r = cpuid(leaf, (uint32_t)registers->rcx);
	change_leaf(vcpu, leaf, &r);
	registers->rax = r.eax;
	registers->rbx = r.ebx;
	registers->rcx = r.ecx;
	registers->rdx = r.edx;
	vm_skip(vcpu->vm, exit->length);
}

/*
 * The guest's barrier counts on it that a message that was at a local APIC before this interrupt
 * was sent is pending before it. Such a message may still be pending at a host CPU's local APIC,
 * or its handler not have posted it yet: the host's own barrier ends when no host CPU has such a
 * one any more. What comes in later, came in later in the guest, too.
 */
static void send_fixed(struct vcpu *vcpu, const struct vlapic_ipi *ipi)
{
	struct guest *guest = vcpu->guest;

	barrier();
	for (uint32_t i = 0; i < guest->vcpus; i++)
		if (vlapic_names(ipi, vcpu->index, i))
			vcpu_post(guest->vcpu[i], ipi->vector);
}

/* Of another vCPU: the one that sends is in the midst of an instruction. */
static void send_init(struct vcpu *vcpu, const struct vlapic_ipi *ipi)
{
	struct guest *guest = vcpu->guest;

	for (uint32_t i = 0; i < guest->vcpus; i++)
		if (i != vcpu->index && vlapic_names(ipi, vcpu->index, i))
			vcpu_begin_anew(guest->vcpu[i]);
}

static void send_ipi(struct vcpu *vcpu, const struct vlapic_ipi *ipi)
{
	switch (ipi->mode) {
	case VLAPIC_FIXED:
		send_fixed(vcpu, ipi);
		break;
	case VLAPIC_INIT:
		send_init(vcpu, ipi);
		break;
	default:
		guest_fatal(vcpu, "sends an interrupt of delivery mode %u, which is not emulated",
		            ipi->mode);
	}
}

static int read_msr(struct vcpu *vcpu, uint32_t msr)
{
	struct vm_registers *registers = vm_registers(vcpu->vm);
	uint64_t value = 0;
	int error = vlapic_has_msr(msr) ? vlapic_read(&vcpu->apic, msr, &value)
	                                : vm_read_msr(vcpu->vm, msr, &value);

	if (error)
		return error;
	registers->rax = (uint32_t)value;
	registers->rdx = value >> 32;
	return 0;
}

static int write_msr(struct vcpu *vcpu, uint32_t msr)
{
	const struct vm_registers *registers = vm_registers(vcpu->vm);
	uint64_t value = registers->rdx << 32 | (uint32_t)registers->rax;
	struct vlapic_ipi ipi;
	int result;

	if (!vlapic_has_msr(msr))
		return vm_write_msr(vcpu->vm, msr, value);
	result = vlapic_write(&vcpu->apic, msr, value, &ipi);
	if (result > 0)
		send_ipi(vcpu, &ipi);
	return result < 0 ? result : 0;
}

void emulate_msr(struct vcpu *vcpu, const struct vm_exit *exit)
{
	uint32_t msr = (uint32_t)vm_registers(vcpu->vm)->rcx;
	int error = exit->write ? write_msr(vcpu, msr) : read_msr(vcpu, msr);

	if (error)
		vm_inject_gp(vcpu->vm);
	else
		vm_skip(vcpu->vm, exit->length);
}

void emulate_hypercall(struct vcpu *vcpu, const struct vm_exit *exit)
{
	struct vm_registers *registers = vm_registers(vcpu->vm);
	uint64_t number = registers->rax;
	int64_t result = -ENOSYS;

	if (number < HYPERCALLS)
		vcpu->exits.hypercalls[number]++;
	if (number < HYPERCALLS && hypercalls[number])
		result = hypercalls[number](vcpu, registers->rdi, registers->rsi, registers->rdx);
	registers->rax = (uint64_t)result;
	vm_skip(vcpu->vm, exit->length);
}
