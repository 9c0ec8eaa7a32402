// SPDX-License-Identifier: MIT
/*
 * The edu's DMA engine as interrupt message storage: it copies between memory and a buffer of its
 * own, and four bytes that it writes to fee00000h are a message, as with any device.
 */
#include <asm-generic/errno.h>
#include <stddef.h>

#include "drivers/pci/sources/edu.h"
#include "kernel/bits.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/time.h"

#define DMA_RUN       BIT_ULL(0)
#define DMA_TO_MEMORY BIT_ULL(1)
#define DMA_BUFFER    0x40000 /* where its buffer is, in addresses of the engine */

/* A transfer takes 100 ms of the emulated machine's time, which stands still when that does. */
#define TRANSFER_US 30000000

/* The last bytes below 4 GiB: firmware's first instruction, on every PC in ROM. */
#define RESET_VECTOR 0xfffffff0U

static struct edu *first;

static int wait_until_idle(const struct edu *edu)
{
	struct deadline deadline = deadline_in_us(TRANSFER_US);

	while (mmio_read64(edu->registers + EDU_DMA_COMMAND) & DMA_RUN)
		if (deadline_passed(&deadline))
			return -ETIMEDOUT;
	return 0;
}

/* While the engine runs it ignores writes to its registers. */
static int transfer(const struct edu *edu, uint64_t from, uint64_t to, uint64_t direction)
{
	int error = wait_until_idle(edu);

	if (error)
		return error;
	mmio_write64(edu->registers + EDU_DMA_SOURCE, from);
	mmio_write64(edu->registers + EDU_DMA_DESTINATION, to);
	mmio_write64(edu->registers + EDU_DMA_COUNT, sizeof(uint32_t));
	mmio_write64(edu->registers + EDU_DMA_COMMAND, DMA_RUN | direction);
	return wait_until_idle(edu);
}

static int load(struct edu *edu)
{
	uint32_t data = edu->data;
	int error;

	if (edu->is_loaded && edu->loaded == data)
		return 0;
	edu->is_loaded = false;
	error = transfer(edu, memory_physical(&edu->data), DMA_BUFFER, 0);
	edu->is_loaded = !error;
	edu->loaded = data;
	return error;
}

static int fire(struct source *source, unsigned int slot)
{
	struct edu *edu = source->device;
	int error = load(edu);

	(void)slot;
	return error ? error : transfer(edu, DMA_BUFFER, edu->address, DMA_TO_MEMORY);
}

/*
 * Reads the reset vector by DMA. Where the engine's mask cuts the address, what comes is some other
 * memory; reading that does no harm, and writing would.
 */
static int check_reach(struct edu *edu)
{
	volatile const uint32_t *there = memory_map_device(RESET_VECTOR, sizeof(uint32_t));
	int error;

	if (!there)
		return -ENOMEM;
	edu->data = ~*there;
	error = transfer(edu, RESET_VECTOR, DMA_BUFFER, 0);
	if (!error)
		error = transfer(edu, DMA_BUFFER, memory_physical(&edu->data), DMA_TO_MEMORY);
	if (error)
		return error;
	return *(volatile uint32_t *)&edu->data == *there ? 0 : -EOPNOTSUPP;
}

static int open(struct source *source)
{
	struct edu *edu = source->device;
	int error = edu_take(edu);

	if (error)
		return error;
	edu->is_loaded = false;
	if (!edu->reaches)
		error = check_reach(edu);
	edu->reaches = !error;
	edu->address = (uint32_t)memory_physical(&edu->loaded); /* silent until it has a message */
	if (error)
		edu_give_back(edu);
	return error;
}

static void close(struct source *source)
{
	edu_give_back(source->device);
}

static struct message_store *store(struct source *source, unsigned int slot)
{
	struct edu *edu = source->device;

	(void)slot;
	return &edu->slot.store;
}

/* The answer to a read comes back behind the messages sent before it. */
static void flush(struct source *source)
{
	struct edu *edu = source->device;

	mmio_read32(edu->registers + EDU_IDENTIFICATION);
}

static const struct source_ops ops = {
        .open = open,
        .close = close,
        .store = store,
        .fire = fire,
        .flush = flush,
};

void edu_dma_init(struct edu *edu)
{
	edu->dma = edu->message;
	edu->dma.kind = "dma";
	edu->dma.leaf = &irq_leaf_ims;
	edu->dma.ops = &ops;
	ims_store_init(&edu->slot, &edu->address, &edu->data,
	               (volatile uint32_t *)(edu->registers + EDU_IDENTIFICATION));
	if (!first)
		first = edu;
}

struct source *edu_dma_source(void)
{
	return first ? &first->dma : NULL;
}
