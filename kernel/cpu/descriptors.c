// SPDX-License-Identifier: MIT
// GDT and TSS of each CPU. Intel SDM vol. 3, 3.4.5 "Segment Descriptors", 8.7 "Task Management in
// 64-bit Mode".
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/trap.h"
#include "kernel/memory.h"

#define IA32_GS_BASE      0xc0000101
#define EMERGENCY_STACK   4096
#define GDT_TSS           0x18
#define DESCRIPTOR_CODE64 0x00af9b000000ffffULL
#define DESCRIPTOR_DATA   0x00cf93000000ffffULL
#define DESCRIPTOR_TSS    0x0000890000000000ULL
#define TSS_BUSY          0x0000020000000000ULL

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7]; /* IST1 .. IST7 */
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed));
_Static_assert(sizeof(struct tss) == 104, "Intel SDM vol. 3, 8.7");

struct descriptors {
	uint64_t gdt[5]; /* null, code, data, TSS (two entries) */
	struct tss tss;
};

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static uint64_t stack_top(size_t size)
{
	char *stack = memory_alloc(size, 16);

	return stack ? (uint64_t)stack + size : 0;
}

struct cpu *cpu_create(uint32_t index, uint32_t apic_id)
{
	struct cpu *cpu = memory_alloc(sizeof(*cpu), 64);
	struct descriptors *d = memory_alloc(sizeof(*d), 16);
	uint64_t tss = (uint64_t)&d->tss;

	if (!cpu || !d)
		return NULL;
	cpu->self = cpu;
	cpu->index = index;
	cpu->apic_id = apic_id;
	cpu->stack_top = stack_top(CPU_STACK_SIZE);
	cpu->descriptors = d;

	d->tss.io_map = sizeof(struct tss);
	for (unsigned int i = 0; i < TRAP_STACKS; i++)
		d->tss.ist[i] = stack_top(EMERGENCY_STACK);
	d->gdt[1] = DESCRIPTOR_CODE64;
	d->gdt[2] = DESCRIPTOR_DATA;
	d->gdt[3] = DESCRIPTOR_TSS | (sizeof(struct tss) - 1) | (tss & 0xffffff) << 16 |
	            (tss >> 24 & 0xff) << 56;
	d->gdt[4] = tss >> 32;
	return cpu->stack_top && d->tss.ist[TRAP_STACKS - 1] ? cpu : NULL;
}

static bool loaded;

bool cpu_is_loaded(void)
{
	return loaded;
}

void cpu_load(struct cpu *cpu)
{
	struct descriptors *d = cpu->descriptors;
	struct table_pointer pointer = {sizeof(d->gdt) - 1, (uint64_t)d->gdt};

	/* LTR refuses a TSS that is busy, as it was left by a CPU that now comes back. */
	d->gdt[3] &= ~TSS_BUSY;
	__asm__ volatile("lgdt %0\n\t"
	                 "pushq $0x08\n\t"
	                 "leaq 1f(%%rip), %%rax\n\t"
	                 "pushq %%rax\n\t"
	                 "lretq\n"
	                 "1:\n\t"
	                 "movl $0x10, %%eax\n\t"
	                 "movl %%eax, %%ds\n\t"
	                 "movl %%eax, %%es\n\t"
	                 "movl %%eax, %%ss\n\t"
	                 "xorl %%eax, %%eax\n\t"
	                 "movl %%eax, %%fs\n\t"
	                 "movl %%eax, %%gs\n\t"
	                 "ltr %1"
	                 :
	                 : "m"(pointer), "r"((uint16_t)GDT_TSS)
	                 : "rax", "memory");
	wrmsr(IA32_GS_BASE, (uint64_t)cpu);
	trap_load();
	loaded = true;
}
