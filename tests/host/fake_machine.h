/* SPDX-License-Identifier: MIT */
/*
 * A machine for the unit tests of kernel/irq/: a few CPUs with their local APICs, in one thread.
 *
 * One CPU runs at a time. A message that reaches a local APIC sets its bit in the IRR; a CPU whose
 * interrupts are on takes it at once, through irq_dispatch(), and whatever ran goes on after that;
 * one whose interrupts are off takes it, the highest vector first, when they come on again. What a
 * CPU does through smp_call() it does with interrupts off, and after what is pending with a vector
 * above VECTOR_CALL. A CPU that leaves takes no interrupts, and from apic_disable() on its local
 * APIC drops what it is sent, until smp_restart() clears it.
 *
 * It provides what kernel/cpu/ would: cpu_get() and the like, apic_send(), apic_irr(), apic_eoi(),
 * apic_disable(), this_cpu() and what smp.h declares; and memory_alloc().
 */
#ifndef RETARGET_TESTS_HOST_FAKE_MACHINE_H
#define RETARGET_TESTS_HOST_FAKE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_CPUS     4 /* unless a test asks for more */
#define FAKE_CPUS_MAX 20

/* APIC ids are not the numbers of the CPUs, so that the two cannot be mixed up unseen. */
#define FAKE_APIC_ID(cpu) (8 + 2 * (cpu))

/* For a whole program, before all else: so many CPUs. */
void fake_machine_set_cpus(uint32_t count);

/* Before each test: CPU 0 runs, interrupts are on everywhere and none is pending. */
void fake_machine_start(void);

/* From now on, what the test calls is called on `cpu`. */
void fake_machine_run_on(uint32_t cpu);

/* Between the two, `cpu`, which is not the one that runs, takes no interrupts. */
void fake_machine_hold(uint32_t cpu);
void fake_machine_let_go(uint32_t cpu);

/* Whether `cpu` takes none now: it is held, or runs with interrupts off. */
bool fake_machine_holds(uint32_t cpu);

/* The same, until somebody has waited for it for some time. */
void fake_machine_hold_for(uint32_t cpu, unsigned int pauses);

/*
 * A slow CPU takes interrupts only when it is called or sent a barrier: as one that has not quite
 * returned from the interrupt before.
 */
void fake_machine_slow(uint32_t cpu, bool slow);

/* An interrupt reaches the local APIC with that id. Where there is none, it gets lost. */
void fake_machine_interrupt(uint32_t apic_id, uint8_t vector);

/*
 * Called as `cpu` takes an interrupt, before anybody handles it; NULL: nothing is. What reaches
 * that CPU meanwhile waits in its IRR.
 */
void fake_machine_watch(void (*taking)(uint32_t cpu, uint8_t vector));

/* Called at each end of interrupt, as IO-APICs hear of it; NULL: there are none. */
void fake_machine_hear_eoi(void (*heard)(uint8_t vector));

/* How many device vectors CPUs have taken since the start. */
uint64_t fake_machine_taken(void);

/* Gives `cpu` another APIC id. */
void fake_machine_set_apic_id(uint32_t cpu, uint32_t apic_id);

/* A CPU that has left does not come back any more, or does again. */
void fake_machine_keep_out(bool all);

/* memory_alloc() finds nothing any more, or does again. */
void fake_machine_use_up_memory(bool all);

/* For tests/host/instead/: whether interrupts were on here, and those on/off again. */
bool fake_machine_interrupts_off(void);
void fake_machine_interrupts_on(void);

/* A turn of a loop that waits. Very many fail the test, unless it has threads to wait for. */
void fake_machine_pause(void);
void fake_machine_has_threads(void);

#endif
