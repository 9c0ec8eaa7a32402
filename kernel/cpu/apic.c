// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>

#include "kernel/bits.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/apic_access.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/dispatch.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define CPUID_APIC   BIT_ULL(9)  /* leaf 1, EDX */
#define CPUID_X2APIC BIT_ULL(21) /* leaf 1, ECX */

#define TIMER_MEASURE_US 1000

static const struct apic_access *access;
static uint32_t timer_per_us; /* of this CPU's timer: its steps */

int apic_init(enum options_apic mode, uint32_t highest_apic_id)
{
	bool have_x2apic = cpuid(1, 0).ecx & CPUID_X2APIC;
	bool in_x2apic = have_x2apic && (rdmsr(IA32_APIC_BASE) & APIC_BASE_EXTD);

	if (!(cpuid(1, 0).edx & CPUID_APIC)) {
		print("# apic: this CPU has no local APIC\n");
		return -ENODEV;
	}
	if (mode == OPTIONS_APIC_X2APIC && !have_x2apic) {
		print("# apic: apic=x2apic, but this CPU has no x2APIC mode\n");
		return -EOPNOTSUPP;
	}
	if (mode == OPTIONS_APIC_XAPIC && (in_x2apic || highest_apic_id > XAPIC_LAST_ID)) {
		print("# apic: apic=xapic, but %s\n",
		      in_x2apic ? "the firmware left the CPUs in x2APIC mode"
		                : "there are APIC ids beyond 254");
		return -EOPNOTSUPP;
	}
	if (mode == OPTIONS_APIC_AUTO && have_x2apic &&
	    (in_x2apic || highest_apic_id > XAPIC_LAST_ID))
		mode = OPTIONS_APIC_X2APIC;
	access = mode == OPTIONS_APIC_X2APIC ? &x2apic_access : &xapic_access;
	apic_enable();
	return 0;
}

/* The firmware may have left any of them live; nothing here uses one. */
static void mask_local_interrupts(void)
{
	static const uint32_t lvts[] = {APIC_LVT_TIMER, APIC_LVT_LINT0,       APIC_LVT_LINT1,
	                                APIC_LVT_ERROR, APIC_LVT_PERFORMANCE, APIC_LVT_THERMAL,
	                                APIC_LVT_CMCI};
	unsigned int last =
	        (unsigned int)field_get(APIC_VERSION_MAX_LVT, access->read(APIC_VERSION));

	/* Max LVT counts the entries there are, in the order above (11.4.8). */
	for (unsigned int i = 0; i <= last && i < sizeof(lvts) / sizeof(lvts[0]); i++)
		access->write(lvts[i], APIC_LVT_MASKED | VECTOR_SPURIOUS);
}

/*
 * The flat model, as Linux has it: one bit for each of the first eight CPUs (11.6.2.2 "Logical
 * Destination Mode"). Nothing here sends to it, but a device may. In x2APIC mode it comes from the
 * APIC id, for the first ones to the same bit (11.12.10.2 "Deriving Logical x2APIC ID from the
 * Local x2APIC ID").
 */
static void set_logical_id(void)
{
	uint32_t id = access->id();

	if (apic_is_x2apic())
		return;
	access->write(APIC_DFR, APIC_DFR_FLAT);
	access->write(APIC_LDR, id > APIC_LOGICAL_MAX
	                                ? 0
	                                : (uint32_t)field_set(APIC_LDR_XAPIC, apic_logical_id(id)));
}

void apic_enable(void)
{
	access->enable();
	set_logical_id();
	access->write(APIC_SPURIOUS, APIC_SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	mask_local_interrupts();
	access->write(APIC_TPR, 0);
}

void apic_disable(void)
{
	access->write(APIC_SPURIOUS, VECTOR_SPURIOUS);
}

uint64_t apic_address(void)
{
	return rdmsr(IA32_APIC_BASE) & APIC_BASE_ADDRESS;
}

bool apic_is_x2apic(void)
{
	return access == &x2apic_access;
}

uint32_t apic_id(void)
{
	return access->id();
}

void apic_eoi(void)
{
	access->write(APIC_EOI, 0);
}

void apic_send(uint32_t id, uint8_t vector)
{
	access->send(id, ICR_DELIVERY_FIXED | ICR_LEVEL_ASSERT | vector);
}

/* A CPU that was not started waits for its SIPI, with its local APIC off, and takes nothing. */
void apic_send_all(uint8_t vector)
{
	access->send(0, (uint32_t)ICR_ALL_INCLUDING_SELF | ICR_DELIVERY_FIXED | ICR_LEVEL_ASSERT |
	                        vector);
}

void apic_send_init(uint32_t id)
{
	access->send(id, ICR_DELIVERY_INIT | ICR_LEVEL_ASSERT);
}

void apic_send_startup(uint32_t id, uint32_t page)
{
	access->send(id, ICR_DELIVERY_STARTUP | ICR_LEVEL_ASSERT | page >> 12);
}

void apic_stop_others(void)
{
	if (access)
		access->send(0, (uint32_t)ICR_ALL_BUT_SELF | ICR_DELIVERY_NMI | ICR_LEVEL_ASSERT);
}

bool apic_irr(uint8_t vector)
{
	return access->read(APIC_IRR + vector / 32 * 16) & 1U << vector % 32;
}

void apic_read_state(uint32_t irr[8], uint32_t isr[8])
{
	for (unsigned int i = 0; i < 8; i++) {
		irr[i] = access->read(APIC_IRR + i * 16);
		isr[i] = access->read(APIC_ISR + i * 16);
	}
}

void apic_lint0_is_nmi(bool on)
{
	access->write(APIC_LVT_LINT0,
	              on ? ICR_DELIVERY_NMI : (uint32_t)APIC_LVT_MASKED | VECTOR_SPURIOUS);
}

void apic_timer_init(void)
{
	access->write(APIC_LVT_TIMER, APIC_LVT_MASKED | VECTOR_SPURIOUS);
	access->write(APIC_TIMER_DIVIDE, APIC_TIMER_BY_16);
	access->write(APIC_TIMER_INITIAL, UINT32_MAX);
	delay_us(TIMER_MEASURE_US);
	timer_per_us = (UINT32_MAX - access->read(APIC_TIMER_CURRENT)) / TIMER_MEASURE_US + 1;
	access->write(APIC_TIMER_INITIAL, 0);
}

void apic_timer_order(uint8_t vector, uint32_t us)
{
	access->write(APIC_LVT_TIMER, vector);
	access->write(APIC_TIMER_INITIAL, us * timer_per_us);
}
