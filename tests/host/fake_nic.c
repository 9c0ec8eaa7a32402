// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "drivers/pci/stores.h"
#include "kernel/memory.h"
#include "kernel/time.h"
#include "tests/host/fake_nic.h"
#include "tests/host/unit.h"

struct fake_nic nic;

#define MEMORY_PHYSICAL 0x5000
static _Alignas(64) uint8_t memory[65536];
static size_t memory_taken; /* for good: a driver may keep what it has */

/* The leaves of kernel/irq/leaf.c, of which a source has the address. */
const struct irq_leaf irq_leaf_msi, irq_leaf_msix;

void fake_nic_reset(void)
{
	memset(&nic, 0, sizeof(nic));
}

static void deliver(uint32_t address, uint32_t data, unsigned int *sent)
{
	uint32_t offset = address - MEMORY_PHYSICAL;

	assert_true(nic.command);
	if (nic.mute)
		return;
	if (offset < sizeof(memory)) {
		memcpy(memory + offset, &data, sizeof(data));
		return;
	}
	assert_int_equal(address, LOCAL_APIC);
	(*sent)++;
}

static bool held(unsigned int vector)
{
	return nic.function_masked || nic.masked[vector];
}

void fake_nic_send_msix(unsigned int vector, bool kept)
{
	assert_true(nic.msix && vector < nic.vectors);
	if (held(vector))
		nic.pending[vector] |= kept;
	else
		deliver(nic.address[vector], nic.data[vector], &nic.sent[vector]);
}

void fake_nic_send_msi(void)
{
	assert_true(nic.msi);
	if (nic.msi_masked)
		nic.msi_pending = true;
	else
		deliver(nic.msi_address, nic.msi_data, &nic.msi_sent);
}

static void send_pending(unsigned int vector)
{
	if (held(vector) || !nic.pending[vector])
		return;
	nic.pending[vector] = false;
	fake_nic_send_msix(vector, true);
}

static void on_access(void)
{
	if (nic.on_access)
		nic.on_access();
}

static unsigned int entry_of(struct message_store *store)
{
	return ((struct msix_store *)store)->pending_bit;
}

static void write_word(uint32_t *address, uint32_t *data, enum message_word word, uint32_t value)
{
	if (word == MESSAGE_ADDRESS_LO)
		*address = value;
	else if (word == MESSAGE_DATA)
		*data = value;
	else
		assert_int_equal(value, 0);
}

static void msix_write(struct message_store *store, enum message_word word, uint32_t value)
{
	write_word(&nic.address[entry_of(store)], &nic.data[entry_of(store)], word, value);
}

static void msi_write(struct message_store *store, enum message_word word, uint32_t value)
{
	(void)store;
	write_word(&nic.msi_address, &nic.msi_data, word, value);
}

static void flush(struct message_store *store)
{
	(void)store;
}

static void msix_mask(struct message_store *store)
{
	on_access();
	nic.masked[entry_of(store)] = true;
}

static void msix_unmask(struct message_store *store)
{
	on_access();
	nic.masked[entry_of(store)] = false;
	send_pending(entry_of(store));
}

static bool msix_pending(struct message_store *store)
{
	return nic.pending[entry_of(store)];
}

static void msi_mask(struct message_store *store)
{
	(void)store;
	nic.msi_masked = true;
}

static void msi_unmask(struct message_store *store)
{
	bool was_pending = nic.msi_pending;

	(void)store;
	nic.msi_masked = nic.msi_pending = false;
	if (was_pending)
		fake_nic_send_msi();
}

static bool msi_pending(struct message_store *store)
{
	(void)store;
	return nic.msi_pending;
}

static const struct message_store_ops msix_ops = {
        .write = msix_write,
        .flush = flush,
        .mask = msix_mask,
        .unmask = msix_unmask,
        .pending = msix_pending,
};

static const struct message_store_ops msi_ops = {.write = msi_write, .flush = flush};

static const struct message_store_ops maskable_msi_ops = {
        .write = msi_write,
        .flush = flush,
        .mask = msi_mask,
        .unmask = msi_unmask,
        .pending = msi_pending,
};

int msix_size(const struct pci_function *f)
{
	(void)f;
	return nic.vectors ? (int)nic.vectors : -ENODEV;
}

int msix_stores_init(struct msix_store *stores, unsigned int count, const struct pci_function *f)
{
	(void)f;
	assert_true(count <= nic.vectors);
	for (unsigned int n = 0; n < count; n++)
		stores[n] = (struct msix_store){.store.ops = &msix_ops, .pending_bit = (uint8_t)n};
	memset(nic.masked, true, sizeof(nic.masked));
	return 0;
}

int msi_store_init(struct msi_store *store, const struct pci_function *f)
{
	(void)f;
	*store = (struct msi_store){.store.ops = nic.msi_maskable ? &maskable_msi_ops : &msi_ops};
	nic.msi_masked = nic.msi_maskable;
	return 0;
}

void msix_enable(const struct pci_function *f)
{
	msi_disable(f);
	nic.msix = true;
	nic.function_masked = false;
}

void msix_disable(const struct pci_function *f)
{
	(void)f;
	if (nic.msix && nic.on_msix_off)
		nic.on_msix_off();
	nic.msix = false;
	memset(nic.pending, 0, sizeof(nic.pending));
}

void msix_mask_function(const struct pci_function *f, bool masked)
{
	(void)f;
	assert_true(nic.msix);
	on_access();
	nic.function_masked = masked;
	for (unsigned int n = 0; n < nic.vectors; n++)
		send_pending(n);
}

void msi_enable(const struct pci_function *f)
{
	msix_disable(f);
	nic.msi = true;
}

void msi_disable(const struct pci_function *f)
{
	(void)f;
	nic.msi = false;
}

uint8_t pci_capability(const struct pci_function *f, uint8_t id)
{
	(void)f;
	return id == PCI_CAP_ID_MSI && !nic.without_msi ? 0xd0 : 0;
}

uint16_t pci_enable(const struct pci_function *f)
{
	(void)f;
	nic.command = true;
	return 0;
}

void pci_restore(const struct pci_function *f, uint16_t command)
{
	(void)f;
	nic.command = command;
}

volatile void *pci_map_bar(const struct pci_function *f, unsigned int bar, uint64_t *size)
{
	(void)f;
	assert_int_equal(bar, 0);
	*size = nic.registers_size;
	return nic.registers;
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
	assert_true(nic.source_count < sizeof(nic.sources) / sizeof(nic.sources[0]));
	nic.sources[nic.source_count++] = source;
	return 0;
}

int source_drop(struct source *source, int error, const char *what, const char *asked, uint64_t us)
{
	(void)asked, (void)us;
	source->dropped = what;
	return error;
}

void *memory_alloc(size_t size, size_t align)
{
	size_t start = (memory_taken + align - 1) & ~(align - 1);

	assert_true(start + size <= sizeof(memory));
	memory_taken = start + size;
	return memory + start;
}

uint64_t memory_physical(const void *pointer)
{
	return MEMORY_PHYSICAL + (uintptr_t)pointer - (uintptr_t)memory;
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
