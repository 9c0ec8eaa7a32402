/* SPDX-License-Identifier: MIT */
/*
 * The IO-APICs and their pins: 82093AA, 3.2 "I/O APIC Registers"; for what Intel's chipsets have
 * added, ICH10, "EOIR-EOI Register".
 *
 * Every pin is masked at the start and stays so until its owner unmasks it. A pin has one owner at
 * a time, who keeps its struct ioapic_pin and may call these functions on any CPU, with interrupts
 * on or off: the registers are reached through an index and a window, which a lock keeps together.
 */
#ifndef RETARGET_KERNEL_CPU_IOAPIC_H
#define RETARGET_KERNEL_CPU_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/acpi/madt.h"
#include "kernel/bits.h"

/* 82093AA, 3.2.4 "IOREDTBL[23:0]-I/O Redirection Table Registers"; in each half, from its bit 0. */
#define RTE_LOW_MASK       BIT_ULL(16)
#define RTE_LOW_LEVEL      BIT_ULL(15)
#define RTE_LOW_REMOTE_IRR BIT_ULL(14)
#define RTE_LOW_ACTIVE_LOW BIT_ULL(13)
#define RTE_LOW_LOGICAL    BIT_ULL(11)
#define RTE_LOW_MODE       GENMASK_ULL(10, 8)
#define RTE_LOW_VECTOR     GENMASK_ULL(7, 0)

struct ioapic;

struct ioapic_pin {
	struct ioapic *ioapic;
	uint32_t gsi; /* global system interrupt: the IO-APIC's first one and the pin's number */
	uint8_t number;
	uint8_t ioapic_id; /* as the MADT has it; a DMAR table names the IO-APIC by it, too */
	bool level;        /* else edge */
	bool active_low;
	uint32_t low; /* the entry's low half as written last, but for its read-only bits */
};

/*
 * Masks every pin of every IO-APIC in `madt`, which is kept for its overrides; prints one line for
 * each at verbose >= 1.
 */
void ioapic_init(const struct madt *madt, uint32_t verbose);

/*
 * The pin of a global system interrupt, as PCI has it (level, active low), or of legacy interrupt
 * `irq` (0..15; edge, active high, unless a MADT override says something else: ACPI 6.5, 5.2.12.5
 * "Interrupt Source Override Structure"). It is masked then, with the trigger mode and polarity
 * set. -ENOENT when no IO-APIC has it; `pin` is untouched then.
 */
int ioapic_pin_by_gsi(uint32_t gsi, struct ioapic_pin *pin);
int ioapic_pin_by_isa(uint8_t irq, struct ioapic_pin *pin);

/* One more than the last global system interrupt; there may be holes before it. */
uint32_t ioapic_gsi_end(void);

/* The redirection table entry as it is now. A read behind which all earlier writes have arrived. */
uint64_t ioapic_read_entry(const struct ioapic_pin *pin);

/*
 * One half, by one 32-bit store. Of the low one only destination mode, delivery mode and vector
 * are the caller's; mask, trigger mode and polarity stay.
 */
void ioapic_write_high(const struct ioapic_pin *pin, uint32_t high);
void ioapic_write_low(struct ioapic_pin *pin, uint32_t low);

/* While a pin is masked an edge is lost; a level is not, as it is still there afterwards. */
void ioapic_mask(struct ioapic_pin *pin);
void ioapic_unmask(struct ioapic_pin *pin);

/*
 * A level pin that has sent a message sends no other until that one's end of interrupt: remote IRR
 * is set meanwhile. It comes as a broadcast of the vector by the local APIC, which reaches every
 * entry that has this vector.
 */
bool ioapic_remote_irr(const struct ioapic_pin *pin);

/*
 * The end of interrupt for this one pin, whatever vector its message had; when its level is still
 * there and it is not masked, it sends again. Nothing happens to one without remote IRR.
 */
void ioapic_end_of_interrupt(struct ioapic_pin *pin);

/* Whether there is a register for that; else the entry is edge-triggered for a moment. */
bool ioapic_has_eoi_register(const struct ioapic_pin *pin);

#endif
