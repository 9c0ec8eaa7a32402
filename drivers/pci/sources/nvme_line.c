// SPDX-License-Identifier: MIT
/*
 * Source "nvme" of kind "ioapic-level": the controller's INTx, with MSI and MSI-X off. It is
 * asserted for as long as a completion is there that nobody has taken (NVMe 1.4, 7.5 "Interrupts",
 * pin-based); the handler takes it.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>

#include "drivers/pci/intx.h"
#include "drivers/pci/sources/nvme.h"
#include "kernel/mmio.h"
#include "kernel/time.h"

static int enable_line(struct nvme *nvme)
{
	pci_write16(nvme->function, PCI_COMMAND,
	            pci_read16(nvme->function, PCI_COMMAND) & ~PCI_COMMAND_INTX_DISABLE);
	return 0;
}

static int nvme_line_open(struct source *source)
{
	struct nvme *nvme = source->device;
	int error = nvme_take(source, enable_line);

	if (error || nvme->pin_found)
		return error;
	error = intx_find_pin(source, &nvme->pin, NULL);
	nvme->pin_found = !error;
	if (error)
		nvme_close(source);
	return error;
}

static struct message_store *nvme_line_store(struct source *source, unsigned int slot)
{
	struct nvme *nvme = source->device;

	(void)slot;
	return &nvme->pin.store;
}

static int nvme_line_fire(struct source *source, unsigned int slot)
{
	struct nvme *nvme = source->device;
	uint64_t flags;
	int error = 0;

	(void)slot;
	if (source->dropped)
		return -EIO;
	flags = spin_lock_irqsave(&nvme->acknowledging);
	if (nvme->device.queue.outstanding)
		error = -EBUSY;
	else
		nvme_queue_get_feature(&nvme->device.queue, FEATURE_ARBITRATION);
	spin_unlock_irqrestore(&nvme->acknowledging, flags);
	return error;
}

/* Whether the command is still to be completed; a handler may take the completion meanwhile. */
static bool is_under_way(struct nvme *nvme)
{
	uint64_t flags = spin_lock_irqsave(&nvme->acknowledging);
	const struct nvme_queue *queue = &nvme->device.queue;
	bool under_way = queue->outstanding && !nvme_queue_completed(queue);

	spin_unlock_irqrestore(&nvme->acknowledging, flags);
	return under_way;
}

/* The first read is behind the assertion, the other behind the message that is made of it. */
static void nvme_line_flush(struct source *source)
{
	struct nvme *nvme = source->device;
	struct deadline deadline = deadline_in_us(NVME_COMMAND_US);

	while (!source->dropped && is_under_way(nvme))
		if (deadline_passed(&deadline))
			nvme_drop(source, -ETIMEDOUT, NVME_COMPLETE, NVME_COMMAND_US);
	(void)mmio_read32(nvme->device.registers + NVME_CSTS);
	nvme->pin.store.ops->flush(&nvme->pin.store);
}

/* Of the handlers of two targets only one may find it asserting. */
static bool nvme_line_acknowledge(struct source *source, unsigned int slot)
{
	struct nvme *nvme = source->device;
	struct nvme_queue *queue = &nvme->device.queue;
	uint64_t flags = spin_lock_irqsave(&nvme->acknowledging);
	bool asserts = queue->outstanding && nvme_queue_completed(queue);

	(void)slot;
	if (asserts) {
		(void)nvme_queue_consume(queue); /* a handler could not say an error */
		(void)mmio_read32(nvme->device.registers + NVME_CSTS);
	}
	spin_unlock_irqrestore(&nvme->acknowledging, flags);
	return asserts;
}

static const struct source_ops nvme_line_ops = {
        .open = nvme_line_open,
        .close = nvme_close,
        .store = nvme_line_store,
        .fire = nvme_line_fire,
        .flush = nvme_line_flush,
        .acknowledge = nvme_line_acknowledge,
};

int nvme_line_register(struct nvme *nvme)
{
	if (!pci_read8(nvme->function, PCI_INTERRUPT_PIN))
		return 0;
	nvme->line_source = (struct source){
	        .name = "nvme",
	        .kind = "ioapic-level",
	        .leaf = &irq_leaf_ioapic_level,
	        .requester = {.by_name = true}, /* the IO-APIC that open() finds */
	        .slots = 1,
	        .ops = &nvme_line_ops,
	        .device = nvme,
	};
	pci_location(nvme->function, nvme->line_source.location);
	return source_register(&nvme->line_source);
}
