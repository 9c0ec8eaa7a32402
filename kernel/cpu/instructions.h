/* SPDX-License-Identifier: MIT */
/* CPU instructions that C has no word for, one function each. Names are the instruction's. */
#ifndef RETARGET_KERNEL_CPU_INSTRUCTIONS_H
#define RETARGET_KERNEL_CPU_INSTRUCTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
	                 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
	                 : "a"(leaf), "c"(subleaf));
	return r;
}

/* Intel SDM vol. 2A, CMPXCHG8B/CMPXCHG16B: CPUID.01H:ECX.CMPXCHG16B. */
static inline bool cpu_has_cmpxchg16b(void)
{
	return cpuid(1, 0).ecx & 1U << 13;
}

/* The same volume, MOVDIR64B: CPUID.(07H,0):ECX.MOVDIR64B. */
static inline bool cpu_has_movdir64b(void)
{
	return cpuid(0, 0).eax >= 7 && cpuid(7, 0).ecx & 1U << 28;
}

/* 64 bytes in one store; `to` is aligned to 64. In bytes, for clang wants a flag for its name. */
static inline void movdir64b(volatile void *to, const void *from)
{
	__asm__ volatile(".byte 0x66, 0x0f, 0x38, 0xf8, 0x3e" : : "D"(to), "S"(from) : "memory");
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
	                 :
	                 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
	                 : "memory");
}

static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline uint64_t read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	return value;
}

static inline void write_cr0(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

static inline uint64_t read_cr2(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr2, %0" : "=r"(value));
	return value;
}

static inline void write_cr3(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

static inline uint64_t read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	return value;
}

static inline void write_cr4(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

static inline void invlpg(uint64_t address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void clflush(const void *line)
{
	__asm__ volatile("clflush (%0)" : : "r"(line) : "memory");
}

static inline void pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline void cli(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void sti(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* Enables interrupts and waits for one; none can slip in between the two. */
static inline void sti_hlt(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

static inline void hlt(void)
{
	__asm__ volatile("hlt" : : : "memory");
}

#define RFLAGS_TF (1UL << 8)
#define RFLAGS_IF (1UL << 9)

static inline uint64_t read_rflags(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags) : : "memory");
	return flags;
}

static inline void write_rflags(uint64_t flags)
{
	__asm__ volatile("pushq %0; popfq" : : "r"(flags) : "memory", "cc");
}

static inline bool interrupts_on(void)
{
	return read_rflags() & RFLAGS_IF;
}

/* Interrupts off; returns the flags for interrupts_restore(). */
static inline uint64_t interrupts_save(void)
{
	uint64_t flags = read_rflags();

	cli();
	return flags;
}

static inline void interrupts_restore(uint64_t flags)
{
	if (flags & RFLAGS_IF)
		sti();
}

#endif
