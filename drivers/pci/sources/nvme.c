// SPDX-License-Identifier: MIT
/*
 * Sources "nvme": any NVMe controller (NVM Express 1.4), of kind "msix" and of kind "msi", as far
 * as it has the capabilities. Nothing that it stores is touched: see nvme_device.h.
 *
 * One fire is one Get Features command to the admin queue, whose answer fits in the completion. The
 * controller completes it with one message number 0; only I/O queues have their interrupts put
 * together (5.21.1.8 "Interrupt Coalescing (Feature Identifier 08h)").
 *
 *	CPU  | command, doorbell                                  completion taken, doorbell
 *	NVMe |                    completion in memory, message
 *
 * The completion is taken by the next fire(): while it is not, the controller has cause to send,
 * and a message that a mask holds back stays pending (7.5 "Interrupts").
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>

#include "drivers/pci/sources/nvme.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define NVME_CLASS 0x010802 /* mass storage, non-volatile memory, NVM Express */

/*
 * A completion is in memory before its message leaves, and no register says when that has. In QEMU
 * the register read of flush() is behind it already.
 */
#define MESSAGE_US 20

int nvme_drop(struct source *source, int error, const char *asked, uint64_t us)
{
	const struct nvme *nvme = source->device;
	const char *what = nvme_device_explain(&nvme->device, error);

	return source_drop(source, error, what, asked, error == -ETIMEDOUT ? us : 0);
}

/* The outstanding command is completed, and its completion taken. */
static int finish(struct source *source)
{
	struct nvme *nvme = source->device;
	int error = nvme_device_await(&nvme->device);

	if (!error)
		error = nvme_queue_consume(&nvme->device.queue);
	return error ? nvme_drop(source, error, NVME_COMPLETE, NVME_COMMAND_US) : 0;
}

static int start(struct source *source)
{
	struct nvme *nvme = source->device;
	int error = nvme_device_enable(&nvme->device);

	return error ? nvme_drop(source, error, "to be ready (CSTS.RDY)",
	                         nvme->device.ready_timeout_us)
	             : 0;
}

/* Once in a run, with no message set up: that the controller knows the command. */
static int try(struct source *source)
{
	struct nvme *nvme = source->device;
	int error = start(source);

	if (error)
		return error;
	nvme_queue_get_feature(&nvme->device.queue, FEATURE_ARBITRATION);
	error = finish(source);
	if (!error)
		error = nvme_device_disable(&nvme->device);
	nvme->tried = !error;
	return error;
}

static int msix_enable_first(struct nvme *nvme)
{
	int error = msix_stores_init(&nvme->msix, 1, nvme->function);

	if (!error)
		msix_enable(nvme->function);
	return error;
}

static int msi_enable_first(struct nvme *nvme)
{
	int error = msi_store_init(&nvme->msi, nvme->function);

	if (!error)
		msi_enable(nvme->function);
	return error;
}

static void nvme_give_back(struct nvme *nvme)
{
	(void)nvme_device_give_back(&nvme->device);
	msix_disable(nvme->function);
	msi_disable(nvme->function);
	pci_restore(nvme->function, nvme->command_found);
	nvme->in_use = false;
}

/* Messages first: a controller may look only as it is enabled how its queues are to interrupt. */
static int set_up(struct source *source, int (*enable)(struct nvme *nvme))
{
	struct nvme *nvme = source->device;
	int error = nvme->tried ? 0 : try(source);

	if (!error)
		error = enable(nvme);
	return error ? error : start(source);
}

/* INTx is off before the controller can have a cause to assert it. */
int nvme_take(struct source *source, int (*enable)(struct nvme *nvme))
{
	struct nvme *nvme = source->device;

	if (nvme->in_use)
		return -EBUSY;
	nvme->in_use = true;
	nvme->command_found = pci_enable(nvme->function);
	pci_write16(nvme->function, PCI_COMMAND,
	            pci_read16(nvme->function, PCI_COMMAND) | PCI_COMMAND_INTX_DISABLE);
	msix_disable(nvme->function);
	msi_disable(nvme->function);
	int error = nvme_device_disable(&nvme->device);
	if (error)
		nvme_drop(source, error, "to be disabled (CC.EN)", nvme->device.ready_timeout_us);
	nvme_device_remember(&nvme->device);
	if (!error)
		error = set_up(source, enable);
	if (error)
		nvme_give_back(nvme);
	return error;
}

