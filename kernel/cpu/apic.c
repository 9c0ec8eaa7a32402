// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>

#include "kernel/bits.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/apic_access.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/dispatch.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define CPUID_APIC              BIT_ULL(9)  /* leaf 1, EDX */
#define CPUID_X2APIC            BIT_ULL(21) /* leaf 1, ECX */
#define CPUID_ARCH_CAPABILITIES BIT_ULL(29) /* leaf 7, EDX */

/* Intel SDM vol. 4, table 2-2 "IA-32 Architectural MSRs". */
#define IA32_ARCH_CAPABILITIES    0x10a
#define ARCH_XAPIC_DISABLE        BIT_ULL(21)
#define IA32_XAPIC_DISABLE_STATUS 0xbd
#define LEGACY_XAPIC_DISABLED     BIT_ULL(0)

#define TIMER_MEASURE_US 1000

static const struct apic_access *access;
static uint32_t timer_per_us; /* of this CPU's timer: its steps */

enum apic_mode apic_mode(void)
{
	uint64_t base = rdmsr(IA32_APIC_BASE);

	if (!(base & APIC_BASE_EN))
		return APIC_DISABLED;
	return base & APIC_BASE_EXTD ? APIC_X2APIC : APIC_XAPIC;
}

bool apic_has_x2apic(void)
{
	return cpuid(1, 0).ecx & CPUID_X2APIC;
}

/* With this lock x2APIC mode is left by a reset only. */
static bool locked_in_x2apic(void)
{
	return cpuid(0, 0).eax >= 7 && cpuid(7, 0).edx & CPUID_ARCH_CAPABILITIES &&
	       rdmsr(IA32_ARCH_CAPABILITIES) & ARCH_XAPIC_DISABLE &&
	       rdmsr(IA32_XAPIC_DISABLE_STATUS) & LEGACY_XAPIC_DISABLED;
}

/* Why apic=xapic cannot be had, or NULL. */
static const char *xapic_refused(bool beyond_xapic)
{
	if (beyond_xapic || (apic_mode() == APIC_X2APIC && x2apic_access.id() > XAPIC_LAST_ID))
		return "there are APIC ids beyond 254; cpus=N with fewer CPUs may do without them";
	if (apic_mode() == APIC_X2APIC && locked_in_x2apic())
		return "the firmware has locked the CPUs in x2APIC mode "
		       "(IA32_XAPIC_DISABLE_STATUS)";
	return NULL;
}

int apic_init(enum options_apic mode, bool beyond_xapic)
{
	const char *refused;

	if (!(cpuid(1, 0).edx & CPUID_APIC)) {
		print("# apic: this CPU has no local APIC\n");
		return -ENODEV;
	}
	if (mode == OPTIONS_APIC_X2APIC && !apic_has_x2apic()) {
		print("# apic: apic=x2apic, but this CPU has no x2APIC mode\n");
		return -EOPNOTSUPP;
	}
	refused = mode == OPTIONS_APIC_XAPIC ? xapic_refused(beyond_xapic) : NULL;
	if (refused) {
		print("# apic: apic=xapic, but %s\n", refused);
		return -EOPNOTSUPP;
	}
	if (mode == OPTIONS_APIC_AUTO && apic_has_x2apic() &&
	    (beyond_xapic || apic_mode() == APIC_X2APIC))
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
	this_cpu()->apic_mode_found = apic_mode();
	access->enable();
	set_logical_id();
	access->write(APIC_SPURIOUS, APIC_SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	mask_local_interrupts();
	access->write(APIC_TPR, 0);
}

/* What was on its way when the write began may still come in before the read. */
void apic_hold_back(void)
{
	access->write(APIC_TPR, VECTOR_SHUTDOWN);
	access->read(APIC_TPR);
}

void apic_let_in(void)
{
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

bool apic_can_name(uint32_t id)
{
	return apic_is_x2apic() || id <= XAPIC_LAST_ID;
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

/* A panic on the way to the mode has no local APIC to send by. */
void apic_stop_others(void)
{
	if (access && apic_mode() == (apic_is_x2apic() ? APIC_X2APIC : APIC_XAPIC))
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
