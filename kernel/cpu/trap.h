/* SPDX-License-Identifier: MIT */
/*
 * Traps: all 256 vectors end in trap_handler(). Vectors 0 to 31 are exceptions (Intel SDM vol. 3,
 * 6.15 "Exception and Interrupt Reference"), each of which is the end (panic), but for the steps of
 * a test and what a test foresees; the rest goes to kernel/irq/dispatch.c.
 */
#ifndef RETARGET_KERNEL_CPU_TRAP_H
#define RETARGET_KERNEL_CPU_TRAP_H

#include <stdbool.h>
#include <stdint.h>

/* Stacks of their own (IST) for what can come on a broken one: NMI, double fault, machine check. */
#define TRAP_STACKS 3

/* As trap.asm pushes it, lowest address first. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector;
	uint64_t error; /* 0 where the CPU pushes none */
	uint64_t rip, cs, rflags, rsp, ss;
};

/* Builds the interrupt descriptor table; once, before the first trap_load(). */
void trap_init(void);

/*
 * For tests: `function` is called after each instruction of a CPU that has RFLAGS.TF set, with
 * interrupts off and not stepped itself (Intel SDM vol. 3, 18.3.1.4 "Single-Step Exception
 * Condition"). NULL: a debug exception is the end, as any other.
 */
void trap_at_step(void (*function)(void));

/*
 * Adds `function` to those that are asked what an NMI was for, on the CPU that took it and with
 * further ones held off; true: it was for it. All are asked, for NMIs that come in together are
 * merged into one. One that nobody knows is the end. An NMI comes in with interrupts off, too: the
 * function takes no lock and prints nothing. It may change the frame. There is room for TRAP_NMIS;
 * adding one again does nothing.
 */
#define TRAP_NMIS 4
typedef bool trap_nmi(struct trap_frame *frame);
void trap_at_nmi(trap_nmi *function);

/* No longer; it may still be running on another CPU. */
void trap_not_at_nmi(trap_nmi *function);

/*
 * For tests that mean an interrupt with the vector of an exception to come in (a local APIC takes
 * those from 16 on; Intel SDM vol. 3, 11.5.2 "Valid Interrupt Vectors"): one for which `foreseen`
 * returns true is not the end. It is called on the CPU that got it, with interrupts off, and ends
 * the interrupt. NULL: nobody foresees any.
 */
void trap_foresee(bool (*foreseen)(uint8_t vector));

/*
 * WRMSR and RDMSR; false when that was a general protection fault, which then is not the end.
 * Interrupts are off.
 */
bool trap_wrmsr(uint32_t msr, uint64_t value);
bool trap_rdmsr(uint32_t msr, uint64_t *value);

/* Loads it on the CPU that calls. */
void trap_load(void);

#endif
