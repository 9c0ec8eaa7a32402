// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <stddef.h>

#include "drivers/pci/sources/intel_nic.h"
#include "kernel/mmio.h"
#include "kernel/time.h"

const struct nic_chip *nic_chip(const struct nic_chip *chips, const struct pci_function *function)
{
	for (const struct nic_chip *chip = chips; chip->name; chip++)
		if (chip->device == function->device)
			return chip;
	return NULL;
}

/* In a state without power registers read as ones. */
volatile uint8_t *nic_map(const struct pci_function *function, uint64_t size)
{
	uint64_t mapped;
	volatile uint8_t *registers = pci_map_bar(function, 0, &mapped);
	uint16_t command;
	uint32_t status;

	if (!registers || mapped < size)
		return NULL;
	command = pci_enable(function);
	status = mmio_read32(registers + NIC_STATUS);
	pci_restore(function, command);
	return status == ~0U ? NULL : registers;
}

int nic_wait_for_zero(volatile uint8_t *reg, uint32_t mask)
{
	struct deadline deadline = deadline_in_us(NIC_TIMEOUT_US);

	while (mmio_read32(reg) & mask)
		if (deadline_passed(&deadline))
			return -ETIMEDOUT;
	return 0;
}

void nic_save(volatile uint8_t *registers, const uint16_t *offsets, uint32_t *found,
              unsigned int count)
{
	for (unsigned int n = 0; n < count; n++)
		found[n] = mmio_read32(registers + offsets[n]);
}

void nic_restore(volatile uint8_t *registers, const uint16_t *offsets, const uint32_t *found,
                 unsigned int count)
{
	for (unsigned int n = count; n-- > 0;)
		if (mmio_read32(registers + offsets[n]) != found[n])
			mmio_write32(registers + offsets[n], found[n]);
}

static void clear_bits(volatile uint8_t *reg, uint32_t bits)
{
	uint32_t value = mmio_read32(reg);

	if (value & bits)
		mmio_write32(reg, value & ~bits);
}

void nic_quiet(volatile uint8_t *registers)
{
	clear_bits(registers + NIC_RCTL, RCTL_EN);
	clear_bits(registers + NIC_TCTL, TCTL_EN);
	mmio_write32(registers + NIC_IMC, ~0U);
	mmio_write32(registers + NIC_ICR, ~0U);
}

int nic_drop(struct source *source, volatile uint8_t *registers)
{
	bool gone = mmio_read32(registers + NIC_STATUS) == UINT32_MAX;

	return source_drop(source, -ETIMEDOUT,
	                   gone ? "its registers read as all ones" : "it did not answer",
	                   "to send a message", gone ? 0 : NIC_TIMEOUT_US);
}

void nic_drop_if_reset(struct source *source, volatile uint8_t *let_through, uint32_t cause)
{
	if (!source->dropped && !(mmio_read32(let_through) & cause))
		source_drop(source, -EIO, "somebody has reset it", "to send a message", 0);
}

int nic_register(struct source *source, const struct source *as, const struct nic_chip *chip,
                 const struct pci_function *function)
{
	*source = *as;
	source->chip = chip->name;
	source->requester = pci_requester(function);
	pci_location(function, source->location);
	return source_register(source);
}
