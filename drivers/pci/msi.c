// SPDX-License-Identifier: MIT
/*
 * The MSI capability as message stores: two or three words in configuration space, each written by
 * a transaction of its own, and no way to write address and data together. Where it has several
 * messages, those share the words.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/stores.h"
#include "kernel/bits.h"
#include "kernel/lock.h"

/*
 * PCIe 6.0, 7.7.1.2 "Message Control Register for MSI". Multiple Message Capable and Multiple
 * Message Enable hold the binary logarithm of a number of messages.
 */
#define EXTENDED_DATA_ENABLE 0x0400
#define NUMBER_WIDTH_MAX     5 /* 32 messages; what is more is reserved */

/*
 * The mask bits of all messages are one register, and each is changed by a read and a write: those
 * of two irqs of one function may be masked by two CPUs at once.
 */
static struct spinlock mask_lock;

_Static_assert(offsetof(struct msi_store, store) == 0, "the two pointers below are one");

static struct msi_store *msi_of(struct message_store *store)
{
	return (struct msi_store *)store;
}

static void msi_read(struct message_store *store, struct message *message)
{
	const struct msi_store *msi = msi_of(store);
	const struct pci_function *function = msi->function;

	message->address_lo = pci_read32(function, msi->capability + PCI_MSI_ADDRESS_LO);
	message->address_hi = 0;
	if (msi->has_address_hi)
		message->address_hi = pci_read32(function, msi->capability + PCI_MSI_ADDRESS_HI);
	message->data = pci_read16(function, msi->data_offset);
	message->data = (message->data & ~(uint32_t)msi->number_mask) | msi->number;
}

/*
 * The data register has 16 bits, and what follows it is reserved or the upper half of an extended
 * message (PCIe 6.0, 7.7.1.5 "Message Data Register for MSI"): it gets a 16-bit write, which leaves
 * the neighbour as it is, zero. The device sends the upper half as zero.
 *
 * A capability without an upper address word has nothing to write there, and no message of ours
 * needs one: every x86 interrupt message lies at fee00000h.
 */
static void msi_write(struct message_store *store, enum message_word word, uint32_t value)
{
	const struct msi_store *msi = msi_of(store);

	if (msi->number)
		return;
	switch (word) {
	case MESSAGE_ADDRESS_LO:
		pci_write32(msi->function, msi->capability + PCI_MSI_ADDRESS_LO, value);
		break;
	case MESSAGE_ADDRESS_HI:
		if (msi->has_address_hi)
			pci_write32(msi->function, msi->capability + PCI_MSI_ADDRESS_HI, value);
		break;
	case MESSAGE_DATA:
		pci_write16(msi->function, msi->data_offset, (uint16_t)value);
		break;
	}
}

/*
 * A write to memory-mapped configuration space may return before the device has it (PCIe 6.0,
 * 7.2.2); a read of the same function's configuration space cannot overtake it. The answer in turn
 * pushes the device's earlier messages before it: they are posted writes, and a completion does not
 * pass those (2.4.1 "Transaction Ordering Rules"), the messages having relaxed ordering clear
 * (6.1.4 "Message Signaled Interrupt (MSI/MSI-X) Support").
 */
static void msi_flush(struct message_store *store)
{
	const struct msi_store *msi = msi_of(store);

	pci_read16(msi->function, msi->capability + PCI_MSI_FLAGS);
}

static void change_mask(const struct msi_store *msi, bool masked)
{
	uint64_t flags = spin_lock_irqsave(&mask_lock);
	uint32_t others = pci_read32(msi->function, msi->mask_offset) & ~BIT_ULL(msi->number);

	pci_write32(msi->function, msi->mask_offset, others | (masked ? BIT_ULL(msi->number) : 0));
	spin_unlock_irqrestore(&mask_lock, flags);
}

/* Ends with a flush: who masks wants silence from then on, not soon. */
static void msi_mask(struct message_store *store)
{
	change_mask(msi_of(store), true);
	msi_flush(store);
}

static void msi_unmask(struct message_store *store)
{
	change_mask(msi_of(store), false);
}

