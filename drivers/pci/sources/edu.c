// SPDX-License-Identifier: MIT
/*
 * QEMU's "edu" device (docs/specs/edu.rst there): a write to one register sends one MSI, and there
 * is no mask bit. It is the plain unmaskable MSI that Linux's two-step protocol was made for.
 *
 * QEMU sends inside the register write, so fire() has sent when it returns. It needs no
 * acknowledgement between two messages.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/stores.h"
#include "kernel/irq/source.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8
#define EDU_BAR    0

/* Offsets in the BAR; 32-bit accesses only. */
#define EDU_IDENTIFICATION        0x00
#define EDU_INTERRUPT_RAISE       0x60
#define EDU_INTERRUPT_ACKNOWLEDGE 0x64

#define EDU_IDENTIFICATION_MASK 0x0000ffff
#define EDU_IDENTIFICATION_EDU  0x000000ed

struct edu {
	struct source source;
	struct msi_store msi;
	const struct pci_function *function;
	volatile uint8_t *registers;
	uint16_t command_found;
};

static int edu_open(struct source *source)
{
	struct edu *edu = source->device;
	uint32_t identification;
	int error;

	edu->command_found = pci_enable(edu->function);
	identification = mmio_read32(edu->registers + EDU_IDENTIFICATION);
	if ((identification & EDU_IDENTIFICATION_MASK) == EDU_IDENTIFICATION_EDU)
		error = msi_store_init(&edu->msi, edu->function);
	else
		error = -ENODEV;
	if (error) {
		pci_write16(edu->function, PCI_COMMAND, edu->command_found);
		return error;
	}
	msi_enable(edu->function);
	return 0;
}

/* Acknowledges first: with MSI off, what is still raised would come out as INTx. */
static void edu_close(struct source *source)
{
	struct edu *edu = source->device;

	mmio_write32(edu->registers + EDU_INTERRUPT_ACKNOWLEDGE, UINT32_MAX);
	mmio_read32(edu->registers + EDU_IDENTIFICATION);
	msi_disable(edu->function);
	pci_write16(edu->function, PCI_COMMAND, edu->command_found);
}

static struct message_store *edu_store(struct source *source, unsigned int slot)
{
	struct edu *edu = source->device;

	(void)slot;
	return &edu->msi.store;
}

static int edu_fire(struct source *source, unsigned int slot)
{
	struct edu *edu = source->device;

	(void)slot;
	mmio_write32(edu->registers + EDU_INTERRUPT_RAISE, 1);
	return 0;
}

/* The answer to a read comes back behind the messages sent before it. */
static void edu_flush(struct source *source)
{
	struct edu *edu = source->device;

	mmio_read32(edu->registers + EDU_IDENTIFICATION);
}

static const struct source_ops edu_ops = {
        .open = edu_open,
        .close = edu_close,
        .store = edu_store,
        .fire = edu_fire,
        .flush = edu_flush,
};

static int edu_probe(struct pci_function *function)
{
	struct edu *edu = memory_alloc(sizeof(*edu), _Alignof(struct edu));
	volatile void *registers = pci_map_bar(function, EDU_BAR, NULL);

	if (!edu)
		return -ENOMEM;
	if (!registers)
		return -ENXIO;
	*edu = (struct edu){
	        .source = {.name = "edu",
	                   .kind = "msi",
	                   .leaf = &irq_leaf_msi,
	                   .requester = pci_requester(function),
	                   .slots = 1,
	                   .ops = &edu_ops,
	                   .device = edu},
	        .function = function,
	        .registers = registers,
	};
	pci_location(function, edu->source.location);
	return source_register(&edu->source);
}

PCI_DRIVER(edu) = {
        .name = "edu",
        .vendor = EDU_VENDOR,
        .device = EDU_DEVICE,
        .probe = edu_probe,
};
