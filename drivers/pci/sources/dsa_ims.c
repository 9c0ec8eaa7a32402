// SPDX-License-Identifier: MIT
/*
 * An entry of DSA's interrupt message storage as a message store: address, data and a control word
 * with a mask bit and a pending bit, each a register of its own.
 *
 * Nothing says in which order the device fetches the words when it sends, nor that it does so in
 * one piece; so they are changed behind the mask, and the mask has taken effect when a read has
 * come back.
 *
 * That read is all a flush needs on a PCI bus: its completion cannot overtake the messages that the
 * device sent before (PCIe 6.0, 2.4.1 "Transaction Ordering Rules"). The model's messages take
 * another way than its answers, and for that it has a bit that silicon has not: an entry is busy
 * until its message is in a local APIC (dsa_model.h). So the flush reads until that bit is clear.
 */
#include <stddef.h>

#include "drivers/pci/sources/dsa.h"
#include "drivers/pci/sources/dsa_model.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define STORES_PER_READ 16

_Static_assert(offsetof(struct dsa_slot, store) == 0, "the two pointers below are one");

static struct dsa_slot *slot_of(struct message_store *store)
{
	return (struct dsa_slot *)store;
}

static void ims_entry_read(struct message_store *store, struct message *message)
{
	const volatile uint8_t *entry = slot_of(store)->entry;

	message->address_lo = mmio_read32(entry + DSA_IMS_ADDRESS_LO);
	message->address_hi = mmio_read32(entry + DSA_IMS_ADDRESS_HI);
	message->data = mmio_read32(entry + DSA_IMS_DATA);
}

/*
 * Behind QEMU's vfio-user-pci stores wait in a queue of the host's, which grows without end where
 * nobody reads: the device then sees each store minutes late. So there is one read to so many
 * stores, whatever the protocol.
 */
static void bound_stores(struct dsa_slot *slot)
{
	if (__atomic_add_fetch(&slot->dsa->stores, 1, __ATOMIC_RELAXED) % STORES_PER_READ == 0)
		mmio_read32(slot->entry + DSA_IMS_CONTROL);
}

static void ims_entry_write(struct message_store *store, enum message_word word, uint32_t value)
{
	static const uint8_t offsets[] = {
	        [MESSAGE_ADDRESS_LO] = DSA_IMS_ADDRESS_LO,
	        [MESSAGE_ADDRESS_HI] = DSA_IMS_ADDRESS_HI,
	        [MESSAGE_DATA] = DSA_IMS_DATA,
	};

	mmio_write32(slot_of(store)->entry + offsets[word], value);
	bound_stores(slot_of(store));
}

static void ims_entry_flush(struct message_store *store)
{
	struct dsa *dsa = slot_of(store)->dsa;
	const volatile uint8_t *control = slot_of(store)->entry + DSA_IMS_CONTROL;
	const uint32_t busy = dsa->model ? DSA_MODEL_IMS_BUSY : 0;
	struct deadline deadline = deadline_in_us(DSA_TIMEOUT_US);

	while (mmio_read32(control) & busy)
		if (deadline_passed(&deadline)) {
			print("# dsa: %s: entry %u stays busy\n", dsa->location,
			      (unsigned int)(slot_of(store) - dsa->slots));
			dsa->failed = true;
			return;
		}
}

/*
 * The other bits are known: no PASID is asked for or checked, and the pending bit is the device's.
 */
static void ims_entry_mask(struct message_store *store)
{
	mmio_write32(slot_of(store)->entry + DSA_IMS_CONTROL, IMS_IGNORE | IMS_MASK);
}

static void ims_entry_unmask(struct message_store *store)
{
	mmio_write32(slot_of(store)->entry + DSA_IMS_CONTROL, IMS_IGNORE);
}

static bool ims_entry_pending(struct message_store *store)
{
	return mmio_read32(slot_of(store)->entry + DSA_IMS_CONTROL) & IMS_PENDING;
}

static const struct message_store_ops ims_entry_ops = {
        .read = ims_entry_read,
        .write = ims_entry_write,
        .flush = ims_entry_flush,
        .mask = ims_entry_mask,
        .unmask = ims_entry_unmask,
        .pending = ims_entry_pending,
};

/* Masked, as a reset leaves it. */
void dsa_ims_init(struct dsa *dsa, unsigned int number)
{
	struct dsa_slot *slot = &dsa->slots[number];

	slot->dsa = dsa;
	slot->store.ops = &ims_entry_ops;
	slot->entry =
	        dsa->registers + dsa->layout.ims_table + number * sizeof(struct dsa_ims_entry);
	slot->has_handle = slot->submitted = slot->listed = false;
}
