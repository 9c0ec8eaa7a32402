/* SPDX-License-Identifier: MIT */
/*
 * The local APIC, in xAPIC or x2APIC mode behind one set of functions. Intel SDM vol. 3, chapter 11
 * "Advanced Programmable Interrupt Controller (APIC)". All act on the CPU that calls.
 */
#ifndef RETARGET_KERNEL_CPU_APIC_H
#define RETARGET_KERNEL_CPU_APIC_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/options.h"

#define XAPIC_LAST_ID 254U /* in eight bits; 255 means all of them */

/* Where this CPU has it: physical. */
uint64_t apic_address(void);

/* What IA32_APIC_BASE says of the CPU that asks, whatever the others are in. */
enum apic_mode { APIC_DISABLED, APIC_XAPIC, APIC_X2APIC };
enum apic_mode apic_mode(void);
bool apic_has_x2apic(void);

/*
 * Chooses the mode for all CPUs and enables the APIC of this one. `beyond_xapic`: CPUs will be used
 * whose APIC ids xAPIC mode cannot name. "auto" keeps the mode the firmware left, and takes x2APIC
 * only where it must. Returns 0; -ENODEV without a local APIC, -EOPNOTSUPP for a mode this CPU does
 * not have or cannot leave, with a printed line that says which.
 */
int apic_init(enum options_apic mode, bool beyond_xapic);

/*
 * The same mode on a further CPU, whatever mode it is in, or again on one that had an INIT; its
 * local interrupts masked. What it was in goes to this_cpu()->apic_mode_found.
 */
void apic_enable(void);

/*
 * Software disable: it responds to INIT, NMI, SMI and SIPI only. What it was sending or receiving
 * is completed first; what is pending in the IRR stays there, for nobody, until the next INIT.
 * (11.4.7.2 "Local APIC State After It Has Been Software Disabled")
 */
void apic_disable(void);

bool apic_is_x2apic(void);

/* This CPU's: 8 bits in xAPIC mode, 32 in x2APIC mode. */
uint32_t apic_id(void);

/* How messages in logical destination mode name the CPU with `apic_id` 0 .. APIC_LOGICAL_MAX. */
#define APIC_LOGICAL_MAX 7
static inline uint8_t apic_logical_id(uint32_t apic_id)
{
	return (uint8_t)(1U << apic_id);
}

/* Ends the interrupt in service; the next may come as soon as interrupts are on. */
void apic_eoi(void);

/* Whether the mode has room for that id; the others below must not be called with another. */
bool apic_can_name(uint32_t apic_id);

/* Fixed delivery, physical destination, edge. */
void apic_send(uint32_t apic_id, uint8_t vector);

/* The same to every CPU that runs, this one included. */
void apic_send_all(uint8_t vector);

/* INIT, and the start of another CPU at physical address `page` (a page below 1 MiB). */
void apic_send_init(uint32_t apic_id);
void apic_send_startup(uint32_t apic_id, uint32_t page);

/* Non-maskable interrupt to all CPUs but this one. */
void apic_stop_others(void);

/* Whether `vector` is pending (IRR) here. */
bool apic_irr(uint8_t vector);

/* What is pending (IRR) and in service (ISR) here: vector v is bit v % 32 of word v / 32. */
void apic_read_state(uint32_t irr[8], uint32_t isr[8]);

/*
 * From here to apic_let_in() all interrupts but VECTOR_WAKE stay pending in this CPU's IRR, also
 * while it halts (11.8.3.1 "Task and Processor Priorities").
 */
void apic_hold_back(void);
void apic_let_in(void);

/*
 * Makes what comes in at LINT0, where the 8259's output is wired to, an NMI of this CPU; or masks
 * it, as apic_enable() does. (11.5.1 "Local Vector Table")
 */
void apic_lint0_is_nmi(bool on);

/*
 * One interrupt of this CPU's timer, in `us` microseconds (11.5.4 "APIC Timer", one-shot mode). It
 * runs at a frequency that apic_timer_init() measures, in a millisecond.
 */
void apic_timer_init(void);
void apic_timer_order(uint8_t vector, uint32_t us);

#endif
