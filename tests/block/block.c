// SPDX-License-Identifier: MIT
/*
 * Blocks of irqs for MSI with several vectors. With remapping each irq of a block has an entry, and
 * so a target of its own; without, a block is not to be had.
 */
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/vtd/vtd.h"
#include "kernel/bits.h"
#include "kernel/cpu/cpu.h"
#include "kernel/print.h"
#include "tests/block/msi_block.h"
#include "tests/suite.h"

#define SIZE 4 /* of blocks on devices that use one message */

static void direct(struct test_run *run)
{
	struct source *source = msi_block_source(run->instance, 1);
	unsigned int messages = msi_block_messages(source);
	struct msi_block block;

	if (!msi_block_open(run, &block, source, messages, messages > 1 ? messages : SIZE))
		return;
	int got = msi_block_alloc(&block);
	test_check(run, got == 1, "a block without remapping: %d irqs instead of 1", got);
	if (got > 0) {
		if (msi_block_request(run, &block)) {
			/* Twice round, so that even and odd vectors meet a device with numbers. */
			for (uint32_t cpu = 0; cpu < 2 * irq_cpus(); cpu++) {
				msi_block_move(run, &block, 0, cpu);
				msi_block_fire(run, &block, 0);
			}
			msi_block_release(run, &block);
		}
		msi_block_free(&block);
	}
	msi_block_close(&block);
}

static void check_entries(struct test_run *run, const struct msi_block *block)
{
	uint32_t first = msi_block_entry(block, 0);

	test_check(run, first % block->size == 0, "a block of %u begins at entry %u", block->size,
	           first);
	for (unsigned int n = 0; n < block->size; n++)
		test_check(run, msi_block_entry(block, n) == first + n,
		           "irq %u of the block has entry %u, the first one %u", n,
		           msi_block_entry(block, n), first);
}

/* VT-d r5.10, 5.1.5.2, MSI and MSI-X Register Programming. */
static void check_capability(struct test_run *run, const struct msi_block *block)
{
	struct message message, wanted = message_remappable_block(msi_block_entry(block, 0));
	uint8_t capability = pci_capability(block->function, PCI_CAP_ID_MSI);
	uint64_t width = field_get(PCI_MSI_FLAGS_QSIZE,
	                           pci_read16(block->function, capability + PCI_MSI_FLAGS));

	test_check(run, 1u << width == block->size,
	           "Multiple Message Enable is %lu for %u messages", width, block->size);
	for (unsigned int n = 0; n < block->size; n++) {
		block->stores[n]->ops->read(block->stores[n], &message);
		test_check(run,
		           message.address_lo == wanted.address_lo && !message.address_hi &&
		                   message.data == n,
		           "message %u is 0x%x at 0x%x_%08x instead of 0x%x at 0x%x", n,
		           message.data, message.address_hi, message.address_lo, n,
		           wanted.address_lo);
	}
}

static void capability(struct test_run *run)
{
	struct source *source = msi_block_source(run->instance, 2);
	unsigned int messages = msi_block_messages(source);
	struct msi_block block;

	if (!msi_block_fits(run, source, messages) ||
	    !msi_block_open(run, &block, source, messages, messages))
		return;
	int got = msi_block_alloc(&block);
	test_check(run, got == (int)messages, "a block of %u: %d irqs", messages, got);
	if (got > 0) {
		if (msi_block_request(run, &block)) {
			check_entries(run, &block);
			for (uint32_t cpu = 0; cpu < irq_cpus(); cpu++) {
				msi_block_move(run, &block, 0, cpu);
				check_capability(run, &block);
				msi_block_fire(run, &block, 0);
			}
			msi_block_release(run, &block);
		}
		msi_block_free(&block);
	}
	msi_block_close(&block);
}

static void move_each_alone(struct test_run *run, struct msi_block *block)
{
	for (unsigned int move = 0; move < 2 * block->size; move++) {
		unsigned int n = move % block->size;

		msi_block_move(run, block, n, block->irqs[n]->target.cpu + 1);
		msi_block_fire_all(run, block);
	}
}

static void withdraw(struct test_run *run, struct msi_block *block, unsigned int n)
{
	struct vtd_unit *unit = block->irqs[n]->chain[1].unit;
	uint16_t index = msi_block_entry(block, n);
	const struct irte entry = unit->table[index];

	test_check(run, !vtd_unit_withdraw(unit, index), "entry %u is not withdrawn", index);
	for (unsigned int i = 0; i < block->size; i++)
		msi_block_fire_number(run, block, i, i == n ? MSI_BLOCK_NOBODY : i);
	/* Reads what hardware may have recorded of it, and so makes room for the next record. */
	(void)vtd_blocked(block->irqs[n]->requester.segment, block->irqs[n]->requester.id, NULL);
	test_check(run, !vtd_unit_publish_new(unit, index, &entry), "entry %u does not come back",
	           index);
	msi_block_fire_number(run, block, n, n);
}

static void vectors(struct test_run *run)
{
	struct source *source = msi_block_source(run->instance, 1);
	struct msi_block block;

	if (!msi_block_fits(run, source, SIZE) || !msi_block_open(run, &block, source, 1, SIZE))
		return;
	int got = msi_block_alloc(&block);
	test_check(run, got == SIZE, "a block of %u: %d irqs", SIZE, got);
	if (got > 0) {
		if (msi_block_request(run, &block)) {
			check_entries(run, &block);
			msi_block_fire_all(run, &block);
			move_each_alone(run, &block);
			for (unsigned int n = 0; n < block.size; n++)
				withdraw(run, &block, n);
			msi_block_release(run, &block);
		}
		msi_block_free(&block);
	}
	msi_block_close(&block);
}

static unsigned int msi_sources(enum test_phase phase)
{
	(void)phase;
	return msi_block_sources(1);
}

static unsigned int multi_message_sources(enum test_phase phase)
{
	(void)phase;
	return msi_block_sources(2);
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s", msi_block_source(instance, 1)->name);
}

static void multi_message_label(enum test_phase phase, unsigned int instance, char *buffer,
                                size_t size)
{
	(void)phase;
	format(buffer, size, "%s", msi_block_source(instance, 2)->name);
}

TEST(45, block_direct) = {
        .name = "block.direct",
        .checks = "without remapping a block of irqs is not to be had: the request gets one irq, "
                  "which works, and a line says why (the mail's point 2: multi-vector MSI is not "
                  "supported on x86 unless interrupt remapping is enabled)",
        .failure = "the irqs of a block would have to move together, or the device puts the "
                   "number of a message into the vector",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .instances = msi_sources,
        .label = label,
        .needs = MSI_BLOCK_NO_SOURCE,
        .run = direct,
};

TEST(45, block_capability) = {
        .name = "block.capability",
        .checks = "all messages of an MSI capability go to entries in a row, and a move leaves the "
                  "capability as it is (VT-d r5.10, 5.1.5.2, MSI and MSI-X Register Programming)",
        .failure = "the device's messages name other entries than those of its irqs",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = multi_message_sources,
        .label = multi_message_label,
        .needs = MSI_BLOCK_NO_MESSAGES,
        .run = capability,
};

TEST(45, block_vectors) = {
        .name = "block.vectors",
        .checks = "each irq of a block has a CPU of its own, moves alone, and is blocked alone "
                  "(VT-d r5.10, 5.1.3, Interrupt Remapping Table: the index is handle + "
                  "subhandle)",
        .failure = "a move of one vector of a device touches another one's, or a message goes to "
                   "another irq's handler",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = msi_sources,
        .label = label,
        .needs = MSI_BLOCK_NO_SOURCE,
        .run = vectors,
};
