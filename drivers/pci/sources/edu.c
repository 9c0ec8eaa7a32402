// SPDX-License-Identifier: MIT
/*
 * QEMU's "edu" device (docs/specs/edu.rst there): a write to one register sends one MSI, and there
 * is no mask bit. It is the plain unmaskable MSI that Linux's two-step protocol was made for. With
 * MSI off the same write asserts INTx, until another register is written: a second source. A third
 * way to send is in edu_dma.c.
 *
 * QEMU sends inside the register write, so fire() has sent when it returns. MSI needs no
 * acknowledgement between two messages.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/intx.h"
#include "drivers/pci/sources/edu.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8
#define EDU_BAR    0

#define EDU_IDENTIFICATION_MASK 0x0000ffff
#define EDU_IDENTIFICATION_EDU  0x000000ed

void edu_give_back(struct edu *edu)
{
	pci_restore(edu->function, edu->command_found);
	edu->in_use = false;
}

int edu_take(struct edu *edu)
{
	uint32_t identification;

	if (edu->in_use)
		return -EBUSY;
	edu->in_use = true;
	edu->command_found = pci_enable(edu->function);
	identification = mmio_read32(edu->registers + EDU_IDENTIFICATION);
	if ((identification & EDU_IDENTIFICATION_MASK) == EDU_IDENTIFICATION_EDU)
		return 0;
	edu_give_back(edu);
	return source_drop(&edu->message, -ENODEV, "it does not say that it is one", "what it is",
	                   0);
}

/* Nothing is raised any more when it returns. */
static void edu_quiet(struct edu *edu)
{
	mmio_write32(edu->registers + EDU_INTERRUPT_ACKNOWLEDGE, UINT32_MAX);
	mmio_read32(edu->registers + EDU_IDENTIFICATION);
}

static int edu_open(struct source *source)
{
	struct edu *edu = source->device;
	int error = edu_take(edu);

	if (error)
		return error;
	error = msi_store_init(&edu->msi, edu->function);
	if (error)
		edu_give_back(edu);
	else
		msi_enable(edu->function);
	return error;
}

/* Acknowledges first: with MSI off, what is still raised would come out as INTx. */
static void edu_close(struct source *source)
{
	struct edu *edu = source->device;

	edu_quiet(edu);
	msi_disable(edu->function);
	edu_give_back(edu);
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

static int edu_line_open(struct source *source)
{
	struct edu *edu = source->device;
	int error = edu_take(edu);

	if (error)
		return error;
	edu_quiet(edu);
	msi_disable(edu->function);
	pci_write16(edu->function, PCI_COMMAND,
	            pci_read16(edu->function, PCI_COMMAND) & ~PCI_COMMAND_INTX_DISABLE);
	if (edu->pin_found)
		return 0;
	error = intx_find_pin(source, &edu->pin, NULL);
	edu->pin_found = !error;
	if (error)
		edu_give_back(edu);
	return error;
}

static void edu_line_close(struct source *source)
{
	struct edu *edu = source->device;

	edu_quiet(edu);
	edu_give_back(edu);
}

static struct message_store *edu_line_store(struct source *source, unsigned int slot)
{
	struct edu *edu = source->device;

	(void)slot;
	return &edu->pin.store;
}

/*
 * The handlers of the old target and of the new one may run at once, and only one of them may find
 * the device asserting.
 */
static bool edu_line_acknowledge(struct source *source, unsigned int slot)
{
	struct edu *edu = source->device;
	uint64_t flags = spin_lock_irqsave(&edu->acknowledging);
	uint32_t raised = mmio_read32(edu->registers + EDU_INTERRUPT_STATUS);

	(void)slot;
	if (raised) {
		mmio_write32(edu->registers + EDU_INTERRUPT_ACKNOWLEDGE, raised);
		mmio_read32(edu->registers + EDU_IDENTIFICATION);
	}
	spin_unlock_irqrestore(&edu->acknowledging, flags);
	return raised;
}

static const struct source_ops edu_line_ops = {
        .open = edu_line_open,
        .close = edu_line_close,
        .store = edu_line_store,
        .fire = edu_fire,
        .flush = edu_flush,
        .acknowledge = edu_line_acknowledge,
};

static int edu_register(struct edu *edu)
{
	int error = source_register(&edu->message);

	if (error)
		return error;
	edu_dma_init(edu);
	if (!pci_read8(edu->function, PCI_INTERRUPT_PIN))
		return 0;
	return source_register(&edu->line);
}

static int edu_probe(struct pci_function *function)
{
	struct edu *edu = memory_alloc(sizeof(*edu), _Alignof(struct edu));
	volatile void *registers = pci_map_bar(function, EDU_BAR, NULL);

	if (!edu)
		return -ENOMEM;
	if (!registers)
		return -ENXIO;
	*edu = (struct edu){
	        .message = {.name = "edu",
	                    .kind = "msi",
	                    .leaf = &irq_leaf_msi,
	                    .requester = pci_requester(function),
	                    .slots = 1,
	                    .ops = &edu_ops,
	                    .device = edu},
	        .line = {.name = "edu",
	                 .kind = "ioapic-level",
	                 .leaf = &irq_leaf_ioapic_level,
	                 .requester = {.by_name = true}, /* the IO-APIC that open() finds */
	                 .slots = 1,
	                 .ops = &edu_line_ops,
	                 .device = edu},
	        .function = function,
	        .registers = registers,
	};
	pci_location(function, edu->message.location);
	pci_location(function, edu->line.location);
	return edu_register(edu);
}

PCI_DRIVER(edu) = {
        .name = "edu",
        .vendor = EDU_VENDOR,
        .device = EDU_DEVICE,
        .probe = edu_probe,
};