static bool msi_pending(struct message_store *store)
{
	const struct msi_store *msi = msi_of(store);
	uint16_t pending_offset = msi->mask_offset + (PCI_MSI_PENDING_32 - PCI_MSI_MASK_32);

	return pci_read32(msi->function, pending_offset) & BIT_ULL(msi->number);
}

static const struct message_store_ops unmaskable_ops = {
        .read = msi_read,
        .write = msi_write,
        .flush = msi_flush,
};

static const struct message_store_ops maskable_ops = {
        .read = msi_read,
        .write = msi_write,
        .flush = msi_flush,
        .mask = msi_mask,
        .unmask = msi_unmask,
        .pending = msi_pending,
};

int msi_size(const struct pci_function *function)
{
	uint8_t capability = pci_capability(function, PCI_CAP_ID_MSI);
	uint64_t width;

	if (!capability)
		return -ENODEV;
	width = field_get(PCI_MSI_FLAGS_QMASK, pci_read16(function, capability + PCI_MSI_FLAGS));
	return width <= NUMBER_WIDTH_MAX ? 1 << width : 1;
}

int msi_stores_init(struct msi_store *stores, unsigned int count,
                    const struct pci_function *function)
{
	int size = msi_size(function);
	uint8_t capability = pci_capability(function, PCI_CAP_ID_MSI);
	uint16_t flags;

	if (size < 0)
		return size;
	if (!count || count & (count - 1) || count > (unsigned int)size)
		return -EINVAL;
	flags = pci_read16(function, capability + PCI_MSI_FLAGS);

	bool wide = flags & PCI_MSI_FLAGS_64BIT, maskable = flags & PCI_MSI_FLAGS_MASKBIT;
	uint16_t data = wide ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32;
	uint16_t mask = wide ? PCI_MSI_MASK_64 : PCI_MSI_MASK_32;

	for (unsigned int n = 0; n < count; n++)
		stores[n] = (struct msi_store){
		        .store.ops = maskable ? &maskable_ops : &unmaskable_ops,
		        .function = function,
		        .capability = capability,
		        .number = (uint8_t)n,
		        .number_mask = (uint8_t)(count - 1),
		        .has_address_hi = wide,
		        .data_offset = capability + data,
		        .mask_offset = maskable ? capability + mask : 0,
		};
	flags &= ~(PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE | EXTENDED_DATA_ENABLE);
	flags |= field_set(PCI_MSI_FLAGS_QSIZE, (unsigned int)__builtin_ctz(count));
	pci_write16(function, capability + PCI_MSI_FLAGS, flags);
	return 0;
}

int msi_store_init(struct msi_store *store, const struct pci_function *function)
{
	return msi_stores_init(store, 1, function);
}

void msi_enable(const struct pci_function *function)
{
	uint8_t capability = pci_capability(function, PCI_CAP_ID_MSI);
	uint16_t flags = pci_read16(function, capability + PCI_MSI_FLAGS);
	uint16_t mask = flags & PCI_MSI_FLAGS_64BIT ? PCI_MSI_MASK_64 : PCI_MSI_MASK_32;
	uint64_t count = 1 << field_get(PCI_MSI_FLAGS_QSIZE, flags);

	pci_write16(function, PCI_COMMAND,
	            pci_read16(function, PCI_COMMAND) | PCI_COMMAND_INTX_DISABLE);
	msix_disable(function);
	if (flags & PCI_MSI_FLAGS_MASKBIT)
		pci_write32(function, capability + mask,
		            pci_read32(function, capability + mask) | GENMASK_ULL(count - 1, 0));
	pci_write16(function, capability + PCI_MSI_FLAGS, flags | PCI_MSI_FLAGS_ENABLE);
}

void msi_disable(const struct pci_function *function)
{
	uint8_t capability = pci_capability(function, PCI_CAP_ID_MSI);

	if (capability)
		pci_write16(function, capability + PCI_MSI_FLAGS,
		            pci_read16(function, capability + PCI_MSI_FLAGS) &
		                    ~PCI_MSI_FLAGS_ENABLE);
}
