// SPDX-License-Identifier: MIT
#include "tests/host/fake_ioapic.h"

#include <string.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/ioapic.h"
#include "kernel/irq/message.h"
#include "kernel/mmio.h"
#include "kernel/registers.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/unit.h"

#define IOAPICS 2
#define ADDRESS 0xfec00000U
#define STRIDE  0x1000U

#define REDTBL     0x10
#define MASKED     (1ULL << 16)
#define LEVEL      (1ULL << 15)
#define REMOTE_IRR (1ULL << 14)
#define READ_ONLY  (1ULL << 14 | 1ULL << 12)

static struct fake_ioapic {
	uint8_t registers[0x44]; /* only its address means something */
	uint32_t index;
	uint8_t version;
	uint64_t entries[FAKE_IOAPIC_PINS];
	bool lines[FAKE_IOAPIC_PINS];
} ioapics[IOAPICS];

static struct madt madt;
static bool in_use;
static unsigned int writes, edges;
static void (*after_write)(void);

static void send(uint64_t entry)
{
	const struct message message = {
	        .address_lo = 0xfee00000U | (uint32_t)(entry >> 48) << 4 |
	                      (uint32_t)(entry >> 11 & 1) << 2,
	        .data = (uint32_t)entry & 0x7ff,
	};

	if (message_is_remappable(&message))
		fake_remapping_interrupt(message_index(&message));
	else
		fake_machine_interrupt(message_destination(&message), message_vector(&message));
}

static void look_at_level(struct fake_ioapic *ioapic, unsigned int pin)
{
	uint64_t *entry = &ioapic->entries[pin];

	if (!(*entry & LEVEL) || *entry & (MASKED | REMOTE_IRR) || !ioapic->lines[pin])
		return;
	*entry |= REMOTE_IRR;
	send(*entry);
}

static void end_of_interrupt(struct fake_ioapic *ioapic, uint8_t vector)
{
	for (unsigned int pin = 0; pin < FAKE_IOAPIC_PINS; pin++) {
		uint64_t *entry = &ioapic->entries[pin];

		if (!(*entry & LEVEL) || (uint8_t)*entry != vector)
			continue;
		*entry &= ~REMOTE_IRR;
		look_at_level(ioapic, pin);
	}
}

static void hear_eoi(uint8_t vector)
{
	for (unsigned int i = 0; i < IOAPICS; i++)
		end_of_interrupt(&ioapics[i], vector);
}

void fake_ioapic_init(void)
{
	in_use = false;
	ioapic_init(&madt, 1);
	in_use = true;
	writes = edges = 0;
}

struct madt *fake_ioapic_start(uint8_t version)
{
	memset(ioapics, 0, sizeof(ioapics));
	memset(&madt, 0, sizeof(madt));
	after_write = NULL;
	madt.io_apic_count = IOAPICS;
	for (unsigned int i = 0; i < IOAPICS; i++) {
		ioapics[i].version = version;
		madt.io_apics[i] = (struct madt_io_apic){.address = ADDRESS + i * STRIDE,
		                                         .gsi_base = i * FAKE_IOAPIC_PINS,
		                                         .id = (uint8_t)(FAKE_IOAPIC_ID + i)};
	}
	fake_machine_hear_eoi(hear_eoi);
	fake_ioapic_init();
	return &madt;
}

void fake_ioapic_line(uint32_t gsi, bool asserted)
{
	struct fake_ioapic *ioapic = &ioapics[gsi / FAKE_IOAPIC_PINS];
	unsigned int pin = gsi % FAKE_IOAPIC_PINS;
	bool rises = asserted && !ioapic->lines[pin];

	ioapic->lines[pin] = asserted;
	if (ioapic->entries[pin] & LEVEL) {
		look_at_level(ioapic, pin);
	} else if (rises && !(ioapic->entries[pin] & MASKED)) {
		edges++;
		send(ioapic->entries[pin]);
	}
}

unsigned int fake_ioapic_edges(void)
{
	return edges;
}

uint64_t fake_ioapic_entry(uint32_t gsi)
{
	return ioapics[gsi / FAKE_IOAPIC_PINS].entries[gsi % FAKE_IOAPIC_PINS];
}

unsigned int fake_ioapic_writes(void)
{
	return writes;
}

void fake_ioapic_after_write(void (*function)(void))
{
	after_write = function;
}

volatile void *registers_claim(const char *owner, uint64_t physical, uint64_t length,
                               const char **why)
{
	uint64_t i = (physical - ADDRESS) / STRIDE;

	assert_int_equal(strncmp(owner, "IO-APIC ", 8), 0);
	assert_true(length <= sizeof(ioapics[0].registers));
	*why = "memory is there";
	return i < IOAPICS && physical % STRIDE == 0 ? ioapics[i].registers : NULL;
}

void registers_give_up(const volatile void *registers)
{
	(void)registers;
}

static struct fake_ioapic *ioapic_at(const volatile void *address, unsigned int size,
                                     size_t *offset)
{
	assert_int_equal(size, 4);
	for (unsigned int i = 0; i < IOAPICS; i++) {
		*offset = (size_t)((uintptr_t)address - (uintptr_t)ioapics[i].registers);
		if (*offset < sizeof(ioapics[i].registers))
			return &ioapics[i];
	}
	fail_msg("an access to no device");
	return NULL;
}

static unsigned int selected_pin(const struct fake_ioapic *ioapic)
{
	assert_true(ioapic->index >= REDTBL && ioapic->index < REDTBL + 2 * FAKE_IOAPIC_PINS);
	return (ioapic->index - REDTBL) / 2;
}

static void write_entry(struct fake_ioapic *ioapic, uint32_t value)
{
	unsigned int pin = selected_pin(ioapic);
	uint64_t *entry = &ioapic->entries[pin];

	if (ioapic->index & 1)
		*entry = (uint32_t)*entry | (uint64_t)value << 32;
	else
		*entry = (*entry >> 32 << 32) | (value & ~READ_ONLY) | (*entry & READ_ONLY);
	if (!(*entry & LEVEL))
		*entry &= ~REMOTE_IRR;
	look_at_level(ioapic, pin);
}

/* Between the index and the window nobody may come: not this CPU's handlers, either. */
static void assert_alone(void)
{
	assert_true(!in_use || fake_machine_holds(this_cpu()->index));
}

uint64_t fake_mmio_read(const volatile void *address, unsigned int size)
{
	size_t offset;
	const struct fake_ioapic *ioapic = ioapic_at(address, size, &offset);

	assert_int_equal(offset, 0x10);
	if (ioapic->index == 1)
		return (FAKE_IOAPIC_PINS - 1) << 16 | ioapic->version;
	assert_alone();
	return (uint32_t)(ioapic->entries[selected_pin(ioapic)] >> (ioapic->index & 1 ? 32 : 0));
}

void fake_mmio_write(volatile void *address, unsigned int size, uint64_t value)
{
	size_t offset;
	struct fake_ioapic *ioapic = ioapic_at(address, size, &offset);

	switch (offset) {
	case 0x00:
		ioapic->index = (uint8_t)value;
		return;
	case 0x10:
		assert_alone();
		write_entry(ioapic, (uint32_t)value);
		break;
	case 0x40:
		assert_true(ioapic->version >= 0x20);
		end_of_interrupt(ioapic, (uint8_t)value);
		break;
	default:
		fail_msg("a write to no register: %zx", offset);
	}
	writes++;
	if (after_write)
		after_write();
}
