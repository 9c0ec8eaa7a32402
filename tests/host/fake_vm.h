/* SPDX-License-Identifier: MIT */
/*
 * A CPU that can run guests and a virtual local APIC, both of which do what a script says: for the
 * unit tests of a vCPU's loop. What the loop does to them is counted, and checked against what
 * kernel/virt/vm.h demands of its caller.
 */
#ifndef RETARGET_TESTS_HOST_FAKE_VM_H
#define RETARGET_TESTS_HOST_FAKE_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cpu/cpu.h"
#include "kernel/virt/guest.h"
#include "kernel/virt/vcpu.h"

#define HOST_CPUS 4
#define ON        2 /* the host CPU of the vCPU that is looked at */

extern struct cpu cpus[HOST_CPUS];
extern struct guest guest;
extern struct vcpu vcpu, other;

/* What the CPU and the virtual local APIC are to do. */
extern struct vm_exit exits[8];
extern unsigned int exits_given, exits_wanted;
extern int looks[8]; /* what vlapic_next() finds, the last one for ever */
extern unsigned int looks_done, looks_wanted;
extern bool guest_interrupts, injectable, interrupts, held;
extern void (*at_hold)(void), (*at_enter)(void), (*at_halt)(void), (*at_call)(void);
extern uint32_t forgotten; /* word 1 of the host CPU's own IRR, with interrupts on */

/* What was done. */
extern unsigned int entries, flushes, injections, windows, skips, halts, kicks, enabled, follows;
extern int injected;
extern uint32_t kicked;

/* From here on it is host CPU `cpu` that calls. */
void run_on(uint32_t cpu);

/* All as at the start: one vCPU on CPU `ON`, nothing pending, no script. */
int begin(void **state);

/* The next entry ends for `kind`; the last one that was given is the end of the guest. */
void give_exit(enum vm_exit_kind kind);

/* What the next `count` looks at the IRR find, and all after them. */
void let_find(const int *found, unsigned int count);

#endif
