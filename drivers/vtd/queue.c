// SPDX-License-Identifier: MIT
#include "drivers/vtd/queue.h"

#include <asm-generic/errno.h>

#include "drivers/vtd/regs.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define DESCRIPTORS (PAGE_SIZE / sizeof(struct vtd_descriptor))

/* How often the status is looked at before anything slower is. */
#define QUICK_LOOKS 2000

/* Hardware answers within microseconds; an emulator's thread may not run for a while. */
#define ANSWER_US 1000000

int vtd_queue_init(struct vtd_queue *queue, const char *name, volatile uint8_t *registers)
{
	*queue = (struct vtd_queue){
	        .name = name,
	        .registers = registers,
	        .descriptors = memory_alloc_pages(1),
	        .status = memory_alloc(64, 64), /* a cache line of its own */
	};
	if (!queue->descriptors || !queue->status)
		return -ENOMEM;
	queue->status_physical = memory_physical((const void *)queue->status);
	return 0;
}

void vtd_queue_reset(struct vtd_queue *queue)
{
	queue->tail = 0;
	queue->broken = false;
	/* The tail first: with the old one, the new queue would look full of descriptors. */
	mmio_write64(queue->registers + IQT_REG, 0);
	mmio_write64(queue->registers + IQA_REG, memory_physical(queue->descriptors));
}

static const char *queue_error_info(uint64_t info)
{
	static const char *const text[] = {
	        "no more is known",        "invalid tail",
	        "descriptor not readable", "invalid descriptor type",
	        "reserved field set",      "invalid descriptor width",
	        "tail not aligned",        "invalid translation table mode",
	};

	return info < sizeof(text) / sizeof(text[0]) ? text[info] : "unknown";
}

/* Waits until hardware has fetched all there is. */
static int drain(const struct vtd_queue *queue)
{
	struct deadline deadline = deadline_in_us(ANSWER_US);

	while (field_get(IQH_QH, mmio_read64(queue->registers + IQH_REG)) !=
	       field_get(IQT_QT, mmio_read64(queue->registers + IQT_REG)))
		if (deadline_passed(&deadline))
			return -ETIMEDOUT;
	return 0;
}

/* Hardware goes on by itself then; QEMU looks at the queue only when the tail is written. */
static void clear_errors(const struct vtd_queue *queue, uint32_t tail)
{
	mmio_write32(queue->registers + FSTS_REG, FSTS_QUEUE_ERRORS);
	mmio_write32(queue->registers + IQT_REG, field_set(IQT_QT, tail));
}

/*
 * 6.5.2.11, Hardware Handling of Queued Invalidation Interface Errors: on IQE hardware stops, with
 * the head at the offending descriptor, until the bit is cleared, and would then trip over the same
 * descriptor again. So one that is valid and does no harm is put in its place first. ITE and
 * ICE concern device TLBs, which this kernel never invalidates; they are only cleared.
 */
static int recover(struct vtd_queue *queue, uint32_t fsts)
{
	uint64_t head = field_get(IQH_QH, mmio_read64(queue->registers + IQH_REG));
	struct vtd_descriptor *offending = &queue->descriptors[head % DESCRIPTORS];
	uint64_t info = field_get(IQERCD_IQEI, mmio_read64(queue->registers + IQERCD_REG));

	if (fsts & FSTS_IQE) {
		print("# %s: invalidation queue error (FSTS.IQE): %s, in descriptor %llu = "
		      "%016llx %016llx; replaced, that invalidation is not done\n",
		      queue->name, queue_error_info(info), (unsigned long long)head,
		      (unsigned long long)offending->hi, (unsigned long long)offending->lo);
		*offending = vtd_iec_global();
	} else {
		print("# %s: device TLB error (FSTS%s%s) at descriptor %llu: a device did not "
		      "answer, or answered wrongly; that invalidation is not done\n",
		      queue->name, fsts & FSTS_ITE ? ".ITE" : "", fsts & FSTS_ICE ? ".ICE" : "",
		      (unsigned long long)head);
	}
	clear_errors(queue, queue->tail);

	queue->broken = drain(queue);
	if (queue->broken)
		print("# %s: the invalidation queue stays stuck; remapping must be switched off\n",
		      queue->name);
	return -EIO;
}

static bool completed(const struct vtd_queue *queue)
{
	return *queue->status == queue->sequence;
}

static int no_answer(struct vtd_queue *queue, uint32_t fsts)
{
	print("# %s: no answer to invalidation wait descriptor %u (GSTS %08x, FSTS %08x, "
	      "IQH %05llx, IQT %05llx)\n",
	      queue->name, queue->sequence, mmio_read32(queue->registers + GSTS_REG), fsts,
	      (unsigned long long)mmio_read64(queue->registers + IQH_REG),
	      (unsigned long long)mmio_read64(queue->registers + IQT_REG));
	queue->broken = true;
	return -ETIMEDOUT;
}

/*
 * The first IQE is only cleared: what it was about may have passed, as a tail that pointed beyond
 * the queue has when the right one is written. With a second one the descriptor is to blame.
 *
 * Out of line, so that the quick way need not save registers for it.
 */
