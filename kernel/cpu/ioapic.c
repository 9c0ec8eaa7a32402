// SPDX-License-Identifier: MIT
#include "kernel/cpu/ioapic.h"
#include "kernel/bits.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"

#define IOREGSEL      0x00
#define IOWIN         0x10
#define IOAPIC_SIZE   0x20
#define IOAPICVER     0x01
#define VER_MAX_ENTRY GENMASK_ULL(23, 16)
#define IOREDTBL(pin) (0x10 + 2 * (pin)) /* low half */
#define RTE_MASKED    BIT_ULL(16)

static uint32_t ioapic_read(volatile uint8_t *registers, uint32_t index)
{
	mmio_write32(registers + IOREGSEL, index);
	return mmio_read32(registers + IOWIN);
}

static void ioapic_write(volatile uint8_t *registers, uint32_t index, uint32_t value)
{
	mmio_write32(registers + IOREGSEL, index);
	mmio_write32(registers + IOWIN, value);
}

void ioapic_init(const struct madt *madt, uint32_t verbose)
{
	for (uint32_t i = 0; i < madt->io_apic_count; i++) {
		const struct madt_io_apic *io_apic = &madt->io_apics[i];
		volatile uint8_t *registers = memory_map_device(io_apic->address, IOAPIC_SIZE);
		uint32_t pins;

		if (!registers) {
			print("# ioapic: id %u at 0x%x cannot be mapped, left alone\n", io_apic->id,
			      io_apic->address);
			continue;
		}
		pins = (uint32_t)field_get(VER_MAX_ENTRY, ioapic_read(registers, IOAPICVER)) + 1;
		for (uint32_t pin = 0; pin < pins; pin++)
			ioapic_write(registers, IOREDTBL(pin), RTE_MASKED);
		if (verbose)
			print("# ioapic: id %u at 0x%x, GSI %u to %u, all masked\n", io_apic->id,
			      io_apic->address, io_apic->gsi_base, io_apic->gsi_base + pins - 1);
	}
}
