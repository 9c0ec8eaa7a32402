/* SPDX-License-Identifier: MIT */
/*
 * The three kinds of message store a PCI device can have, as struct message_store
 * (kernel/irq/store.h). A source embeds one of these for each slot and sets it up in open().
 */
#ifndef RETARGET_DRIVERS_PCI_STORES_H
#define RETARGET_DRIVERS_PCI_STORES_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/pci.h"
#include "kernel/irq/store.h"

/*
 * One message of the function's MSI capability (PCI 3.0, 6.8.1 "MSI Capability Structure"). The
 * capability has one address and one data word for all its messages; of those the function uses it
 * sends number n with n in the lowest bits of the data. So only the store of number 0 writes. What
 * is written to another goes nowhere; it reads as what the function would send. Each has a mask bit
 * of its own, where the function has mask bits.
 */
struct msi_store {
	struct message_store store;
	const struct pci_function *function;
	uint8_t capability;  /* offset */
	uint8_t number;      /* of the message */
	uint8_t number_mask; /* the bits of the data that hold it */
	bool has_address_hi;
	uint16_t data_offset; /* from the start of configuration space */
	uint16_t mask_offset; /* 0: not maskable */
};

/* How many messages the capability offers, 1, 2, 4, 8, 16 or 32; or -ENODEV. */
int msi_size(const struct pci_function *function);

/*
 * Sets `stores` up for messages 0 .. count - 1 and has the function use so many (Multiple Message
 * Enable), MSI disabled. The words in the capability stay as they are: who then gets fewer irqs
 * than stores (irq_alloc_block()) does it again with that number before msi_enable(). -ENODEV
 * without the capability, -EINVAL when `count` is not a power of two or more than msi_size().
 */
int msi_stores_init(struct msi_store *stores, unsigned int count,
                    const struct pci_function *function);

/* The same for one message, the only one. -ENODEV without the capability. */
int msi_store_init(struct msi_store *store, const struct pci_function *function);

/*
 * MSI Enable (and MSI-X off, INTx off), every message that msi_stores_init() made used masked if it
 * can be; and off again. INTx then stays off until PCI_COMMAND is put back, so that nothing is
 * asserted in between. A disabled capability keeps no message worth saving.
 */
void msi_enable(const struct pci_function *function);
void msi_disable(const struct pci_function *function);

/* One entry of the function's MSI-X table (PCI 3.0, 6.8.2). */
struct msix_store {
	struct message_store store;
	volatile uint8_t *entry;         /* its 16 bytes */
	volatile uint8_t *pending_qword; /* of the PBA, the one with this entry's bit */
	uint8_t pending_bit;
};

/* Number of entries, or -ENODEV. */
int msix_size(const struct pci_function *function);

/*
 * Sets `stores` up for entries 0 .. count - 1 and masks every entry of the table; memory decoding
 * must be on. -ENODEV without the capability, -EINVAL when the table or its pending bits do not lie
 * in a usable BAR or `count` is more than there are.
 */
int msix_stores_init(struct msix_store *stores, unsigned int count,
                     const struct pci_function *function);

/* MSI-X Enable (and MSI off, INTx off), function mask clear; and off again, as msi_disable(). */
void msix_enable(const struct pci_function *function);
void msix_disable(const struct pci_function *function);

/* Function Mask, of a function whose MSI-X is enabled: every entry sends nothing, or as it says. */
void msix_mask_function(const struct pci_function *function, bool masked);

/*
 * An interrupt message storage slot: two words that the device fetches when it sends, in device
 * memory or in queue memory (host RAM). No mask bit; a driver whose device has one sets `ops` to
 * its own, with ims_read() and ims_write(). The address has no high word (32-bit DMA): writing it
 * anything but 0 is a bug.
 */
struct ims_store {
	struct message_store store;
	volatile uint32_t *address;
	volatile uint32_t *data;
	volatile uint32_t *flush_register; /* of the device: reading it has no side effect */
};

void ims_store_init(struct ims_store *store, volatile uint32_t *address, volatile uint32_t *data,
                    volatile uint32_t *flush_register);

/* The operations that all slots share, kernel/irq/store.h's. */
void ims_read(struct message_store *store, struct message *message);
void ims_write(struct message_store *store, enum message_word word, uint32_t value);

#endif
