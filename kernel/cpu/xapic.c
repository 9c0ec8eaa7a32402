// SPDX-License-Identifier: MIT
#include "kernel/bits.h"
#include "kernel/cpu/apic_access.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/wait.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/panic.h"

#define XAPIC_SIZE      4096
#define XAPIC_ID        GENMASK_ULL(31, 24)
#define ICR_DESTINATION GENMASK_ULL(31, 24) /* of the high half */

static volatile uint8_t *registers;

static uint32_t xapic_read(uint32_t reg)
{
	return mmio_read32(registers + reg);
}

static void xapic_write(uint32_t reg, uint32_t value)
{
	mmio_write32(registers + reg, value);
}

static void xapic_enable(void)
{
	uint64_t base = rdmsr(IA32_APIC_BASE);

	if (!registers)
		registers = memory_map_device(base & APIC_BASE_ADDRESS, XAPIC_SIZE);
	if (!registers)
		panic("the local APIC's address 0x%lx cannot be mapped", base & APIC_BASE_ADDRESS);
	if (base & APIC_BASE_EXTD) {
		base &= ~(APIC_BASE_EN | APIC_BASE_EXTD);
		wrmsr(IA32_APIC_BASE, base);
	}
	wrmsr(IA32_APIC_BASE, base | APIC_BASE_EN);
}

static uint32_t xapic_id(void)
{
	return (uint32_t)field_get(XAPIC_ID, xapic_read(APIC_ID));
}

static bool is_sending(void)
{
	return xapic_read(APIC_ICR_LOW) & ICR_DELIVERY_STATUS;
}

static void wait_until_sent(void)
{
	wait_begin("its local APIC, at 0x%lx, to send what it has to send", (uint64_t)registers);
	while (is_sending())
		pause();
	wait_end();
}

/*
 * The two halves of the ICR are written with interrupts off: a handler that sends in between would
 * leave its own destination in the high half.
 */
static void xapic_send(uint32_t apic_id, uint32_t icr_low)
{
	uint64_t flags = interrupts_save();

	if (is_sending())
		wait_until_sent();
	xapic_write(APIC_ICR_HIGH, (uint32_t)field_set(ICR_DESTINATION, apic_id));
	xapic_write(APIC_ICR_LOW, icr_low);
	interrupts_restore(flags);
}

const struct apic_access xapic_access = {
        .enable = xapic_enable,
        .id = xapic_id,
        .read = xapic_read,
        .write = xapic_write,
        .send = xapic_send,
};
