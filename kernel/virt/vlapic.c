// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/bits.h"
#include "kernel/cpu/apic_access.h"
#include "kernel/virt/vlapic.h"

#define FIRST_LEGAL_VECTOR 16
#define BASE_BSP           BIT_ULL(8)
#define BASE_DEFAULT       UINT64_C(0xfee00000)
#define VERSION            (field_set(APIC_VERSION_MAX_LVT, VLAPIC_LVTS - 1) | 0x14)
#define CLASS              GENMASK_ULL(7, 4)
#define VECTOR             GENMASK_ULL(7, 0)
#define ESR_SEND_ILLEGAL   BIT_ULL(5)
#define ESR_TAKEN_ILLEGAL  BIT_ULL(6)

/* Registers by their xAPIC offset, as in kernel/cpu/apic_access.h. */
#define FIRST_MSR     0x800
#define LAST_MSR      0x8ff
#define MSR_REG(msr)  (((msr)-FIRST_MSR) * 16)
#define APIC_PPR      0x0a0
#define APIC_TMR      0x180
#define APIC_SELF_IPI 0x3f0

/* ICR in x2APIC mode (11.12.9): no delivery status, and 32 bits of destination. */
#define ICR_VECTOR      GENMASK_ULL(7, 0)
#define ICR_MODE        GENMASK_ULL(10, 8)
#define ICR_LOGICAL     BIT_ULL(11)
#define ICR_LEVEL       BIT_ULL(14)
#define ICR_TRIGGER     BIT_ULL(15)
#define ICR_SHORTHAND   GENMASK_ULL(19, 18)
#define ICR_DESTINATION GENMASK_ULL(63, 32)
#define ICR_KNOWN                                                                                  \
	(ICR_VECTOR | ICR_MODE | ICR_LOGICAL | ICR_LEVEL | ICR_TRIGGER | ICR_SHORTHAND |           \
	 ICR_DESTINATION)
#define SHORTHAND_NONE  0
#define SHORTHAND_SELF  1
#define SHORTHAND_ALL   2
#define TO_ALL          UINT32_MAX
#define LOGICAL_CLUSTER GENMASK_ULL(31, 16)
#define LOGICAL_MEMBER  GENMASK_ULL(15, 0)
#define MODE_LOWEST     1

#define DIVIDE_KNOWN   (BIT_ULL(3) | GENMASK_ULL(1, 0))
#define SPURIOUS_KNOWN (APIC_SPURIOUS_ENABLE | VECTOR)

/* What of each entry of the LVT can be written (11.5.1 "Local Vector Table", figure 11-8). */
#define LVT_MODE   GENMASK_ULL(10, 8)
#define LVT_LINT   (BIT_ULL(13) | BIT_ULL(15)) /* polarity, trigger mode */
#define LVT_PERIOD GENMASK_ULL(18, 17)

static const struct lvt_entry {
	uint32_t reg;
	uint32_t known;
} lvt[VLAPIC_LVTS] = {
        {APIC_LVT_TIMER, APIC_LVT_MASKED | VECTOR | LVT_PERIOD},
        {APIC_LVT_THERMAL, APIC_LVT_MASKED | VECTOR | LVT_MODE},
        {APIC_LVT_PERFORMANCE, APIC_LVT_MASKED | VECTOR | LVT_MODE},
        {APIC_LVT_LINT0, APIC_LVT_MASKED | VECTOR | LVT_MODE | LVT_LINT},
        {APIC_LVT_LINT1, APIC_LVT_MASKED | VECTOR | LVT_MODE | LVT_LINT},
        {APIC_LVT_ERROR, APIC_LVT_MASKED | VECTOR},
};

static void mask_lvt(struct vlapic *apic)
{
	for (unsigned int i = 0; i < VLAPIC_LVTS; i++)
		apic->lvt[i] |= APIC_LVT_MASKED;
}

void vlapic_init(struct vlapic *apic, uint32_t id)
{
	*apic = (struct vlapic){.id = id, .spurious = VECTOR};
	mask_lvt(apic);
}

static bool enabled(const struct vlapic *apic)
{
	return __atomic_load_n(&apic->spurious, __ATOMIC_SEQ_CST) & APIC_SPURIOUS_ENABLE;
}

static void record_error(struct vlapic *apic, uint32_t error)
{
	__atomic_fetch_or(&apic->errors, error, __ATOMIC_SEQ_CST);
}

enum vlapic_posted vlapic_post(struct vlapic *apic, uint8_t vector)
{
	uint32_t bit = 1U << vector % 32;

	if (!enabled(apic))
		return VLAPIC_REFUSED;
	if (vector < FIRST_LEGAL_VECTOR) {
		record_error(apic, ESR_TAKEN_ILLEGAL);
		return VLAPIC_REFUSED;
	}
	return __atomic_fetch_or(&apic->irr[vector / 32], bit, __ATOMIC_SEQ_CST) & bit
	               ? VLAPIC_MERGED
	               : VLAPIC_NEW;
}

