// SPDX-License-Identifier: MIT
#include "kernel/cpu/trap.h"

#include <stddef.h>

#include "kernel/bits.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/dispatch.h"
#include "kernel/panic.h"
#include "kernel/watchdog.h"

#define KERNEL_CODE      0x08
#define GATE_INTERRUPT64 BIT_ULL(47) | 0xeULL << 40
#define ENTRY_SIZE       16 /* as in trap.asm */

enum {
	DEBUG = 1,
	NMI = 2,
	DOUBLE_FAULT = 8,
	GENERAL_PROTECTION = 13,
	PAGE_FAULT = 14,
	MACHINE_CHECK = 18,
	FIRST_INTERRUPT = 32
};

/* Intel SDM vol. 3, 6.14.1 "64-Bit Mode IDT". */
struct gate {
	uint64_t lo, hi;
};
_Static_assert(sizeof(struct gate) == 16, "Intel SDM vol. 3, 6.14.1");

extern char trap_entries[];
void trap_handler(struct trap_frame *frame);

static struct gate idt[256];

static uint64_t stack_for(unsigned int vector)
{
	switch (vector) {
	case NMI:
		return 1;
	case DOUBLE_FAULT:
		return 2;
	case MACHINE_CHECK:
		return 3;
	default:
		return 0;
	}
}

void trap_init(void)
{
	for (unsigned int v = 0; v < 256; v++) {
		uint64_t entry = (uint64_t)trap_entries + v * ENTRY_SIZE;

		idt[v].lo = (entry & 0xffff) | KERNEL_CODE << 16 | stack_for(v) << 32 |
		            GATE_INTERRUPT64 | (entry >> 16 & 0xffff) << 48;
		idt[v].hi = entry >> 32;
	}
}

void trap_load(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = {sizeof(idt) - 1, (uint64_t)idt};

	__asm__ volatile("lidt %0" : : "m"(pointer));
}

static const char *const exception_names[FIRST_INTERRUPT] = {
        "divide error",
        "debug",
        "NMI",
        "breakpoint",
        "overflow",
        "BOUND range exceeded",
        "invalid opcode",
        "device not available",
        "double fault",
        "coprocessor segment overrun",
        "invalid TSS",
        "segment not present",
        "stack-segment fault",
        "general protection",
        "page fault",
        NULL,
        "x87 floating-point error",
        "alignment check",
        "machine check",
        "SIMD floating-point exception",
        "virtualization exception",
        "control protection exception",
};

static _Noreturn void die(const struct trap_frame *f)
{
	const char *name = exception_names[f->vector];

	panic("%s (vector %lu, error 0x%lx) at rip 0x%lx, cr2 0x%lx\n"
	      "# rax %016lx rbx %016lx rcx %016lx rdx %016lx\n"
	      "# rsi %016lx rdi %016lx rbp %016lx rsp %016lx\n"
	      "# r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n"
	      "# r12 %016lx r13 %016lx r14 %016lx r15 %016lx rflags %lx",
	      name ? name : "reserved exception", f->vector, f->error, f->rip, read_cr2(), f->rax,
	      f->rbx, f->rcx, f->rdx, f->rsi, f->rdi, f->rbp, f->rsp, f->r8, f->r9, f->r10, f->r11,
	      f->r12, f->r13, f->r14, f->r15, f->rflags);
}

static void (*at_step)(void);

void trap_at_step(void (*function)(void))
{
	at_step = function;
}

static trap_nmi *at_nmi[TRAP_NMIS];

void trap_at_nmi(trap_nmi *function)
{
	unsigned int free = TRAP_NMIS;

	for (unsigned int n = TRAP_NMIS; n-- > 0;) {
		if (at_nmi[n] == function)
			return;
		if (!at_nmi[n])
			free = n;
	}
	if (free == TRAP_NMIS)
		panic("more than %u functions want to know of NMIs", TRAP_NMIS);
	__atomic_store_n(&at_nmi[free], function, __ATOMIC_RELEASE);
}

void trap_not_at_nmi(trap_nmi *function)
{
	for (unsigned int n = 0; n < TRAP_NMIS; n++)
		if (at_nmi[n] == function)
			__atomic_store_n(&at_nmi[n], NULL, __ATOMIC_RELEASE);
}

static bool nmi_is_known(struct trap_frame *frame)
{
	bool known = false;

	for (unsigned int n = 0; n < TRAP_NMIS; n++) {
		trap_nmi *function = __atomic_load_n(&at_nmi[n], __ATOMIC_ACQUIRE);

		if (function && function(frame))
			known = true;
	}
	return known;
}

static bool (*foreseen_by_test)(uint8_t vector);

void trap_foresee(bool (*foreseen)(uint8_t vector))
{
	__atomic_store_n(&foreseen_by_test, foreseen, __ATOMIC_SEQ_CST);
}

static bool is_foreseen(const struct trap_frame *frame)
{
	bool (*foreseen)(uint8_t) = __atomic_load_n(&foreseen_by_test, __ATOMIC_SEQ_CST);

	return foreseen && foreseen((uint8_t)frame->vector);
}

bool trap_wrmsr(uint32_t msr, uint64_t value)
{
	struct cpu *cpu = this_cpu();
	bool done;

	__asm__ volatile("leaq 1f(%%rip), %%r8\n\t"
	                 "movq %%r8, %0\n\t"
	                 "wrmsr\n"
	                 "1:"
	                 : "=m"(cpu->resume_at)
	                 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
	                 : "r8", "memory");
	done = cpu->resume_at;
	cpu->resume_at = 0;
	return done;
}

bool trap_rdmsr(uint32_t msr, uint64_t *value)
{
	struct cpu *cpu = this_cpu();
	uint32_t low = 0, high = 0;
	bool done;

	__asm__ volatile("leaq 1f(%%rip), %%r8\n\t"
	                 "movq %%r8, %0\n\t"
	                 "rdmsr\n"
	                 "1:"
	                 : "=m"(cpu->resume_at), "+a"(low), "+d"(high)
	                 : "c"(msr)
	                 : "r8", "memory");
	done = cpu->resume_at;
	cpu->resume_at = 0;
	*value = (uint64_t)high << 32 | low;
	return done;
}

/* Behind the instruction, and whoever asked for it finds that it was here. */
static void resume(struct trap_frame *frame)
{
	frame->rip = this_cpu()->resume_at;
	this_cpu()->resume_at = 0;
}

void trap_handler(struct trap_frame *frame)
{
	if (frame->vector == VECTOR_WATCHDOG)
		watchdog_interrupt(frame);
	else if (frame->vector >= FIRST_INTERRUPT)
		irq_dispatch((uint8_t)frame->vector);
	else if (frame->vector == DEBUG && at_step)
		at_step();
	else if (frame->vector == GENERAL_PROTECTION && this_cpu()->resume_at)
		resume(frame);
	else if (frame->vector == NMI ? !nmi_is_known(frame) : !is_foreseen(frame))
		die(frame);
}
