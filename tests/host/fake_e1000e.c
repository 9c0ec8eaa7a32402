// SPDX-License-Identifier: MIT
#include <string.h>

#include "kernel/mmio.h"
#include "tests/host/fake_e1000e.h"
#include "tests/host/unit.h"

struct fake_e1000e fake;

static uint32_t *reg(unsigned int offset)
{
	return &fake.registers[offset / 4];
}

static uint32_t raised(void)
{
	return *reg(NIC_ICR) & *reg(NIC_IMS);
}

static void send(unsigned int vector)
{
	fake_nic_send_msix(vector,
	                   !fake.needs_pba_support || *reg(E1000E_CTRL_EXT) & CTRL_EXT_PBA_SUPPORT);
}

static void end_intervals(void)
{
	for (unsigned int n = 0; n < E1000E_VECTORS_MAX; n++) {
		if (fake.running[n] && fake.repeats && nic.msix)
			send(n);
		fake.running[n] = false;
	}
	if (fake.itr_running && fake.repeats && nic.msi && raised())
		fake_nic_send_msi();
	fake.itr_running = false;
}

static void raise_vectors(uint32_t causes)
{
	for (unsigned int n = 0; n < E1000E_SLOTS_MAX; n++) {
		uint32_t entry = *reg(E1000E_IVAR) >> IVAR_SHIFT(n) & 0xf;
		uint32_t vector = entry & ~IVAR_VALID;

		if (!(causes & ICR_QUEUE(n)) || !(entry & IVAR_VALID))
			continue;
		if (!fake.running[vector]) {
			fake.running[vector] = fake.throttles_at_0 || *reg(E1000E_EITR(vector));
			send(vector);
		}
		if (!fake.keeps_cause)
			*reg(NIC_ICR) &= ~(*reg(E1000E_EIAC) & ICR_QUEUE(n));
	}
}

/* After a change of ICR or IMS; `before` is what was raised. */
static void raise(uint32_t before)
{
	uint32_t causes = raised() & ~before;

	if (causes && nic.msix)
		raise_vectors(causes);
	else if (causes && nic.msi && !fake.itr_running) {
		fake.itr_running = fake.throttles_at_0 || *reg(E1000E_ITR);
		fake_nic_send_msi();
	}
}

static void unmask_causes(uint32_t causes)
{
	uint32_t ctrl_ext = *reg(E1000E_CTRL_EXT), before = raised();

	for (unsigned int n = 0; n < E1000E_SLOTS_MAX; n++)
		if (fake.clears_pba && ctrl_ext & CTRL_EXT_PBA_SUPPORT && causes & ICR_QUEUE(n))
			nic.pending[n] = false;
	if (ctrl_ext & CTRL_EXT_INT_TIMERS_CLEAR_ENA && (causes & IMS_ALL) == IMS_ALL)
		end_intervals();
	*reg(NIC_IMS) |= causes;
	raise(before);
}

static void access_one(void)
{
	if (fake.ends_before && ++fake.accesses == fake.ends_before)
		end_intervals();
}

/* What a QEMU was built on: an interval of MSI-X must not outlive it. */
static void none_runs(void)
{
	for (unsigned int n = 0; n < E1000E_VECTORS_MAX; n++)
		assert_false(fake.running[n]);
}

static unsigned int offset_of(const volatile void *address, unsigned int size)
{
	unsigned int offset = (unsigned int)((uintptr_t)address - (uintptr_t)fake.registers);

	assert_int_equal(size, 4);
	assert_true(offset < E1000E_REGISTERS_SIZE && offset % 4 == 0);
	if (!nic.vectors) /* these are of a chip with MSI-X */
		assert_false(offset == E1000E_EIAC ||
		             (offset >= E1000E_IVAR && offset < E1000E_EITR(E1000E_VECTORS_MAX)));
	return offset;
}

uint64_t fake_mmio_read(const volatile void *address, unsigned int size)
{
	unsigned int offset = offset_of(address, size);
	uint32_t value;

	access_one();
	if (offset == NIC_ICS)
		return *reg(NIC_ICR);
	value = *reg(offset);
	if (offset == NIC_ICR && raised() && !nic.msix)
		*reg(NIC_ICR) = 0;
	return value;
}

void fake_mmio_write(volatile void *address, unsigned int size, uint64_t wide)
{
	unsigned int offset = offset_of(address, size);
	uint32_t value = (uint32_t)wide, before = raised();

	access_one();
	switch (offset) {
	case NIC_ICR:
		*reg(NIC_ICR) &= ~value;
		break;
	case NIC_ICS:
		*reg(NIC_ICR) |= value;
		raise(before);
		break;
	case NIC_IMS:
		unmask_causes(value);
		break;
	case NIC_IMC:
		*reg(NIC_IMS) &= ~value;
		break;
	default:
		*reg(offset) = value;
	}
}

struct e1000e *fake_e1000e(unsigned int vectors)
{
	static struct e1000e e1000e;

	fake_nic_reset();
	memset(&e1000e, 0, sizeof(e1000e));
	memset(&fake, 0, sizeof(fake));
	nic.vectors = vectors;
	nic.registers = fake.registers;
	nic.registers_size = sizeof(fake.registers);
	nic.on_access = access_one;
	nic.on_msix_off = none_runs;
	e1000e.function = &nic.function;
	e1000e.registers = (volatile uint8_t *)fake.registers;
	e1000e.vectors = vectors;
	*reg(E1000E_ITR) = 0x1234; /* what firmware has left */
	for (unsigned int n = 0; n < vectors; n++)
		*reg(E1000E_EITR(n)) = 0x1234;
	return &e1000e;
}
