/* SPDX-License-Identifier: MIT */
/*
 * What the host needs of a CPU that can run guests, and all that it knows of one: the rest of
 * kernel/virt/ says "vm", never which kind. AMD's SVM is behind it (kernel/virt/svm.c); Intel's VMX
 * would be a second file like that one.
 *
 * A vCPU is entered with the host's interrupts held back, so that what is decided before the entry
 * still holds at the entry:
 *
 *	vm_hold();              from here on no interrupt of any kind comes in
 *	... look at what is pending; vm_inject() or vm_ask_for_window() ...
 *	vm_enter(vm, &exit);    the guest runs; an interrupt of the host ends it
 *	vm_release();           what was held back comes in
 *
 * All that is about one vCPU is called on the host CPU that runs its loop.
 */
#ifndef RETARGET_KERNEL_VIRT_VM_H
#define RETARGET_KERNEL_VIRT_VM_H

#include <stdbool.h>
#include <stdint.h>

/* Why this machine can run no guest, or NULL. Asks the CPU that calls. */
const char *vm_unavailable(void);

/*
 * On CPU 0: what host CPU `cpu` needs to run a guest; kept for good. -ENOMEM. Then on that CPU
 * itself: switched on while it runs one, and off again as it was.
 */
int vm_cpu_prepare(uint32_t cpu);
void vm_cpu_enable(void);
void vm_cpu_disable(void);

/* Why the guest came out. */
enum vm_exit_kind {
	VM_EXIT_HOST_INTERRUPT, /* the host is wanted; the interrupt comes in at vm_release() */
	VM_EXIT_WINDOW,         /* the guest can take an interrupt now, as was asked for */
	VM_EXIT_HALT,
	VM_EXIT_HYPERCALL,
	VM_EXIT_MSR,    /* ECX is the number, EDX:EAX what is written */
	VM_EXIT_MEMORY, /* a guest-physical address that the nested page tables do not give it */
	VM_EXIT_CPUID,
	VM_EXIT_FATAL, /* the guest cannot go on */
	VM_EXIT_KINDS
};

struct vm_exit {
	enum vm_exit_kind kind;
	uint8_t length;     /* bytes, of the instruction for vm_skip(); 0: not known */
	bool write;         /* MSR, MEMORY */
	bool fetch;         /* MEMORY: of an instruction */
	bool walk;          /* MEMORY: of an entry of the guest's own page tables */
	uint64_t address;   /* MEMORY: guest-physical */
	const char *reason; /* FATAL: what it did, with one %lx for `detail` */
	uint64_t detail;
	uint64_t code, info1, info2; /* FATAL: as the CPU has them */
};

/* Offsets in svm_run.asm. */
struct vm_registers {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rsp, rip, rflags;
};

/* One vCPU's state as the CPU has it. */
struct vm_cpu;

/* On CPU 0: NULL without memory. `number` tells the vCPUs of all guests apart; from 0 on. */
struct vm_cpu *vm_create(uint32_t number);

/*
 * Where a vCPU begins: 64-bit mode, interrupts off, flat segments, no tables of descriptors. Its
 * general registers are zero but for RDI and RSI. What it may have been at before is forgotten.
 */
struct vm_start {
	uint64_t rip, cr3, rdi, rsi;
	uint64_t nested_cr3; /* kernel/virt/npt.h */
};
void vm_reset(struct vm_cpu *vm, const struct vm_start *start);

/* Valid, and may be changed, between vm_enter() and the next one. */
struct vm_registers *vm_registers(struct vm_cpu *vm);

/* What the guest has in CR3 now. */
uint64_t vm_cr3(const struct vm_cpu *vm);

void vm_hold(void);
void vm_release(void);

/*
 * Runs the guest until it comes out. `flush`: translations that the CPU may have kept of it are of
 * no use any more; they are dropped by itself when it ran on another host CPU before.
 */
void vm_enter(struct vm_cpu *vm, bool flush, struct vm_exit *exit);

/* Behind the instruction that it came out for. */
void vm_skip(struct vm_cpu *vm, uint8_t length);

/* Whether RFLAGS.IF is on, whatever else holds interrupts back at the moment. */
bool vm_interrupts_on(const struct vm_cpu *vm);

/*
 * Whether an interrupt can be given to the guest with the next vm_enter(): interrupts are on, it is
 * not in the shadow of the instruction that switched them on, and nothing else is to be delivered
 * first. If so, vm_inject() does that, once. If not, vm_ask_for_window() has the guest come out
 * as soon as it can.
 */
bool vm_can_inject(const struct vm_cpu *vm);
void vm_inject(struct vm_cpu *vm, uint8_t vector);
void vm_ask_for_window(struct vm_cpu *vm);

/* #GP(0), in the place of the instruction that it came out for. */
void vm_inject_gp(struct vm_cpu *vm);

/*
 * MSRs that are the CPU's own affair: 0, or -EINVAL where the guest is to get #GP(0), or -ENOENT
 * for one that is none of them.
 */
int vm_read_msr(const struct vm_cpu *vm, uint32_t msr, uint64_t *value);
int vm_write_msr(struct vm_cpu *vm, uint32_t msr, uint64_t value);

/* Lines with its registers, for a report; on any CPU, while it does not run. */
void vm_print(const struct vm_cpu *vm, uint32_t vcpu);

#endif
