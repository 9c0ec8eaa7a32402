// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/time.h"
#include "tests/host/fake_e1000e.h"
#include "tests/host/unit.h"

struct fake_e1000e fake;

static uint32_t landing; /* the one word of memory that a message may go to */
#define LANDING 0x5000
static struct pci_function function;

static uint32_t *reg(unsigned int offset)
{
	return &fake.registers[offset / 4];
}

static void deliver(uint32_t address, uint32_t data, unsigned int *sent)
{
	assert_true(fake.command);
	if (fake.mute)
		return;
	if (address == LANDING)
		landing = data;
	else
		(*sent)++;
}

static void send(unsigned int vector)
{
	bool kept = !fake.needs_pba_support || *reg(E1000E_CTRL_EXT) & CTRL_EXT_PBA_SUPPORT;

	if (fake.function_masked || fake.masked[vector])
		fake.pending[vector] |= kept;
	else
		deliver(fake.address[vector], fake.data[vector], &fake.sent[vector]);
}

static void unmasked(unsigned int vector)
{
	if (fake.function_masked || fake.masked[vector] || !fake.pending[vector])
		return;
	fake.pending[vector] = false;
	send(vector);
}

static void end_intervals(void)
{
	for (unsigned int n = 0; n < E1000E_VECTORS_MAX; n++) {
		if (fake.running[n] && fake.repeats && fake.msix)
			send(n);
		fake.running[n] = false;
	}
	if (fake.itr_running && fake.repeats && fake.msi && *reg(NIC_ICR) & *reg(NIC_IMS))
		deliver(fake.msi_address, fake.msi_data, &fake.msi_sent);
	fake.itr_running = false;
}

static void raise_vectors(uint32_t causes)
{
	for (unsigned int n = 0; n < E1000E_SLOTS_MAX; n++) {
		uint32_t entry = *reg(E1000E_IVAR) >> IVAR_SHIFT(n) & 0xf;

		if (!(causes & ICR_QUEUE(n)) || !(entry & IVAR_VALID))
			continue;
		if (!fake.running[entry & 7]) {
			fake.running[entry & 7] = fake.throttles_at_0 || *reg(E1000E_EITR(n));
			send(entry & 7);
		}
		if (!fake.keeps_cause)
			*reg(NIC_ICR) &= ~(*reg(E1000E_EIAC) & ICR_QUEUE(n));
	}
}

/* After a change of ICR or IMS; `before` is what was raised. */
static void raise(uint32_t before)
{
	uint32_t causes = *reg(NIC_ICR) & *reg(NIC_IMS) & ~before;

	if (causes && fake.msix)
		raise_vectors(causes);
	else if (causes && fake.msi && !fake.itr_running) {
		fake.itr_running = fake.throttles_at_0 || *reg(E1000E_ITR);
		deliver(fake.msi_address, fake.msi_data, &fake.msi_sent);
	}
}