/* The highest vector of a set, or VLAPIC_NOTHING. */
static int highest(const uint32_t set[8])
{
	for (int word = 7; word >= 0; word--) {
		uint32_t bits = __atomic_load_n(&set[word], __ATOMIC_SEQ_CST);

		if (bits)
			return word * 32 + 31 - __builtin_clz(bits);
	}
	return VLAPIC_NOTHING;
}

/* 11.8.3.1 "Task and Processor Priorities": without one in service its vector counts as 0. */
static uint8_t processor_priority(const struct vlapic *apic)
{
	int in_service = highest(apic->isr);
	uint8_t isrv = in_service == VLAPIC_NOTHING ? 0 : (uint8_t)in_service;

	return (apic->tpr & CLASS) >= (isrv & CLASS) ? apic->tpr : isrv & CLASS;
}

int vlapic_next(const struct vlapic *apic)
{
	int vector = highest(apic->irr);

	if (vector == VLAPIC_NOTHING || !enabled(apic) ||
	    (vector & CLASS) <= (processor_priority(apic) & CLASS))
		return VLAPIC_NOTHING;
	return vector;
}

/*
 * Into the ISR first would make no difference to anybody: only this vCPU reads it. A message that
 * comes between the two is pending once more, as on silicon.
 */
void vlapic_accept(struct vlapic *apic, uint8_t vector)
{
	__atomic_fetch_and(&apic->irr[vector / 32], ~(1U << vector % 32), __ATOMIC_SEQ_CST);
	apic->isr[vector / 32] |= 1U << vector % 32;
}

bool vlapic_has_msr(uint32_t msr)
{
	return msr == IA32_APIC_BASE || (msr >= FIRST_MSR && msr <= LAST_MSR);
}

static uint64_t base(const struct vlapic *apic)
{
	return BASE_DEFAULT | APIC_BASE_EN | APIC_BASE_EXTD | (apic->id ? 0 : BASE_BSP);
}

/* 11.12.10.2 "Deriving Logical x2APIC ID from the Local x2APIC ID". */
static uint32_t logical_id(uint32_t id)
{
	return (uint32_t)(field_set(LOGICAL_CLUSTER, id >> 4) | 1U << (id & 15));
}

/* Register `reg` as one of eight words from `first` on; -1 if it is none of them. */
static int word_of(uint32_t reg, uint32_t first)
{
	return reg >= first && reg < first + 8 * 16 ? (int)(reg - first) / 16 : -1;
}

static const struct lvt_entry *lvt_find(uint32_t reg)
{
	for (unsigned int i = 0; i < VLAPIC_LVTS; i++)
		if (lvt[i].reg == reg)
			return &lvt[i];
	return NULL;
}

static int read_set(const struct vlapic *apic, uint32_t reg, uint64_t *value)
{
	if (word_of(reg, APIC_ISR) >= 0)
		*value = apic->isr[word_of(reg, APIC_ISR)];
	else if (word_of(reg, APIC_TMR) >= 0)
		*value = 0;
	else if (word_of(reg, APIC_IRR) >= 0)
		*value = __atomic_load_n(&apic->irr[word_of(reg, APIC_IRR)], __ATOMIC_SEQ_CST);
	else
		return -EINVAL;
	return 0;
}

static int read_other(const struct vlapic *apic, uint32_t reg, uint64_t *value)
{
	const struct lvt_entry *entry = lvt_find(reg);

	if (!entry)
		return read_set(apic, reg, value);
	*value = apic->lvt[entry - lvt];
	return 0;
}

int vlapic_read(const struct vlapic *apic, uint32_t msr, uint64_t *value)
{
	if (!vlapic_has_msr(msr))
		return -EINVAL;
	if (msr == IA32_APIC_BASE) {
		*value = base(apic);
		return 0;
	}
	switch (MSR_REG(msr)) {
	case APIC_ID:
		*value = apic->id;
		return 0;
	case APIC_VERSION:
		*value = VERSION;
		return 0;
	case APIC_TPR:
		*value = apic->tpr;
		return 0;
	case APIC_PPR:
		*value = processor_priority(apic);
		return 0;
	case APIC_LDR:
		*value = logical_id(apic->id);
		return 0;
	case APIC_SPURIOUS:
		*value = apic->spurious;
		return 0;
	case APIC_ESR:
		*value = apic->esr;
		return 0;
	case APIC_ICR_LOW:
		*value = apic->icr;
		return 0;
	case APIC_TIMER_INITIAL:
	case APIC_TIMER_CURRENT:
		*value = 0;
		return 0;
	case APIC_TIMER_DIVIDE:
		*value = apic->divide;
		return 0;
	default:
		return read_other(apic, MSR_REG(msr), value);
	}
}

/* The highest in service ends (11.8.5 "Signaling Interrupt Servicing Completion"). */
static void end_of_interrupt(struct vlapic *apic)
{
	int vector = highest(apic->isr);

	if (vector != VLAPIC_NOTHING)
		apic->isr[vector / 32] &= ~(1U << vector % 32);
}

