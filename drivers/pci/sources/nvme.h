/* SPDX-License-Identifier: MIT */
/* One NVMe controller, and what its sources share: nvme.c sends messages, nvme_line.c INTx. */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_NVME_H
#define RETARGET_DRIVERS_PCI_SOURCES_NVME_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/pci.h"
#include "drivers/pci/sources/nvme_device.h"
#include "drivers/pci/stores.h"
#include "kernel/irq/ioapic_leaf.h"
#include "kernel/irq/source.h"
#include "kernel/lock.h"

struct nvme {
	struct source msix_source;
	struct source msi_source;
	struct source line_source;
	const struct pci_function *function;
	uint16_t command_found;
	bool in_use; /* by one of its sources */
	bool tried;  /* the command: it does what it should */
	struct nvme_device device;
	struct msix_store msix;
	struct msi_store msi;

	struct spinlock acknowledging;
	struct ioapic_store pin;
	bool pin_found;
};

/*
 * For one of its sources, whose store `enable` sets up: takes the controller, disabled, messages
 * and INTx off, calls that, and enables it. 0 or a negative errno with it given back; the device is
 * dropped where it did not do its part.
 */
int nvme_take(struct source *source, int (*enable)(struct nvme *nvme));
void nvme_close(struct source *source);

/* Drops the device, which was `asked` something for `us`; returns `error`. */
int nvme_drop(struct source *source, int error, const char *asked, uint64_t us);
#define NVME_COMPLETE "to complete a Get Features command"

/* Registers its INTx as a source, where it has one. 0 or -ENOSPC. */
int nvme_line_register(struct nvme *nvme);

#endif
