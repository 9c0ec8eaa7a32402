// SPDX-License-Identifier: MIT
#include "drivers/pci/sources/nvme_queue.h"

#include <asm-generic/errno.h>

#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/string.h"

_Static_assert(NVME_QUEUE_ENTRIES * sizeof(struct nvme_command) <= PAGE_SIZE, "one page");

int nvme_queue_alloc(struct nvme_queue *queue)
{
	queue->commands = memory_alloc_pages(1);
	queue->completions = memory_alloc_pages(1);
	return queue->commands && queue->completions ? 0 : -ENOMEM;
}

/* All completions have phase 0 then, and the controller's first round writes 1. */
void nvme_queue_reset(struct nvme_queue *queue)
{
	memset((void *)queue->commands, 0, PAGE_SIZE);
	memset((void *)queue->completions, 0, PAGE_SIZE);
	queue->tail = 0;
	queue->head = 0;
	queue->phase = COMPLETION_PHASE;
	queue->outstanding = false;
}

static uint32_t next(uint32_t index)
{
	return (index + 1) % NVME_QUEUE_ENTRIES;
}

/* FFFFh is no identifier that a command should have (4.2 "Command Format"). */
static uint16_t next_id(uint16_t id)
{
	return id >= UINT16_MAX - 1 ? 0 : id + 1;
}

void nvme_queue_get_feature(struct nvme_queue *queue, uint8_t feature)
{
	volatile struct nvme_command *command = &queue->commands[queue->tail];

	queue->id = next_id(queue->id);
	command->dword[0] = field_set(COMMAND_DWORD0_OPCODE, NVME_GET_FEATURES) |
	                    field_set(COMMAND_DWORD0_ID, queue->id);
	command->dword[10] = feature; /* the others are 0, as they have always been */
	queue->tail = next(queue->tail);
	queue->outstanding = true;
	mmio_write32(queue->tail_doorbell, queue->tail);
}

bool nvme_queue_completed(const struct nvme_queue *queue)
{
	return (queue->completions[queue->head].state & COMPLETION_PHASE) == queue->phase;
}

int nvme_queue_consume(struct nvme_queue *queue)
{
	uint32_t state = queue->completions[queue->head].state;

	queue->outstanding = false;
	queue->head = next(queue->head);
	if (!queue->head)
		queue->phase ^= COMPLETION_PHASE;
	mmio_write32(queue->head_doorbell, queue->head);
	if (field_get(COMPLETION_ID, state) != queue->id || field_get(COMPLETION_STATUS, state))
		return -EIO;
	return 0;
}
