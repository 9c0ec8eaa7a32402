// SPDX-License-Identifier: MIT
/*
 * Interrupt message storage: the two words lie wherever the device's designer put them, and the
 * device fetches them one after the other when it sends. No specification orders the fetches
 * against the CPU's stores.
 */
#include <stddef.h>

#include "drivers/pci/stores.h"
#include "kernel/mmio.h"
#include "kernel/panic.h"

_Static_assert(offsetof(struct ims_store, store) == 0, "the two pointers below are one");

static struct ims_store *ims_of(struct message_store *store)
{
	return (struct ims_store *)store;
}

void ims_read(struct message_store *store, struct message *message)
{
	const struct ims_store *ims = ims_of(store);

	message->address_lo = mmio_read32(ims->address);
	message->address_hi = 0;
	message->data = mmio_read32(ims->data);
}

void ims_write(struct message_store *store, enum message_word word, uint32_t value)
{
	const struct ims_store *ims = ims_of(store);

	switch (word) {
	case MESSAGE_ADDRESS_LO:
		mmio_write32(ims->address, value);
		break;
	case MESSAGE_ADDRESS_HI:
		if (value)
			panic("ims: upper address word %08x for a store that has none", value);
		break;
	case MESSAGE_DATA:
		mmio_write32(ims->data, value);
		break;
	}
}

/*
 * The register's answer comes back behind the messages the device sent before (PCIe 6.0, 2.4.1
 * "Transaction Ordering Rules"). On the way there, words in device memory are posted writes to the
 * same function, which the read cannot overtake. Words in host RAM may still sit in this CPU's
 * store buffer, and a load may overtake an older store (Intel SDM vol. 3, 9.2.2 "Memory Ordering in
 * P6 and More Recent Processor Families"): the fence drains it first.
 */
static void ims_flush(struct message_store *store)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	mmio_read32(ims_of(store)->flush_register);
}

static const struct message_store_ops ims_ops = {
        .read = ims_read,
        .write = ims_write,
        .flush = ims_flush,
};

void ims_store_init(struct ims_store *store, volatile uint32_t *address, volatile uint32_t *data,
                    volatile uint32_t *flush_register)
{
	*store = (struct ims_store){
	        .store.ops = &ims_ops,
	        .address = address,
	        .data = data,
	        .flush_register = flush_register,
	};
}
