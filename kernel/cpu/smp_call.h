/* SPDX-License-Identifier: MIT */
/*
 * The parts of smp_call(), for a caller that cannot know whether the CPU runs (smp_recover()):
 *
 *	smp_call_turn() ... smp_call_prepare(), VECTOR_CALL, smp_call_wait() ... smp_call_end_turn()
 */
#ifndef RETARGET_KERNEL_CPU_SMP_CALL_H
#define RETARGET_KERNEL_CPU_SMP_CALL_H

#include "kernel/cpu/cpu.h"

/* Waits until no other CPU calls `cpu`, and keeps others from it. Interrupts are on. */
void smp_call_turn(struct cpu *cpu);
void smp_call_end_turn(struct cpu *cpu);

/* What `cpu` is to run when it takes VECTOR_CALL, which is the caller's to send. */
void smp_call_prepare(struct cpu *cpu, void (*function)(void *), void *argument);

/* Returns when it has run. Interrupts are on. */
void smp_call_wait(struct cpu *cpu);

#endif
