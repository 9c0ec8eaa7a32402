/* SPDX-License-Identifier: MIT */
/*
 * A vCPU: a loop that enters the guest, and does what it came out for. The loop is a task of a host
 * CPU (kernel/cpu/smp.h), which does nothing else meanwhile but take interrupts.
 *
 * Interrupts for the guest are posted into its virtual local APIC, by any host CPU at any time.
 * Once vcpu_post() has returned the interrupt is not lost, whatever the vCPU is at: it runs in the
 * guest and is brought out of it, is halted and wakes, is in the host and finds it before it
 * enters, or is on its way to another host CPU and finds it there.
 */
#ifndef RETARGET_KERNEL_VIRT_VCPU_H
#define RETARGET_KERNEL_VIRT_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/virt/exits.h"
#include "kernel/virt/vlapic.h"
#include "kernel/virt/vm.h"

#define VCPU_REMIND_EVERY 1024 /* rounds of the loop */
#define VCPU_LINE         200

struct guest;

/* Whom vcpu_post() has to tell. */
enum vcpu_mode {
	VCPU_OUT,     /* in the host: it looks at what is pending before it enters */
	VCPU_ENTERED, /* in the guest, or past that look */
	VCPU_HALTED,  /* the guest has halted, and so does the host CPU, or is about to */
};

struct vcpu {
	struct guest *guest;
	uint32_t index; /* and its APIC id */
	struct vm_cpu *vm;
	struct vm_start start; /* where it began */
	struct vlapic apic;

	uint32_t mode;     /* atomic: enum vcpu_mode */
	uint32_t host_cpu; /* atomic: where its loop is, or will be next */
	uint32_t leave;    /* atomic: 1: the loop is to end, for a move */
	uint32_t anew;     /* atomic: 1: it is to begin anew, vcpu_begin_anew() */
	bool halted;       /* the guest stands at the instruction behind a HLT */
	uint64_t npt_seen; /* npt->generation at the last entry */

	uint32_t rounds; /* of its loop */

	struct exits exits;
	uint32_t moves; /* of this vCPU to another host CPU */

	/* A line of the guest's that is not complete yet. */
	char line[VCPU_LINE];
	uint32_t line_length;
};

/* Begins or goes on, as the task of host CPU vcpu->host_cpu, which is prepared. On CPU 0. */
void vcpu_start(struct vcpu *vcpu);

/* Waits until its loop has ended: when the guest has (kernel/virt/guest.h). On CPU 0. */
void vcpu_wait(struct vcpu *vcpu);

/*
 * An interrupt for the guest: pending, and the vCPU told, when this returns. False: it was pending
 * already and both are one, or the vCPU's local APIC takes none. On any CPU, in an interrupt, too.
 */
bool vcpu_post(struct vcpu *vcpu, uint8_t vector);

/*
 * An INIT: it drops what it is at and what is pending, and begins where it began, all as after a
 * reset. There is no 16-bit mode in which it would wait for a SIPI first. On any CPU.
 */
void vcpu_begin_anew(struct vcpu *vcpu);

/* Brings it out of the guest, and out of a halt of the loop, to look at what there is. The same. */
void vcpu_kick(struct vcpu *vcpu);

/*
 * To another host CPU, while the guest runs. On CPU 0. 0; -EINVAL for a CPU that is not there, that
 * is CPU 0 or out of service; -EBUSY when another vCPU is there; -ENOMEM. Where it is, is where it
 * stays after an error.
 */
int vcpu_move(struct vcpu *vcpu, uint32_t host_cpu);

/* The host CPU that its loop is on, or will be next. */
static inline uint32_t vcpu_host_cpu(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->host_cpu, __ATOMIC_SEQ_CST);
}

/*
 * What it came out for (kernel/virt/emulate.c): CPUID, MSRs with the interrupts that an ICR write
 * sends, hypercalls. With interrupts on.
 */
void emulate_cpuid(struct vcpu *vcpu, const struct vm_exit *exit);
void emulate_msr(struct vcpu *vcpu, const struct vm_exit *exit);
void emulate_hypercall(struct vcpu *vcpu, const struct vm_exit *exit);

#endif
