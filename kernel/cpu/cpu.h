/* SPDX-License-Identifier: MIT */
/*
 * One CPU: what it keeps for itself, and how to find it. CPUs are numbered from 0, the one that
 * booted; then those with APIC ids that fit in 8 bits, then the others, both in the order of the
 * MADT.
 */
#ifndef RETARGET_KERNEL_CPU_CPU_H
#define RETARGET_KERNEL_CPU_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define CPU_MAX        512
#define CPU_STACK_SIZE 16384

#define CPU_WAITS 4 /* nested, that are recorded; deeper ones are only counted */

struct cpu_wait {
	const char *what; /* kernel/cpu/wait.h */
	uint64_t which;
	const uint64_t *renewed_by; /* NULL: nothing */
	uint64_t number;            /* of this CPU's waits, from 1 on; 0: there is none here */

	/* The watchdog's own: the wait it saw here last, and how long that has not changed. */
	uint64_t seen_number, seen_renewed;
	uint32_t looks;
};

/* What a CPU was at when it was stopped (kernel/cpu/stop.h). */
struct cpu_state {
	uint64_t rip, rsp, rbp, rflags;
	uint32_t irr[8], isr[8]; /* of its local APIC: vector v is bit v % 32 of word v / 32 */
};

struct cpu {
	struct cpu *self; /* %gs:0 */
	uint32_t index;
	uint32_t apic_id;
	bool online;
	uint8_t apic_mode_found; /* enum apic_mode, before apic_enable() */
	uint64_t stack_top;
	void *descriptors; /* kernel/cpu/descriptors.c: GDT and TSS */

	uint64_t resume_at;    /* kernel/cpu/trap.c: after a fault that a test expects */
	uint64_t barrier_seen; /* kernel/irq/barrier.c */

	bool halted; /* kernel/cpu/await.c: until another CPU wakes it */

	uint32_t starts; /* kernel/cpu/smp.c: how often it came online by a SIPI */

	/* kernel/cpu/smp.c: what other CPUs want of this one. */
	uint32_t call_owner; /* 1 while another CPU's call is being set up or running */
	void (*call)(void *argument);
	void *call_argument;
	uint32_t call_done;
	struct cpu *caller; /* of the call */
	void (*task)(void *argument);
	void *task_argument;
	struct cpu *starter; /* of the task */

	/* For the watchdog: what it waits for, and that it gets on with something. */
	struct cpu_wait waits[CPU_WAITS];
	uint32_t waiting; /* how many waits are under way, one in the other */
	uint64_t waits_begun;
	uint64_t progress;

	struct cpu_state state;
	bool stopped; /* for good, and `state` holds */
};

/* The CPU that runs this. The caller must not be moved between CPUs; nothing here ever is. */
static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

/*
 * A step that brings a test, or the start of the machine, further. The watchdog wants one from the
 * CPU that runs the tests now and then.
 */
static inline void cpu_progress(void)
{
	this_cpu()->progress++;
}

/* A struct cpu with stacks and descriptor tables; NULL when memory is used up. */
struct cpu *cpu_create(uint32_t index, uint32_t apic_id);

/* Loads GDT, TSS, IDT and GS of `cpu` on the CPU that runs this. */
void cpu_load(struct cpu *cpu);

/* Whether that has been done for the first CPU: before, this_cpu() means nothing. */
bool cpu_is_loaded(void);

/* The CPU with that index, NULL past the last; how many are running. */
struct cpu *cpu_get(uint32_t index);
uint32_t cpu_count(void);

/*
 * So many, from 0 on, have APIC ids up to `apic_id`: for MESSAGE_APIC_ID_MAX all that have, unless
 * the CPU that booted is beyond.
 */
uint32_t cpu_count_to(uint32_t apic_id);

#endif
