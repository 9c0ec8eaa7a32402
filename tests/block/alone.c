// SPDX-License-Identifier: MIT
/*
 * The other half of tests/block/shared.c: with remapping one irq of a device with several MSI
 * messages moves alone, and the address and the data that all share stay as they are.
 */
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/block/msi_block.h"
#include "tests/suite.h"

/* The irq that moves. */
#define MOVED 1

static void move_alone(struct test_run *run, struct msi_block *block)
{
	struct message_store *capability = block->stores[0];
	struct message before, after;

	capability->ops->read(capability, &before);
	msi_block_move(run, block, MOVED, block->irqs[MOVED]->target.cpu + 1);
	msi_block_fire_all(run, block);
	capability->ops->read(capability, &after);
	test_check(run, !memcmp(&before, &after, sizeof(before)),
	           "a move of irq %u has changed the capability", MOVED);
}

static void alone(struct test_run *run)
{
	struct source *source = msi_block_source(run->instance, 2);
	unsigned int messages = msi_block_messages(source);
	struct msi_block block;
	int got;

	if (!msi_block_fits(run, source, messages) ||
	    !msi_block_open(run, &block, source, 1, messages))
		return;
	got = msi_block_alloc(&block);
	test_check(run, got == (int)messages, "a block of %u: %d irqs", messages, got);
	if (got > 0) {
		if (msi_block_request(run, &block)) {
			move_alone(run, &block);
			msi_block_release(run, &block);
		}
		msi_block_free(&block);
	}
	msi_block_close(&block);
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return msi_block_sources(2);
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s.remapped", msi_block_source(instance, 2)->name);
}

TEST(45, block_shared_remapped) = {
        .name = "block.shared",
        .checks = "with remapping, one of them moves alone, none is lost, and the capability stays "
                  "as it is (VT-d r5.10, 5.1.3, Interrupt Remapping Table)",
        .failure = "a move of one vector of a device touches the others, or the device",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = MSI_BLOCK_NO_MESSAGES,
        .run = alone,
};