static void unmask_causes(uint32_t causes)
{
	uint32_t ctrl_ext = *reg(E1000E_CTRL_EXT), before = *reg(NIC_ICR) & *reg(NIC_IMS);

	for (unsigned int n = 0; n < E1000E_SLOTS_MAX; n++)
		if (fake.clears_pba && ctrl_ext & CTRL_EXT_PBA_SUPPORT && causes & ICR_QUEUE(n))
			fake.pending[n] = false;
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

uint64_t fake_mmio_read(const volatile void *address, unsigned int size)
{
	unsigned int offset = (unsigned int)((uintptr_t)address - (uintptr_t)fake.registers);
	uint32_t value;

	assert_int_equal(size, 4);
	assert_true(offset < E1000E_REGISTERS_SIZE);
	access_one();
	if (offset == NIC_ICS)
		return *reg(NIC_ICR);
	value = *reg(offset);
	if (offset == NIC_ICR && value & *reg(NIC_IMS) && !fake.msix)
		*reg(NIC_ICR) = 0;
	return value;
}

void fake_mmio_write(volatile void *address, unsigned int size, uint64_t value)
{
	unsigned int offset = (unsigned int)((uintptr_t)address - (uintptr_t)fake.registers);
	uint32_t before = *reg(NIC_ICR) & *reg(NIC_IMS);

	assert_int_equal(size, 4);
	assert_true(offset < E1000E_REGISTERS_SIZE);
	access_one();
	fake.touched[offset / 4] = true;
	switch (offset) {
	case NIC_ICR:
		*reg(NIC_ICR) &= ~(uint32_t)value;
		break;
	case NIC_ICS:
		*reg(NIC_ICR) |= (uint32_t)value;
		raise(before);
		break;
	case NIC_IMS:
		unmask_causes((uint32_t)value);
		break;
	case NIC_IMC:
		*reg(NIC_IMS) &= ~(uint32_t)value;
		break;
	default:
		*reg(offset) = (uint32_t)value;
	}
}

/* Message stores, an entry each; the MSI of these chips has no mask bit. */

static unsigned int entry_of(struct message_store *store)
{
	return ((struct msix_store *)store)->pending_bit;
}

static void msix_write(struct message_store *store, enum message_word word, uint32_t value)
{
	if (word == MESSAGE_ADDRESS_LO)
		fake.address[entry_of(store)] = value;
	else if (word == MESSAGE_DATA)
		fake.data[entry_of(store)] = value;
}

static void msi_write(struct message_store *store, enum message_word word, uint32_t value)
{
	(void)store;
	if (word == MESSAGE_ADDRESS_LO)
		fake.msi_address = value;
	else if (word == MESSAGE_DATA)
		fake.msi_data = value;
}

static void flush(struct message_store *store)
{
	(void)store;
}

static void mask(struct message_store *store)
{
	fake.masked[entry_of(store)] = true;
}

static void unmask(struct message_store *store)
{
	access_one();
	fake.masked[entry_of(store)] = false;
	unmasked(entry_of(store));
}

static bool pending(struct message_store *store)
{
	return fake.pending[entry_of(store)];
}

static const struct message_store_ops msix_ops = {
        .write = msix_write,
        .flush = flush,
        .mask = mask,
        .unmask = unmask,
        .pending = pending,
};

static const struct message_store_ops msi_ops = {.write = msi_write, .flush = flush};

int msix_stores_init(struct msix_store *stores, unsigned int count, const struct pci_function *f)
{
	(void)f;
	for (unsigned int n = 0; n < count; n++) {
		stores[n] = (struct msix_store){.store.ops = &msix_ops, .pending_bit = (uint8_t)n};
		fake.masked[n] = true;
	}
	return 0;
}

int msi_store_init(struct msi_store *store, const struct pci_function *f)
{
	(void)f;
	*store = (struct msi_store){.store.ops = &msi_ops};
	return 0;
}

void msix_enable(const struct pci_function *f)
{
	msi_disable(f);
	fake.msix = true;
	fake.function_masked = false;
}

/* What QEMU 7.2 was built on: a throttle of MSI-X must not outlive it. */
void msix_disable(const struct pci_function *f)
{
	(void)f;
	for (unsigned int n = 0; n < E1000E_VECTORS_MAX; n++)
		assert_false(fake.msix && fake.running[n]);
	fake.msix = false;
	memset(fake.pending, 0, sizeof(fake.pending));
}

void msix_mask_function(const struct pci_function *f, bool masked)
{
	(void)f;
	assert_true(fake.msix);
	access_one();
	fake.function_masked = masked;
	for (unsigned int n = 0; n < E1000E_VECTORS_MAX; n++)
		unmasked(n);
}

void msi_enable(const struct pci_function *f)
{
	msix_disable(f);
	fake.msi = true;
}

void msi_disable(const struct pci_function *f)
{
	(void)f;
	fake.msi = false;
}

uint16_t pci_enable(const struct pci_function *f)
{
	(void)f;
	fake.command = true;
	return 0;
}

void pci_restore(const struct pci_function *f, uint16_t command)
{
	(void)f;
	fake.command = command;
}

volatile void *pci_map_bar(const struct pci_function *f, unsigned int bar, uint64_t *size)
{
	(void)f;
	assert_int_equal(bar, 0);
	*size = sizeof(fake.registers);
	return fake.registers;
}

struct requester pci_requester(const struct pci_function *f)
{
	(void)f;
	return (struct requester){0};
}

void pci_location(const struct pci_function *f, char *buffer)
{
	(void)f;
	strcpy(buffer, "0000:00:01.0");
}

int source_register(struct source *source)
{
	(void)source;
	return 0;
}

int source_drop(struct source *source, int error, const char *what, const char *asked, uint64_t us)
{
	(void)source, (void)what, (void)asked, (void)us;
	return error;
}

void *memory_alloc(size_t size, size_t align)
{
	(void)align;
	assert_int_equal(size, sizeof(landing));
	return &landing;
}

uint64_t memory_physical(const void *pointer)
{
	assert_ptr_equal(pointer, &landing);
	return LANDING;
}

struct deadline deadline_in_us(uint64_t us)
{
	(void)us;
	return (struct deadline){0};
}

bool deadline_passed(struct deadline *deadline)
{
	bool was_up = deadline->up;

	deadline->up = true;
	return was_up;
}

struct e1000e *fake_e1000e(unsigned int vectors)
{
	static struct e1000e e1000e;

	memset(&e1000e, 0, sizeof(e1000e));
	memset(&fake, 0, sizeof(fake));
	e1000e.function = &function;
	e1000e.registers = (volatile uint8_t *)fake.registers;
	e1000e.vectors = vectors;
	return &e1000e;
}
