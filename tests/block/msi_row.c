// SPDX-License-Identifier: MIT
#include "tests/block/msi_row.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/vector.h"
#include "kernel/string.h"

static void note(struct msi_row *row, int error)
{
	if (error)
		row->error = error;
}

static void use_messages(struct msi_row *row, unsigned int count)
{
	note(row, msi_stores_init(row->block.msi, count, row->block.function));
	msi_enable(row->block.function);
}

bool msi_row_open(struct test_run *run, struct msi_row *row, struct source *source)
{
	unsigned int messages = msi_block_messages(source);

	memset(row, 0, sizeof(*row));
	if (!msi_block_open(run, &row->block, source, 1, messages))
		return false;
	row->messages = messages;
	row->capability = row->block.stores[0];
	return true;
}

void msi_row_close(struct msi_row *row)
{
	msi_block_close(&row->block);
}

static int take_irq(struct msi_row *row, unsigned int number)
{
	struct irq_request request;

	idle_store_init(&row->idle[number], true);
	request = idle_request(&row->idle[number], NULL, false);
	request.protocol = protocol_find("masked");
	return irq_alloc(&request, &row->irqs[number]);
}

/* On another CPU first: the vectors that they get there are in nobody's way here. */
int msi_row_request(struct msi_row *row, uint32_t cpu, irq_handler *handler, irq_handler *stray)
{
	uint32_t elsewhere = cpu ? 0 : 1;
	int error = 0;
	int base;

	for (unsigned int n = 0; n < row->messages && !error; n++) {
		error = take_irq(row, n);
		if (!error)
			error = irq_request(row->irqs[n], elsewhere, handler, stray,
			                    (void *)(uintptr_t)n);
	}
	if (error)
		return error;
	base = msi_row_claim(row, cpu, msi_row_first(row));
	if (base < 0)
		return base;
	msi_row_move_all(row, cpu, (unsigned int)base);
	msi_row_leave_all(row);
	msi_row_write(row, cpu, (unsigned int)base);
	use_messages(row, 1);
	return row->error;
}

void msi_row_free(struct msi_row *row)
{
	for (unsigned int n = 0; n < row->messages && row->irqs[n]; n++) {
		if (row->irqs[n]->active)
			note(row, irq_release(row->irqs[n]));
		irq_free(row->irqs[n]);
	}
}

unsigned int msi_row_first(const struct msi_row *row)
{
	return (VECTOR_DEVICE_FIRST + row->messages - 1) & ~(row->messages - 1);
}

bool msi_row_exists(const struct msi_row *row, unsigned int base)
{
	return base + row->messages - 1 <= VECTOR_DEVICE_LAST;
}

static int claim_at(struct msi_row *row, uint32_t cpu, unsigned int base)
{
	unsigned int n = 0;
	int error = 0;

	while (n < row->messages && !error) {
		error = vector_claim(row->irqs[n], cpu, (uint8_t)(base + n));
		n += !error;
	}
	while (error && n-- > 0)
		vector_free_others(row->irqs[n], &row->irqs[n]->target);
	return error;
}

int msi_row_claim(struct msi_row *row, uint32_t cpu, unsigned int from)
{
	for (unsigned int base = from; msi_row_exists(row, base); base += row->messages)
		if (!claim_at(row, cpu, base))
			return (int)base;
	return -ENOSPC;
}

void msi_row_move(struct msi_row *row, struct irq *irq, uint32_t cpu, uint8_t vector)
{
	int error = -EBUSY;

	if (irq_hold(irq)) {
		error = vector_claim(irq, cpu, vector);
		if (!error)
			error = irq_move(irq, cpu);
		irq_let_go(irq);
	}
	note(row, error);
}

void msi_row_move_all(struct msi_row *row, uint32_t cpu, unsigned int base)
{
	for (unsigned int n = 0; n < row->messages; n++)
		msi_row_move(row, row->irqs[n], cpu, (uint8_t)(base + n));
}

void msi_row_leave_all(struct msi_row *row)
{
	for (unsigned int n = 0; n < row->messages; n++)
		vector_free_others(row->irqs[n], &row->irqs[n]->target);
}

void msi_row_write(struct msi_row *row, uint32_t cpu, unsigned int base)
{
	note(row, message_compatibility(cpu_get(cpu)->apic_id, (uint8_t)base, &row->words));
	store_write_message(row->capability, &row->words);
	row->capability->ops->flush(row->capability);
}

void msi_row_fire(struct msi_row *row, unsigned int number)
{
	struct source *source = row->block.source;
	const struct message_store_ops *ops = row->capability->ops;

	if (number)
		ops->write(row->capability, MESSAGE_DATA, row->words.data | number);
	else
		use_messages(row, row->messages);
	ops->flush(row->capability);
	note(row, source->ops->fire(source, 0));
	source->ops->flush(source);
	if (number)
		ops->write(row->capability, MESSAGE_DATA, row->words.data);
	else
		use_messages(row, 1);
	ops->flush(row->capability);
}
