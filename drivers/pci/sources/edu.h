/* SPDX-License-Identifier: MIT */
/*
 * QEMU's "edu" device: what its ways of sending share (edu.c, edu_dma.c), and the one of them that
 * is not registered as a source, for tests of forged messages.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_EDU_H
#define RETARGET_DRIVERS_PCI_SOURCES_EDU_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/stores.h"
#include "kernel/irq/ioapic_leaf.h"
#include "kernel/irq/source.h"
#include "kernel/lock.h"

/* Offsets in the BAR; below 80h 32-bit accesses only, from there on 64-bit ones, too. */
#define EDU_IDENTIFICATION        0x00
#define EDU_INTERRUPT_STATUS      0x24
#define EDU_INTERRUPT_RAISE       0x60
#define EDU_INTERRUPT_ACKNOWLEDGE 0x64
#define EDU_DMA_SOURCE            0x80
#define EDU_DMA_DESTINATION       0x88
#define EDU_DMA_COUNT             0x90
#define EDU_DMA_COMMAND           0x98

struct edu {
	struct source message; /* by MSI */
	struct source line;    /* by INTx */
	struct source dma;     /* by writing the message as data */
	struct msi_store msi;
	struct ioapic_store pin;
	bool pin_found;
	struct spinlock acknowledging;
	const struct pci_function *function;
	volatile uint8_t *registers;
	uint16_t command_found;
	bool in_use;

	/* edu_dma.c: the words of its store, and what the device's buffer holds. */
	struct ims_store slot;
	uint32_t address, data;
	uint32_t loaded;
	bool is_loaded;
	bool reaches; /* the addresses of messages; once seen, not asked again */
};

/*
 * For one of its sources: 0, -EBUSY while another one is open, -ENODEV when it does not answer. It
 * is given back with its command register as it was found.
 */
int edu_take(struct edu *edu);
void edu_give_back(struct edu *edu);

/* Sets up edu->dma; touches nothing. */
void edu_dma_init(struct edu *edu);

/*
 * The first edu as a device that writes any four bytes to any address below 4 GiB by its DMA
 * engine: a source like an IMS, of kind "dma", that is not among those registered, for each message
 * takes 100 ms of the device's time, twice that when the data differ from the last message's. NULL
 * without an edu. open() says -EOPNOTSUPP where the engine's address mask keeps it from the upper
 * half of that memory, as QEMU's does unless told otherwise (-device edu,dma_mask=0xffffffff).
 */
struct source *edu_dma_source(void);

#endif