__attribute__((noinline, cold)) static int wait_slowly(struct vtd_queue *queue)
{
	struct deadline deadline = deadline_in_us(ANSWER_US);
	uint64_t passed = UINT64_MAX; /* what IQERCD said of an error that was only cleared */

	while (!completed(queue)) {
		uint32_t fsts = mmio_read32(queue->registers + FSTS_REG);

		if ((fsts & FSTS_QUEUE_ERRORS) == FSTS_IQE && passed == UINT64_MAX) {
			passed = mmio_read64(queue->registers + IQERCD_REG);
			clear_errors(queue, queue->tail);
		} else if (fsts & FSTS_QUEUE_ERRORS) {
			return recover(queue, fsts);
		}
		if (deadline_passed(&deadline) && !completed(queue))
			return no_answer(queue, fsts);
	}
	if (passed != UINT64_MAX)
		print("# %s: invalidation queue error (FSTS.IQE): %s; cleared, all descriptors up "
		      "to %u are done\n",
		      queue->name, queue_error_info(field_get(IQERCD_IQEI, passed)), queue->tail);
	return 0;
}

static int wait(struct vtd_queue *queue)
{
	for (unsigned int look = 0; look < QUICK_LOOKS; look++) {
		if (completed(queue))
			return 0;
		pause();
	}
	return wait_slowly(queue);
}

int vtd_queue_submit(struct vtd_queue *queue, struct vtd_descriptor descriptor)
{
	struct vtd_descriptor *slot;
	int error = -EIO;

	spin_lock(&queue->lock);
	if (!queue->broken) {
		/*
		 * A new number each time: a status write that comes in after its time-out is never
		 * taken for the answer to a later one. The tail is even, so both slots exist.
		 */
		queue->sequence++;
		slot = &queue->descriptors[queue->tail];
		slot[0] = descriptor;
		/*
		 * No fence (FN): it completes only when all before it have (6.5.2.12, Queued
		 * Invalidation Ordering Considerations), and nothing is queued behind it until
		 * then.
		 */
		slot[1] = vtd_wait_status(queue->status_physical, queue->sequence);
		queue->tail = (queue->tail + 2) % DESCRIPTORS;

		/*
		 * The descriptors, and the caller's change of the entry, are stores to write-back
		 * memory; the tail is an uncached store behind them, and stores become visible in
		 * program order. mmio_write32() keeps the compiler to that order too.
		 */
		mmio_write32(queue->registers + IQT_REG, field_set(IQT_QT, queue->tail));
		error = wait(queue);
	}
	spin_unlock(&queue->lock);
	return error;
}

/*
 * One wait descriptor in a queue at `memory`, where hardware has done all there was. `step` bytes
 * are a descriptor of it; the upper half of one of 256 bits is reserved.
 */
static int queue_wait(struct vtd_queue *queue, volatile uint8_t *memory, uint64_t size,
                      uint64_t step)
{
	uint64_t head = mmio_read64(queue->registers + IQH_REG) & IQH_QH;
	struct vtd_descriptor wait = vtd_wait_status(queue->status_physical, ++queue->sequence);
	struct deadline deadline = deadline_in_us(ANSWER_US);

	if (head % step || head + step > size)
		return -EINVAL;
	mmio_write64(memory + head, wait.lo);
	mmio_write64(memory + head + 8, wait.hi);
	for (uint64_t i = 16; i < step; i += 8)
		mmio_write64(memory + head + i, 0);
	mmio_write32(queue->registers + IQT_REG, (uint32_t)((head + step) % size));
	while (!completed(queue))
		if (deadline_passed(&deadline) && !completed(queue))
			return -ETIMEDOUT;
	return 0;
}

/* IQA_REG.DW tells the width of the descriptors, but there is an emulation that never shows it. */
static int end_with_wait(struct vtd_queue *queue, bool scalable)
{
	uint64_t iqa = mmio_read64(queue->registers + IQA_REG);
	uint64_t size = PAGE_SIZE << field_get(IQA_QS, iqa);
	uint64_t step = iqa & IQA_DW ? 32 : 16;
	volatile uint8_t *memory = (volatile uint8_t *)queue->descriptors;
	int error;

	if (!queue->status)
		return -ENOMEM;
	if ((iqa & IQA_IQA) != memory_physical(queue->descriptors))
		memory = memory_map_device(iqa & IQA_IQA, size);
	if (!memory)
		return -EFAULT;
	error = queue_wait(queue, memory, size, step);
	if (error && scalable && step == 16)
		error = queue_wait(queue, memory, size, 32);
	return error;
}

int vtd_queue_finish(struct vtd_queue *queue, bool scalable)
{
	uint32_t fsts = mmio_read32(queue->registers + FSTS_REG);
	int error;

	if (fsts & FSTS_QUEUE_ERRORS || drain(queue)) {
		uint64_t head = mmio_read64(queue->registers + IQH_REG);

		print("# %s: the invalidation queue stands still (FSTS %08x): abandoned from "
		      "offset %05llx to %05llx\n",
		      queue->name, fsts, (unsigned long long)head,
		      (unsigned long long)mmio_read64(queue->registers + IQT_REG));
		/* Empty before it goes on: nobody knows what is in it. */
		mmio_write32(queue->registers + IQT_REG, (uint32_t)(head & IQH_QH));
		clear_errors(queue, (uint32_t)field_get(IQH_QH, head));
	}
	error = end_with_wait(queue, scalable);
	if (error)
		print("# %s: the invalidation queue at %llx takes no wait descriptor: error %d\n",
		      queue->name,
		      (unsigned long long)(mmio_read64(queue->registers + IQA_REG) & IQA_IQA),
		      error);
	return error;
}
