/* SPDX-License-Identifier: MIT */
/*
 * What differs between xAPIC and x2APIC mode. Registers are named by their xAPIC offset (Intel SDM
 * vol. 3, table 11-1 "Local APIC Register Address Map"); in x2APIC mode the MSR is
 * 800h + offset / 16 (11.12.1.2 "x2APIC Register Address Space").
 */
#ifndef RETARGET_KERNEL_CPU_APIC_ACCESS_H
#define RETARGET_KERNEL_CPU_APIC_ACCESS_H

#include <stdint.h>

#define IA32_APIC_BASE    0x1b
#define APIC_BASE_EXTD    BIT_ULL(10)
#define APIC_BASE_EN      BIT_ULL(11)
#define APIC_BASE_ADDRESS GENMASK_ULL(51, 12)

#define APIC_ID              0x020
#define APIC_VERSION         0x030
#define APIC_VERSION_MAX_LVT GENMASK_ULL(23, 16)
#define APIC_TPR             0x080
#define APIC_EOI             0x0b0
#define APIC_LDR             0x0d0
#define APIC_LDR_XAPIC       GENMASK_ULL(31, 24)
#define APIC_DFR             0x0e0
#define APIC_DFR_FLAT        0xffffffffU
#define APIC_SPURIOUS        0x0f0
#define APIC_SPURIOUS_ENABLE BIT_ULL(8)
#define APIC_ISR             0x100
#define APIC_IRR             0x200
#define APIC_ESR             0x280
#define APIC_LVT_CMCI        0x2f0
#define APIC_ICR_LOW         0x300
#define APIC_ICR_HIGH        0x310
#define APIC_LVT_TIMER       0x320
#define APIC_LVT_THERMAL     0x330
#define APIC_LVT_PERFORMANCE 0x340
#define APIC_LVT_LINT0       0x350
#define APIC_LVT_LINT1       0x360
#define APIC_LVT_ERROR       0x370
#define APIC_TIMER_INITIAL   0x380
#define APIC_TIMER_CURRENT   0x390
#define APIC_TIMER_DIVIDE    0x3e0
#define APIC_TIMER_BY_16     0x3
#define APIC_LVT_MASKED      BIT_ULL(16)

/* Interrupt Command Register (11.6.1), low half. */
#define ICR_DELIVERY_FIXED     0x000
#define ICR_DELIVERY_NMI       0x400
#define ICR_DELIVERY_INIT      0x500
#define ICR_DELIVERY_STARTUP   0x600
#define ICR_DELIVERY_STATUS    BIT_ULL(12)
#define ICR_LEVEL_ASSERT       BIT_ULL(14)
#define ICR_ALL_INCLUDING_SELF (2ULL << 18)
#define ICR_ALL_BUT_SELF       (3ULL << 18)

/*
 * The modes are states of IA32_APIC_BASE with three ways between them only (11.12.5 "x2APIC State
 * Transitions"); each other WRMSR is a general protection fault:
 *
 *     disabled --> xAPIC --> x2APIC --> disabled
 *         ^----------'
 *
 * On the way through "disabled" all registers but the id are lost. An INIT changes no mode.
 */
struct apic_access {
	void (*enable)(void); /* from any of them */
	uint32_t (*id)(void);
	uint32_t (*read)(uint32_t reg);
	void (*write)(uint32_t reg, uint32_t value);

	/* Orders earlier stores before the interrupt, then sends it. */
	void (*send)(uint32_t apic_id, uint32_t icr_low);
};

extern const struct apic_access xapic_access, x2apic_access;

#endif
