// SPDX-License-Identifier: MIT
#include "drivers/pci/sources/nvme_device.h"

#include <asm-generic/errno.h>

#include "kernel/cpu/wait.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/time.h"

/* Of a command, memory is looked at so often before a register is. */
#define LOOKS_PER_STATUS 1024

#define SECOND_US 1000000

static uint32_t nvme_read(const struct nvme_device *device, unsigned int offset)
{
	return mmio_read32(device->registers + offset);
}

static void nvme_write(const struct nvme_device *device, unsigned int offset, uint32_t value)
{
	mmio_write32(device->registers + offset, value);
}

/* In halves: not every controller takes 64 bits at once (3.1 "Register Definition"). */
static uint64_t read_pair(const struct nvme_device *device, unsigned int offset)
{
	uint64_t low = nvme_read(device, offset);

	return low | (uint64_t)nvme_read(device, offset + 4) << 32;
}

static void write_pair(const struct nvme_device *device, unsigned int offset, uint64_t value)
{
	nvme_write(device, offset, (uint32_t)value);
	nvme_write(device, offset + 4, (uint32_t)(value >> 32));
}

int nvme_device_init(struct nvme_device *device, volatile uint8_t *registers, uint64_t size)
{
	uint32_t stride, low, high;

	device->registers = registers;
	low = device->capabilities = nvme_read(device, NVME_CAP_LO);
	high = nvme_read(device, NVME_CAP_HI);
	if (low == CSTS_GONE && high == CSTS_GONE)
		return -EIO;
	if (high & CAP_HI_CSS_NVM)
		device->command_set = CC_CSS_NVM;
	else if (high & CAP_HI_CSS_ADMIN)
		device->command_set = CC_CSS_ADMIN;
	else
		return -EOPNOTSUPP;
	if (field_get(CAP_HI_MPSMIN, high))
		return -EOPNOTSUPP;
	device->ready_timeout_us = (field_get(CAP_LO_TO, low) + 2) * (SECOND_US / 2);
	stride = 4u << field_get(CAP_HI_DSTRD, high);
	if (NVME_DOORBELLS + 2ULL * stride > size)
		return -EINVAL;
	device->queue.tail_doorbell = registers + NVME_DOORBELLS;
	device->queue.head_doorbell = registers + NVME_DOORBELLS + stride;
	return nvme_queue_alloc(&device->queue);
}

bool nvme_device_enabled(const struct nvme_device *device)
{
	return nvme_read(device, NVME_CC) & CC_EN;
}

/* False: it has been taken out, or a reset of its bus made it forget where its registers are. */
static bool is_there(const struct nvme_device *device)
{
	return nvme_read(device, NVME_CAP_LO) == device->capabilities;
}

/*
 * 0, -EIO, or -EAGAIN. A fatal error does not keep the controller from being disabled, it is the
 * way out of one (9.5 "Controller Fatal Status Condition"); only for `ready` to come it is the end.
 */
static int look_for_ready(const struct nvme_device *device, uint32_t ready)
{
	uint32_t state = nvme_read(device, NVME_CSTS);

	if (state == CSTS_GONE || (ready && state & CSTS_CFS))
		return -EIO;
	return (state & CSTS_RDY) == ready ? 0 : -EAGAIN;
}

/* CAP.TO, two minutes at most, may be longer than the watchdog's patience: each look renews it. */
static int await_ready(const struct nvme_device *device, uint32_t ready)
{
	struct deadline deadline = deadline_in_us(device->ready_timeout_us);
	uint64_t looks = 0;
	int error;

	wait_begin_renewed("an NVMe controller, CSTS.RDY = %lu", ready, &looks);
	while ((error = look_for_ready(device, ready)) == -EAGAIN && !deadline_passed(&deadline))
		__atomic_store_n(&looks, looks + 1, __ATOMIC_RELAXED);
	wait_end();
	return error == -EAGAIN ? -ETIMEDOUT : error;
}

/*
 * 3.1.5: to clear CC.EN before CSTS.RDY has followed its being set has undefined results. That it
 * does not follow is no reason to leave the controller enabled.
 */
int nvme_device_disable(struct nvme_device *device)
{
	uint32_t configuration = nvme_read(device, NVME_CC);

	if (!is_there(device))
		return -EIO;
	if (configuration & CC_EN) {
		(void)await_ready(device, CSTS_RDY);
		nvme_write(device, NVME_CC, configuration & ~(uint32_t)(CC_EN | CC_SHN));
	}
	return await_ready(device, 0);
}

void nvme_device_remember(struct nvme_device *device)
{
	device->configuration_found = nvme_read(device, NVME_CC) & ~(uint32_t)(CC_EN | CC_SHN);
	device->attributes_found = nvme_read(device, NVME_AQA);
	device->submission_found = read_pair(device, NVME_ASQ);
	device->completion_found = read_pair(device, NVME_ACQ);
}

/* Pages of 4 KiB (CC.MPS = 0), round robin (CC.AMS = 0); entries of 64 and 16 bytes. */
int nvme_device_enable(struct nvme_device *device)
{
	struct nvme_queue *queue = &device->queue;
	uint32_t configuration = field_set(CC_CSS, device->command_set) | field_set(CC_IOSQES, 6) |
	                         field_set(CC_IOCQES, 4);

	nvme_queue_reset(queue);
	nvme_write(device, NVME_AQA,
	           field_set(AQA_ASQS, NVME_QUEUE_ENTRIES - 1) |
	                   field_set(AQA_ACQS, NVME_QUEUE_ENTRIES - 1));
	write_pair(device, NVME_ASQ, memory_physical((void *)queue->commands));
	write_pair(device, NVME_ACQ, memory_physical((void *)queue->completions));
	nvme_write(device, NVME_CC, configuration);
	nvme_write(device, NVME_CC, configuration | CC_EN);
	return await_ready(device, CSTS_RDY);
}

int nvme_device_await(const struct nvme_device *device)
{
	struct deadline deadline = deadline_in_us(NVME_COMMAND_US);
	unsigned int looks = 0;

	while (!nvme_queue_completed(&device->queue)) {
		if (++looks % LOOKS_PER_STATUS == 0 &&
		    (nvme_read(device, NVME_CSTS) & (CSTS_RDY | CSTS_CFS)) != CSTS_RDY)
			return -EIO;
		if (deadline_passed(&deadline))
			return -ETIMEDOUT;
	}
	return 0;
}

int nvme_device_give_back(struct nvme_device *device)
{
	int error = nvme_device_disable(device);

	if (error)
		return error;
	nvme_write(device, NVME_CC, device->configuration_found);
	nvme_write(device, NVME_AQA, device->attributes_found);
	write_pair(device, NVME_ASQ, device->submission_found);
	write_pair(device, NVME_ACQ, device->completion_found);
	return 0;
}

const char *nvme_device_explain(const struct nvme_device *device, int error)
{
	uint32_t state = nvme_read(device, NVME_CSTS);

	if (state == CSTS_GONE)
		return "its registers read as all ones";
	if (!is_there(device))
		return "its registers are not where they were";
	if (state & CSTS_CFS)
		return "it reports a fatal error (CSTS.CFS)";
	if (error == -ETIMEDOUT)
		return "it did not answer";
	return state & CSTS_RDY ? "it refused" : "somebody has reset it";
}
