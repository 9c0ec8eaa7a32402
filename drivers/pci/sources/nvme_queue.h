/* SPDX-License-Identifier: MIT */
/*
 * The admin queue of an NVMe controller: commands go to a ring in memory, completions come back in
 * another. A completion is new when its phase tag is that of this round (NVMe 1.4, 4.6 "Completion
 * Queue Entry"). One command is outstanding at a time.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_NVME_QUEUE_H
#define RETARGET_DRIVERS_PCI_SOURCES_NVME_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/sources/nvme_regs.h"

/* As many commands as a page holds; the completions take another page, the smallest there is. */
#define NVME_QUEUE_ENTRIES 64

struct nvme_queue {
	volatile struct nvme_command *commands;
	volatile struct nvme_completion *completions;
	volatile uint8_t *tail_doorbell; /* of the commands */
	volatile uint8_t *head_doorbell; /* of the completions */
	uint32_t tail, head;
	uint32_t phase; /* of a completion that is new: COMPLETION_PHASE or 0 */
	uint16_t id;    /* of the last command */
	bool outstanding;
};

/* Memory for both rings. 0 or -ENOMEM. The doorbells are the caller's to set. */
int nvme_queue_alloc(struct nvme_queue *queue);

/* Empties it, as it is when the controller, which is disabled, begins anew. */
void nvme_queue_reset(struct nvme_queue *queue);

/* Hands over the one command that is used; none is outstanding. */
void nvme_queue_get_feature(struct nvme_queue *queue, uint8_t feature);

/* Whether the outstanding command has been completed. */
bool nvme_queue_completed(const struct nvme_queue *queue);

/*
 * Takes its completion, which has come. 0; or -EIO when it is another command's, or says that the
 * command failed.
 */
int nvme_queue_consume(struct nvme_queue *queue);

#endif
