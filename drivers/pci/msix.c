// SPDX-License-Identifier: MIT
/*
 * MSI-X table entries as message stores: four words in a BAR, each written by a store of its own.
 * An entry that is changed while it is unmasked is undefined on silicon (PCI 3.0, 6.8.2.9 "Message
 * Address for MSI-X Table Entries"); in QEMU every store takes effect at once.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/stores.h"
#include "kernel/mmio.h"

#define BITS_PER_QWORD 64

_Static_assert(offsetof(struct msix_store, store) == 0, "the two pointers below are one");

static struct msix_store *msix_of(struct message_store *store)
{
	return (struct msix_store *)store;
}

static void msix_read(struct message_store *store, struct message *message)
{
	const volatile uint8_t *entry = msix_of(store)->entry;

	message->address_lo = mmio_read32(entry + PCI_MSIX_ENTRY_LOWER_ADDR);
	message->address_hi = mmio_read32(entry + PCI_MSIX_ENTRY_UPPER_ADDR);
	message->data = mmio_read32(entry + PCI_MSIX_ENTRY_DATA);
}

static void msix_write(struct message_store *store, enum message_word word, uint32_t value)
{
	static const uint8_t offsets[] = {
	        [MESSAGE_ADDRESS_LO] = PCI_MSIX_ENTRY_LOWER_ADDR,
	        [MESSAGE_ADDRESS_HI] = PCI_MSIX_ENTRY_UPPER_ADDR,
	        [MESSAGE_DATA] = PCI_MSIX_ENTRY_DATA,
	};

	mmio_write32(msix_of(store)->entry + offsets[word], value);
}

/*
 * Stores to the table are posted and a read of it cannot overtake them; its completion cannot
 * overtake the messages the device sent before, which are posted too (PCIe 6.0, 2.4.1 "Transaction
 * Ordering Rules").
 */
static void msix_flush(struct message_store *store)
{
	mmio_read32(msix_of(store)->entry + PCI_MSIX_ENTRY_VECTOR_CTRL);
}

/* Ends with a flush: who masks wants silence from then on, not soon. */
static void msix_mask(struct message_store *store)
{
	volatile uint8_t *control = msix_of(store)->entry + PCI_MSIX_ENTRY_VECTOR_CTRL;

	mmio_write32(control, mmio_read32(control) | PCI_MSIX_ENTRY_CTRL_MASKBIT);
	msix_flush(store);
}

static void msix_unmask(struct message_store *store)
{
	volatile uint8_t *control = msix_of(store)->entry + PCI_MSIX_ENTRY_VECTOR_CTRL;

	mmio_write32(control, mmio_read32(control) & ~PCI_MSIX_ENTRY_CTRL_MASKBIT);
}

static bool msix_pending(struct message_store *store)
{
	const struct msix_store *msix = msix_of(store);

	return mmio_read64(msix->pending_qword) >> msix->pending_bit & 1;
}

static const struct message_store_ops msix_ops = {
        .read = msix_read,
        .write = msix_write,
        .flush = msix_flush,
        .mask = msix_mask,
        .unmask = msix_unmask,
        .pending = msix_pending,
};

int msix_size(const struct pci_function *function)
{
	uint8_t capability = pci_capability(function, PCI_CAP_ID_MSIX);

	if (!capability)
		return -ENODEV;
	return (pci_read16(function, capability + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_QSIZE) + 1;
}

/* The `length` bytes that the capability's dword at `offset` names; NULL when no BAR holds them. */
static volatile uint8_t *map_structure(const struct pci_function *function, uint16_t offset,
                                       uint64_t length)
{
	uint32_t where = pci_read32(function, offset);
	uint32_t start = where & PCI_MSIX_TABLE_OFFSET;
	uint64_t size;
	volatile uint8_t *bar = pci_map_bar(function, where & PCI_MSIX_TABLE_BIR, &size);

	return bar && start + length <= size ? bar + start : NULL;
}

int msix_stores_init(struct msix_store *stores, unsigned int count,
                     const struct pci_function *function)
{
	uint8_t capability = pci_capability(function, PCI_CAP_ID_MSIX);
	volatile uint8_t *table, *pending;
	unsigned int size;

	if (!capability)
		return -ENODEV;
	size = (unsigned int)msix_size(function);
	table = map_structure(function, capability + PCI_MSIX_TABLE, size * PCI_MSIX_ENTRY_SIZE);
	pending = map_structure(function, capability + PCI_MSIX_PBA,
	                        (size + BITS_PER_QWORD - 1) / BITS_PER_QWORD * sizeof(uint64_t));
	if (!table || !pending || count > size)
		return -EINVAL;

	for (unsigned int n = 0; n < count; n++)
		stores[n] = (struct msix_store){
		        .store.ops = &msix_ops,
		        .entry = table + n * PCI_MSIX_ENTRY_SIZE,
		        .pending_qword = pending + n / BITS_PER_QWORD * sizeof(uint64_t),
		        .pending_bit = n % BITS_PER_QWORD,
		};
	/* All of them: what firmware left unmasked beyond `count` must stay silent as well. */
	for (unsigned int n = 0; n < size; n++)
		mmio_write32(table + n * PCI_MSIX_ENTRY_SIZE + PCI_MSIX_ENTRY_VECTOR_CTRL,
		             PCI_MSIX_ENTRY_CTRL_MASKBIT);
	return 0;
}

void msix_enable(const struct pci_function *function)
{
	uint8_t capability = pci_capability(function, PCI_CAP_ID_MSIX);
	uint16_t flags = pci_read16(function, capability + PCI_MSIX_FLAGS);

	pci_write16(function, PCI_COMMAND,
	            pci_read16(function, PCI_COMMAND) | PCI_COMMAND_INTX_DISABLE);
	msi_disable(function);
	flags = (flags | PCI_MSIX_FLAGS_ENABLE) & ~PCI_MSIX_FLAGS_MASKALL;
	pci_write16(function, capability + PCI_MSIX_FLAGS, flags);
}

void msix_disable(const struct pci_function *function)
{
	uint8_t capability = pci_capability(function, PCI_CAP_ID_MSIX);

	if (capability)
		pci_write16(function, capability + PCI_MSIX_FLAGS,
		            pci_read16(function, capability + PCI_MSIX_FLAGS) &
		                    ~PCI_MSIX_FLAGS_ENABLE);
}

void msix_mask_function(const struct pci_function *function, bool masked)
{
	uint8_t capability = pci_capability(function, PCI_CAP_ID_MSIX);
	uint16_t flags = pci_read16(function, capability + PCI_MSIX_FLAGS);

	flags &= ~PCI_MSIX_FLAGS_MASKALL;
	if (masked)
		flags |= PCI_MSIX_FLAGS_MASKALL;
	pci_write16(function, capability + PCI_MSIX_FLAGS, flags);
}
