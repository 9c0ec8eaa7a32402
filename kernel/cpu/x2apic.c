// SPDX-License-Identifier: MIT
#include "kernel/bits.h"
#include "kernel/cpu/apic_access.h"
#include "kernel/cpu/instructions.h"

#define X2APIC_MSR(reg) (0x800 + (reg) / 16)

/*
 * In xAPIC mode a read is one of uncached memory, which comes after those before it. RDMSR need not
 * (11.12.3 "MSR Access in x2APIC Mode"), and a look into the IRR must not come before the flush
 * that pushes in what is to be found there.
 */
static uint32_t x2apic_read(uint32_t reg)
{
	__asm__ volatile("lfence" : : : "memory");
	return (uint32_t)rdmsr(X2APIC_MSR(reg));
}

static void x2apic_write(uint32_t reg, uint32_t value)
{
	wrmsr(X2APIC_MSR(reg), value);
}

static void x2apic_enable(void)
{
	uint64_t base = rdmsr(IA32_APIC_BASE);

	if (!(base & APIC_BASE_EN))
		wrmsr(IA32_APIC_BASE, base | APIC_BASE_EN);
	wrmsr(IA32_APIC_BASE, base | APIC_BASE_EN | APIC_BASE_EXTD);
}

static uint32_t x2apic_id(void)
{
	return x2apic_read(APIC_ID);
}

/*
 * WRMSR to the x2APIC does not order earlier stores (11.12.3 "MSR Access in x2APIC Mode"), so that
 * the receiver might not see what the interrupt is about.
 */
static void x2apic_send(uint32_t apic_id, uint32_t icr_low)
{
	__asm__ volatile("mfence; lfence" : : : "memory");
	wrmsr(X2APIC_MSR(APIC_ICR_LOW), (uint64_t)apic_id << 32 | icr_low);
}

const struct apic_access x2apic_access = {
        .enable = x2apic_enable,
        .id = x2apic_id,
        .read = x2apic_read,
        .write = x2apic_write,
        .send = x2apic_send,
};
