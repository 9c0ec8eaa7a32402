// SPDX-License-Identifier: MIT
#include "tests/block/msi_block.h"

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/cpu.h"
#include "kernel/irq/barrier.h"
#include "kernel/string.h"
#include "tests/arm.h"
#include "tests/arms.h"

static void absent_read(struct message_store *store, struct message *message)
{
	struct message_store *first = ((struct absent_store *)store)->first;

	first->ops->read(first, message);
}

static void absent_write(struct message_store *store, enum message_word word, uint32_t value)
{
	(void)store, (void)word, (void)value;
}

static void absent_flush(struct message_store *store)
{
	struct message_store *first = ((struct absent_store *)store)->first;

	first->ops->flush(first);
}

static const struct message_store_ops absent_ops = {
        .read = absent_read,
        .write = absent_write,
        .flush = absent_flush,
};

unsigned int msi_block_messages(const struct source *source)
{
	return (unsigned int)msi_size(pci_function_of(&source->requester));
}

struct source *msi_block_source(unsigned int n, unsigned int messages)
{
	struct source *source;

	for (unsigned int i = 0; (source = source_get(i)); i++)
		if (source->leaf == &irq_leaf_msi && source_is_remapped(source) &&
		    msi_block_messages(source) >= messages && n-- == 0)
			break;
	return source;
}

unsigned int msi_block_sources(unsigned int messages)
{
	unsigned int n = 0;

	while (msi_block_source(n, messages))
		n++;
	return n;
}

bool msi_block_fits(struct test_run *run, const struct source *source, unsigned int size)
{
	const struct vtd_unit *unit = vtd_unit_for(&source->requester);

	if (unit && unit->indexes.size < size)
		test_skip(run, "the remapping table has %u entries, the block %u",
		          unit->indexes.size, size);
	return !run->skipped;
}

bool msi_block_open(struct test_run *run, struct msi_block *block, struct source *source,
                    unsigned int messages, unsigned int size)
{
	int error;

	if (!arm_open_source(run, source))
		return false;
	memset(block, 0, sizeof(*block));
	block->source = source;
	block->function = pci_function_of(&source->requester);
	block->messages = messages;
	block->size = size;
	error = msi_stores_init(block->msi, messages, block->function);
	if (!test_check(run, !error, "%s has no %u messages: error %d", source->name, messages,
	                error)) {
		source->ops->close(source);
		return false;
	}
	for (unsigned int n = 0; n < size; n++) {
		block->absent[n] =
		        (struct absent_store){{.ops = &absent_ops}, &block->msi[0].store};
		block->stores[n] = n < messages ? &block->msi[n].store : &block->absent[n].store;
	}
	return true;
}

void msi_block_close(struct msi_block *block)
{
	block->source->ops->close(block->source);
}

int msi_block_alloc(struct msi_block *block)
{
	const struct irq_request request = {
	        .leaf = block->source->leaf,
	        .requester = block->source->requester,
	        .name = block->source->name,
	        .protocol = arms_lossless_protocol(vtd_enabled()),
	};
	int got = irq_alloc_block(&request, block->stores, block->size, block->irqs);

	if (got < 0)
		return got;
	block->size = (unsigned int)got;
	/* With more messages than irqs the device would put their numbers into the vector. */
	if (block->size < block->messages)
		(void)msi_stores_init(block->msi, block->size, block->function);
	msi_enable(block->function);
	return got;
}

void msi_block_free(struct msi_block *block)
{
	for (unsigned int n = block->size; n-- > 0;)
		irq_free(block->irqs[n]);
}

static void came_in(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct receiver *receiver = context;

	(void)irq;
	receiver->cpu = arrival->cpu;
	__atomic_add_fetch(&receiver->arrived, 1, __ATOMIC_RELEASE);
}

static void strayed(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct receiver *receiver = context;

	(void)irq, (void)arrival;
	__atomic_add_fetch(&receiver->strayed, 1, __ATOMIC_RELEASE);
}

bool msi_block_request(struct test_run *run, struct msi_block *block)
{
	for (unsigned int n = 0; n < block->size; n++) {
		int error = irq_request(block->irqs[n], n % irq_cpus(), came_in, strayed,
		                        &block->receivers[n]);

		if (test_check(run, !error, "irq %u of the block cannot be requested: error %d", n,
		               error))
			continue;
		while (n-- > 0)
			irq_release(block->irqs[n]);
		return false;
	}
	return true;
}

void msi_block_release(struct test_run *run, struct msi_block *block)
{
	for (unsigned int n = 0; n < block->size; n++) {
		int error = irq_release(block->irqs[n]);

		test_check(run, !error, "irq %u of the block cannot be released: error %d", n,
		           error);
	}
}

void msi_block_move(struct test_run *run, struct msi_block *block, unsigned int n, uint32_t cpu)
{
	int error = irq_set_affinity(block->irqs[n], cpu % irq_cpus());

	test_check(run, !error, "irq %u of the block cannot move: error %d", n, error);
}

static void check_receivers(struct test_run *run, const struct msi_block *block,
                            unsigned int wanted)
{
	for (unsigned int n = 0; n < block->size; n++) {
		const struct receiver *receiver = &block->receivers[n];
		uint32_t cpu = block->irqs[n]->target.cpu;

		if (n == wanted)
			test_check(run, receiver->arrived == 1,
			           "irq %u of %u got its message %u times", n, block->size,
			           receiver->arrived);
		else
			test_check(run, !receiver->arrived,
			           "irq %u of %u got a message that is not its own", n,
			           block->size);
		test_check(run, !receiver->arrived || receiver->cpu == cpu,
		           "the message for irq %u came in at cpu %u instead of %u", n,
		           receiver->cpu, cpu);
		test_check(run, !receiver->strayed, "irq %u of %u: %u messages strayed", n,
		           block->size, receiver->strayed);
	}
}

void msi_block_fire(struct test_run *run, struct msi_block *block, unsigned int receiver)
{
	int error;

	memset(block->receivers, 0, sizeof(block->receivers));
	error = block->source->ops->fire(block->source, 0);
	test_check(run, !error, "the device refused to fire: error %d", error);
	block->source->ops->flush(block->source);
	barrier(); /* what it sent has been taken, and sent again if a protocol found it; */
	barrier(); /* that, too, has been taken */
	check_receivers(run, block, receiver);
}

void msi_block_fire_number(struct test_run *run, struct msi_block *block, unsigned int number,
                           unsigned int receiver)
{
	struct message_store *store = block->stores[0];

	store->ops->write(store, MESSAGE_DATA, number);
	store->ops->flush(store);
	msi_block_fire(run, block, receiver);
	store->ops->write(store, MESSAGE_DATA, 0);
	store->ops->flush(store);
}

void msi_block_fire_all(struct test_run *run, struct msi_block *block)
{
	for (unsigned int n = 0; n < block->size; n++)
		msi_block_fire_number(run, block, n, n);
}

uint16_t msi_block_entry(const struct msi_block *block, unsigned int n)
{
	return (uint16_t)block->irqs[n]->chain[1].index;
}
