/* SPDX-License-Identifier: MIT */
/*
 * An NVMe controller as far as it takes to have its admin queue: disabled, set up, enabled, given
 * back (NVMe 1.4, 7.6.1 "Initialization", 7.3.2 "Controller Level Reset"). No I/O queue is ever
 * created, so no command can reach a namespace, and no feature is ever set.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_NVME_DEVICE_H
#define RETARGET_DRIVERS_PCI_SOURCES_NVME_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/sources/nvme_queue.h"

struct nvme_device {
	volatile uint8_t *registers;
	struct nvme_queue queue;
	uint32_t capabilities; /* CAP, low half: read only, so it tells whose registers these are */
	uint32_t command_set;  /* CC.CSS */
	uint64_t ready_timeout_us; /* what the controller asks for, and a second */

	/* As they were found; the configuration without CC.EN. */
	uint32_t configuration_found, attributes_found;
	uint64_t submission_found, completion_found;
};

/*
 * Looks at what the controller can, and allocates its queue; nothing is written. `size` is that of
 * BAR 0. 0; -EINVAL when its doorbells lie beyond that; -EOPNOTSUPP with a controller that has
 * neither the NVM command set nor the administrative one, or no pages of 4 KiB; -EIO when it does
 * not answer; -ENOMEM.
 */
int nvme_device_init(struct nvme_device *device, volatile uint8_t *registers, uint64_t size);

/* Whether it is enabled, by what ran before. Nothing is written. */
bool nvme_device_enabled(const struct nvme_device *device);

/*
 * Disables it: it forgets its queues and touches memory no more. 0; -EIO when its registers are not
 * there any more, -ETIMEDOUT when it did not get there in the time it asks for. The second
 * remembers what is found then, for nvme_device_give_back().
 */
int nvme_device_disable(struct nvme_device *device);
void nvme_device_remember(struct nvme_device *device);

/* Enables it, which is disabled, with an admin queue that is empty. Errors as above. */
int nvme_device_enable(struct nvme_device *device);

/*
 * 0 once the outstanding command is completed; -EIO when it cannot be any more: the controller has
 * gone, reports a fatal error or is not ready, for somebody has reset it; -ETIMEDOUT.
 */
#define NVME_COMMAND_US 10000000
int nvme_device_await(const struct nvme_device *device);

/*
 * Disables it and writes back what was found. It stays disabled, even if it was found enabled: the
 * queues it had were in the firmware's memory, and a reset has made it forget its I/O queues.
 * Errors as nvme_device_disable().
 */
int nvme_device_give_back(struct nvme_device *device);

/* What `error` of the above means, for a line: "its registers read as all ones", ... */
const char *nvme_device_explain(const struct nvme_device *device, int error);

#endif