static void write_spurious(struct vlapic *apic, uint32_t value)
{
	__atomic_store_n(&apic->spurious, value, __ATOMIC_SEQ_CST);
	if (!(value & APIC_SPURIOUS_ENABLE))
		mask_lvt(apic);
}

/* While it is disabled, the mask bits cannot be cleared (11.4.7.2). */
static void write_lvt(struct vlapic *apic, const struct lvt_entry *entry, uint32_t value)
{
	apic->lvt[entry - lvt] = value;
	if (!enabled(apic))
		mask_lvt(apic);
}

static bool needs_legal_vector(const struct vlapic_ipi *ipi)
{
	return ipi->mode == VLAPIC_FIXED || ipi->mode == MODE_LOWEST;
}

static int send(struct vlapic *apic, const struct vlapic_ipi *ipi)
{
	if (needs_legal_vector(ipi) && ipi->vector < FIRST_LEGAL_VECTOR) {
		record_error(apic, ESR_SEND_ILLEGAL);
		return 0;
	}
	return 1;
}

static int write_icr(struct vlapic *apic, uint64_t value, struct vlapic_ipi *ipi)
{
	apic->icr = value;
	*ipi = (struct vlapic_ipi){
	        .destination = (uint32_t)field_get(ICR_DESTINATION, value),
	        .vector = (uint8_t)field_get(ICR_VECTOR, value),
	        .mode = (uint8_t)field_get(ICR_MODE, value),
	        .shorthand = (uint8_t)field_get(ICR_SHORTHAND, value),
	        .logical = value & ICR_LOGICAL,
	};
	return send(apic, ipi);
}

static int write_self_ipi(struct vlapic *apic, uint64_t value, struct vlapic_ipi *ipi)
{
	*ipi = (struct vlapic_ipi){
	        .vector = (uint8_t)value, .mode = VLAPIC_FIXED, .shorthand = SHORTHAND_SELF};
	return send(apic, ipi);
}

/* All bits that may be set in a write to `reg`; -EINVAL when it cannot be written. */
static int writable_bits(uint32_t reg, uint64_t *bits)
{
	static const struct {
		uint32_t reg;
		uint64_t bits;
	} writable[] = {
	        {APIC_TPR, VECTOR},
	        {APIC_EOI, 0},
	        {APIC_SPURIOUS, SPURIOUS_KNOWN},
	        {APIC_ESR, 0},
	        {APIC_ICR_LOW, ICR_KNOWN},
	        {APIC_TIMER_INITIAL, 0},
	        {APIC_TIMER_DIVIDE, DIVIDE_KNOWN},
	        {APIC_SELF_IPI, VECTOR},
	};
	const struct lvt_entry *entry = lvt_find(reg);

	*bits = entry ? entry->known : 0;
	if (entry)
		return 0;
	for (unsigned int i = 0; i < sizeof(writable) / sizeof(writable[0]); i++)
		if (writable[i].reg == reg) {
			*bits = writable[i].bits;
			return 0;
		}
	return -EINVAL;
}

static int write_register(struct vlapic *apic, uint32_t reg, uint64_t value, struct vlapic_ipi *ipi)
{
	switch (reg) {
	case APIC_TPR:
		apic->tpr = (uint8_t)value;
		return 0;
	case APIC_EOI:
		end_of_interrupt(apic);
		return 0;
	case APIC_SPURIOUS:
		write_spurious(apic, (uint32_t)value);
		return 0;
	case APIC_ESR:
		apic->esr = __atomic_exchange_n(&apic->errors, 0, __ATOMIC_SEQ_CST);
		return 0;
	case APIC_ICR_LOW:
		return write_icr(apic, value, ipi);
	case APIC_SELF_IPI:
		return write_self_ipi(apic, value, ipi);
	case APIC_TIMER_INITIAL:
		return 0;
	case APIC_TIMER_DIVIDE:
		apic->divide = (uint32_t)value;
		return 0;
	default:
		write_lvt(apic, lvt_find(reg), (uint32_t)value);
		return 0;
	}
}

int vlapic_write(struct vlapic *apic, uint32_t msr, uint64_t value, struct vlapic_ipi *ipi)
{
	uint64_t bits;

	if (!vlapic_has_msr(msr))
		return -EINVAL;
	if (msr == IA32_APIC_BASE)
		return value == base(apic) ? 0 : -EINVAL;
	if (writable_bits(MSR_REG(msr), &bits) || value & ~bits)
		return -EINVAL;
	return write_register(apic, MSR_REG(msr), value, ipi);
}

bool vlapic_names(const struct vlapic_ipi *ipi, uint32_t sender, uint32_t id)
{
	if (ipi->shorthand == SHORTHAND_SELF)
		return id == sender;
	if (ipi->shorthand != SHORTHAND_NONE)
		return ipi->shorthand == SHORTHAND_ALL || id != sender;
	if (ipi->destination == TO_ALL)
		return true;
	if (!ipi->logical)
		return ipi->destination == id;
	return (ipi->destination & LOGICAL_CLUSTER) == (logical_id(id) & LOGICAL_CLUSTER) &&
	       ipi->destination & logical_id(id) & LOGICAL_MEMBER;
}
