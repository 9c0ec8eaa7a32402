/* SPDX-License-Identifier: MIT */
/*
 * In the place of the kernel's header in the unit tests (host.mk puts this folder first): the few
 * privileged instructions that locks and waits need, done to the CPU of tests/host/fake_machine.h
 * that is running, and the time-stamp counter.
 */
#ifndef RETARGET_KERNEL_CPU_INSTRUCTIONS_H
#define RETARGET_KERNEL_CPU_INSTRUCTIONS_H

#include <stdint.h>

#include "kernel/cpu/cpu.h"
#include "tests/host/fake_machine.h"

#define RFLAGS_TF (1UL << 8)
#define RFLAGS_IF (1UL << 9)

static inline bool interrupts_on(void)
{
	return !fake_machine_holds(this_cpu()->index);
}

static inline uint64_t interrupts_save(void)
{
	return fake_machine_interrupts_off();
}

static inline void interrupts_restore(uint64_t flags)
{
	if (flags)
		fake_machine_interrupts_on();
}

static inline void cli(void)
{
	fake_machine_interrupts_off();
}

static inline void sti(void)
{
	fake_machine_interrupts_on();
}

/* What ends the halt is a function of the test. */
void fake_halt(void);

static inline void sti_hlt(void)
{
	fake_machine_interrupts_on();
	fake_halt();
}

/* Nothing reads past this CPU's cache here. */
static inline void clflush(const void *line)
{
	(void)line;
}

/* No 64-byte stores, so that each goes to fake_mmio_write(). */
static inline bool cpu_has_movdir64b(void)
{
	return false;
}

static inline void movdir64b(volatile void *to, const void *from)
{
	(void)to, (void)from;
}

/* What time it is, is a function of the test. */
uint64_t fake_ticks(void);

static inline uint64_t rdtsc(void)
{
	return fake_ticks();
}

static inline void pause(void)
{
	fake_machine_pause();
}

#endif
