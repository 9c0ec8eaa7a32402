// SPDX-License-Identifier: MIT
/*
 * The device model of DSA sends by itself, and plays the hand-shake of struct source_turn by DMA
 * (dsa_model.h, DSA_MODEL_TURNS). Silicon has nothing of the kind: there it is no struct
 * source_loop.
 */
#include <asm-generic/errno.h>

#include "drivers/pci/sources/dsa.h"
#include "drivers/pci/sources/dsa_model.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/time.h"

#define STOP_TIMEOUT_US 10000000

static int start(struct source *source, unsigned int count, struct source_turn *turns)
{
	struct dsa *dsa = source->device;
	uint64_t flags;
	int error;

	if (!count || count > source->slots)
		return -EINVAL;
	flags = spin_lock_irqsave(&dsa->lock);
	error = dsa->failed ? -EIO : dsa->looping ? -EBUSY : dsa_drain(dsa);
	if (!error) {
		dsa->looping = true;
		dsa->looping_slots = count;
		dsa->looped = 0;
		dsa->turns = turns;
		mmio_write32(dsa->model + DSA_MODEL_FIRST, 0);
		mmio_write32(dsa->model + DSA_MODEL_COUNT, count);
		mmio_write64(dsa->model + DSA_MODEL_TURNS, memory_physical(turns));
		mmio_write32(dsa->model + DSA_MODEL_LOOP, 1);
	}
	spin_unlock_irqrestore(&dsa->lock, flags);
	return error;
}

/*
 * While it runs, what it has said of each slot: `sent` is the number of its last message, from 1
 * on. Its own count is a register's, and to read one would have it wait for the CPU's stores.
 * The numbers have 24 bits, so that many of the sum's are true, and the rest is known from before.
 */
static uint32_t sent(struct source *source)
{
	struct dsa *dsa = source->device;
	uint32_t sum = 0;

	if (!dsa->looping)
		return dsa->looped;
	for (unsigned int n = 0; n < dsa->looping_slots; n++)
		sum += (__atomic_load_n(&dsa->turns[n].sent, __ATOMIC_ACQUIRE) & TURN_NUMBER) /
		       TURN_NEXT;
	dsa->looped += (sum - dsa->looped) & TURN_NUMBER / TURN_NEXT;
	return dsa->looped;
}

static int stop(struct source *source)
{
	struct dsa *dsa = source->device;
	struct deadline deadline = deadline_in_us(STOP_TIMEOUT_US);
	bool ended_by_itself = !mmio_read32(dsa->model + DSA_MODEL_LOOP);

	mmio_write32(dsa->model + DSA_MODEL_LOOP, 0);
	while (mmio_read32(dsa->model + DSA_MODEL_LOOP))
		if (deadline_passed(&deadline)) {
			dsa->failed = true;
			return -ETIMEDOUT;
		}
	dsa->looped = (uint32_t)mmio_read64(dsa->model + DSA_MODEL_LOOPED);
	dsa->looping = false;
	if (ended_by_itself)
		dsa->failed = true;
	return ended_by_itself ? -EIO : 0;
}

const struct source_loop dsa_source_loop = {
        .start = start,
        .sent = sent,
        .stop = stop,
};
