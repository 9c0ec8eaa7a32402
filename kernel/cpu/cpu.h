/* SPDX-License-Identifier: MIT */
/*
 * One CPU: what it keeps for itself, and how to find it. CPUs are numbered from 0, the one that
 * booted, in the order of the MADT.
 */
#ifndef RETARGET_KERNEL_CPU_CPU_H
#define RETARGET_KERNEL_CPU_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define CPU_MAX        512
#define CPU_STACK_SIZE 16384

struct cpu {
	struct cpu *self; /* %gs:0 */
	uint32_t index;
	uint32_t apic_id;
	bool online;
	uint64_t stack_top;
	void *descriptors; /* kernel/cpu/descriptors.c: GDT and TSS */

	uint64_t barrier_seen; /* kernel/irq/barrier.c */

	/* kernel/cpu/smp.c: what other CPUs want of this one. */
	uint32_t call_owner; /* 1 while another CPU's call is being set up or running */
	void (*call)(void *argument);
	void *call_argument;
	uint32_t call_done;
	void (*task)(void *argument);
	void *task_argument;
};

/* The CPU that runs this. The caller must not be moved between CPUs; nothing here ever is. */
static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

/* A struct cpu with stacks and descriptor tables; NULL when memory is used up. */
struct cpu *cpu_create(uint32_t index, uint32_t apic_id);

/* Loads GDT, TSS, IDT and GS of `cpu` on the CPU that runs this. */
void cpu_load(struct cpu *cpu);

/* The CPU with that index, NULL past the last; how many are running. */
struct cpu *cpu_get(uint32_t index);
uint32_t cpu_count(void);

#endif