static int nvme_msix_open(struct source *source)
{
	return nvme_take(source, msix_enable_first);
}

static int nvme_msi_open(struct source *source)
{
	return nvme_take(source, msi_enable_first);
}

static struct message_store *nvme_msix_store(struct source *source, unsigned int slot)
{
	struct nvme *nvme = source->device;

	(void)slot;
	return &nvme->msix.store;
}

static struct message_store *nvme_msi_store(struct source *source, unsigned int slot)
{
	struct nvme *nvme = source->device;

	(void)slot;
	return &nvme->msi.store;
}

/*
 * The last completion is taken before the reset: QEMU counts one that is not, and has INTx asserted
 * for it ever after.
 */
void nvme_close(struct source *source)
{
	struct nvme *nvme = source->device;

	if (nvme->device.queue.outstanding && !source->dropped)
		(void)finish(source);
	nvme_give_back(nvme);
}

static int nvme_fire(struct source *source, unsigned int slot)
{
	struct nvme *nvme = source->device;

	(void)slot;
	if (source->dropped)
		return -EIO;
	if (nvme->device.queue.outstanding) {
		int error = finish(source);
		if (error)
			return error;
	}
	nvme_queue_get_feature(&nvme->device.queue, FEATURE_ARBITRATION);
	return 0;
}

static void nvme_flush(struct source *source)
{
	const struct nvme *nvme = source->device;
	int error;

	if (source->dropped || !nvme->device.queue.outstanding)
		return;
	error = nvme_device_await(&nvme->device);
	if (error)
		nvme_drop(source, error, NVME_COMPLETE, NVME_COMMAND_US);
	else
		delay_us(MESSAGE_US);
	(void)mmio_read32(nvme->device.registers + NVME_CSTS);
}

static const struct source_ops nvme_msix_ops = {
        .open = nvme_msix_open,
        .close = nvme_close,
        .store = nvme_msix_store,
        .fire = nvme_fire,
        .flush = nvme_flush,
};

static const struct source_ops nvme_msi_ops = {
        .open = nvme_msi_open,
        .close = nvme_close,
        .store = nvme_msi_store,
        .fire = nvme_fire,
        .flush = nvme_flush,
};

/* The admin queue's completions are number 0 (3.1.10 "Offset 30h: ACQ"): one slot. */
static int nvme_register(struct nvme *nvme, struct source *source, const char *kind,
                         const struct irq_leaf *leaf, const struct source_ops *ops)
{
	*source = (struct source){
	        .name = "nvme",
	        .kind = kind,
	        .leaf = leaf,
	        .requester = pci_requester(nvme->function),
	        .slots = 1,
	        .ops = ops,
	        .device = nvme,
	};
	pci_location(nvme->function, source->location);
	return source_register(source);
}

static int nvme_look(struct nvme *nvme)
{
	char location[16];
	uint64_t size;
	volatile uint8_t *registers = pci_map_bar(nvme->function, 0, &size);

	if (!registers || size < NVME_DOORBELLS)
		return -ENXIO;
	uint16_t command_found = pci_enable(nvme->function);
	int error = nvme_device_init(&nvme->device, registers, size);
	pci_location(nvme->function, location);
	if (!error && nvme_device_enabled(&nvme->device))
		print("# nvme: %s was left enabled; a test that uses it leaves it disabled, as "
		      "after a reset\n",
		      location);
	pci_restore(nvme->function, command_found);
	return error;
}

static int nvme_probe(struct pci_function *function)
{
	bool has_msix = pci_capability(function, PCI_CAP_ID_MSIX);
	bool has_msi = pci_capability(function, PCI_CAP_ID_MSI);
	struct nvme *nvme = memory_alloc(sizeof(*nvme), 16);
	int error;

	if (!nvme)
		return -ENOMEM;
	if (!has_msix && !has_msi)
		return -ENODEV;
	nvme->function = function;
	error = nvme_look(nvme);
	if (!error && has_msix)
		error = nvme_register(nvme, &nvme->msix_source, "msix", &irq_leaf_msix,
		                      &nvme_msix_ops);
	if (!error && has_msi)
		error = nvme_register(nvme, &nvme->msi_source, "msi", &irq_leaf_msi, &nvme_msi_ops);
	return error ? error : nvme_line_register(nvme);
}

PCI_DRIVER(nvme) = {
        .name = "NVMe controller",
        .vendor = PCI_ANY,
        .device = PCI_ANY,
        .class = NVME_CLASS,
        .probe = nvme_probe,
};
