/* SPDX-License-Identifier: MIT */
/*
 * A vCPU's local APIC, in x2APIC mode and in no other: registers, priorities, and what is pending,
 * in memory alone. Intel SDM vol. 3, chapter 11 "Advanced Programmable Interrupt Controller
 * (APIC)".
 *
 * vlapic_post() may be called on any host CPU, also in an interrupt and while the vCPU runs. All
 * the others belong to the host CPU whose task is that vCPU's loop, one call at a time.
 *
 * There are no local sources: no timer (a count other than 0 is refused with #GP, so that nobody
 * waits for it in vain), and entries of the LVT hold what is written to them and send nothing. All
 * interrupts are edge-triggered: the TMR reads as zero.
 */
#ifndef RETARGET_KERNEL_VIRT_VLAPIC_H
#define RETARGET_KERNEL_VIRT_VLAPIC_H

#include <stdbool.h>
#include <stdint.h>

#define VLAPIC_NOTHING (-1)
#define VLAPIC_LVTS    6

struct vlapic {
	uint32_t id;       /* 32 bits, as x2APIC has them */
	uint32_t irr[8];   /* atomic: vector v is bit v % 32 of word v / 32 */
	uint32_t spurious; /* atomic: whether it is enabled */
	uint32_t errors;   /* atomic: since the last write to the ESR */

	uint32_t isr[8];
	uint32_t esr;
	uint8_t tpr;
	uint64_t icr;
	uint32_t lvt[VLAPIC_LVTS];
	uint32_t divide;
};

/* As after a reset: software-disabled, which takes nothing (11.4.7.1). */
void vlapic_init(struct vlapic *apic, uint32_t id);

/*
 * An interrupt to this vCPU. NEW: it is pending now and was not, and the vCPU has to be told.
 * MERGED: it was pending already, and both are one, as on any local APIC. REFUSED: dropped, because
 * the APIC is disabled or the vector below 16. A full fence either way: what the caller wrote
 * before is seen by the vCPU that finds the interrupt.
 */
enum vlapic_posted { VLAPIC_NEW, VLAPIC_MERGED, VLAPIC_REFUSED };
enum vlapic_posted vlapic_post(struct vlapic *apic, uint8_t vector);

/*
 * The vector that the vCPU would be given now if its interrupts were on: the highest that is
 * pending, if its class is above the processor priority's (11.8.3.1); else VLAPIC_NOTHING.
 * vlapic_accept() moves it from the IRR into the ISR, which is to be done when it is injected and
 * at no other time.
 */
int vlapic_next(const struct vlapic *apic);
void vlapic_accept(struct vlapic *apic, uint8_t vector);

/* Whether RDMSR and WRMSR of `msr` are for the two functions below. */
bool vlapic_has_msr(uint32_t msr);

/* What an ICR or SELF IPI write asks for; the caller delivers it, to all that vlapic_names(). */
struct vlapic_ipi {
	uint32_t destination; /* as the shorthand and `logical` say */
	uint8_t vector;
	uint8_t mode;      /* bits 10:8 of the ICR: VLAPIC_FIXED or another */
	uint8_t shorthand; /* bits 19:18 */
	bool logical;
};

#define VLAPIC_FIXED 0
#define VLAPIC_NMI   4
#define VLAPIC_INIT  5

/*
 * The guest's RDMSR and WRMSR. -EINVAL: it gets #GP(0), for a register that there is not, one that
 * cannot be read or written, or reserved bits (11.12.1.3 "Reserved Bit Checking"). A write returns
 * 1 for an interrupt that is to be sent, which is in *ipi; otherwise 0.
 */
int vlapic_read(const struct vlapic *apic, uint32_t msr, uint64_t *value);
int vlapic_write(struct vlapic *apic, uint32_t msr, uint64_t value, struct vlapic_ipi *ipi);

/* Whether the interrupt that APIC id `sender` sends goes to APIC id `id` (11.12.10). */
bool vlapic_names(const struct vlapic_ipi *ipi, uint32_t sender, uint32_t id);

#endif
