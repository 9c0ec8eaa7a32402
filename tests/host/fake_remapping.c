// SPDX-License-Identifier: MIT
#include "tests/host/fake_remapping.h"

#include <asm-generic/errno.h>

#include "kernel/irq/irq.h"
#include "kernel/print.h"
#include "tests/host/fake_machine.h"
#include "tests/host/unit.h"

struct fake_remapping_errors fake_remapping_errors;

static struct {
	bool allocated;
	bool active;
	uint32_t apic_id;
	uint8_t vector;
} entries[FAKE_ENTRIES];

void fake_remapping_interrupt(uint16_t index)
{
	assert_true(index < FAKE_ENTRIES);
	if (entries[index].active)
		fake_machine_interrupt(entries[index].apic_id, entries[index].vector);
}

uint32_t fake_remapping_allocated(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < FAKE_ENTRIES; i++)
		count += entries[i].allocated;
	return count;
}

uint32_t fake_remapping_active(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < FAKE_ENTRIES; i++)
		count += entries[i].active;
	return count;
}

static bool is_free(uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++)
		if (entries[i].allocated)
			return false;
	return true;
}

/* So many in a row, aligned to their number: the first of them, or -ENOSPC. */
static int take_entries(uint32_t count)
{
	for (uint32_t first = 0; first + count <= FAKE_ENTRIES; first += count) {
		if (!is_free(first, count))
			continue;
		for (uint32_t i = first; i < first + count; i++)
			entries[i].allocated = true;
		return (int)first;
	}
	return -ENOSPC;
}

static void write_entry(const struct irq *irq, uint32_t index)
{
	entries[index].apic_id = irq->target.apic_id;
	entries[index].vector = irq->target.vector;
}

static uint32_t index_of_first(const struct irq *irq)
{
	return irq->block->chain[1].index;
}

static int fake_alloc(struct irq *irq, struct irq_layer *layer)
{
	int index;

	if (fake_remapping_errors.alloc)
		return fake_remapping_errors.alloc;
	if (irq->block_offset) {
		layer->index = index_of_first(irq) + irq->block_offset;
		return 0;
	}
	index = take_entries(irq->block_size);
	if (index < 0)
		return index;
	layer->index = (uint32_t)index;
	return 0;
}

static void fake_free(struct irq *irq, struct irq_layer *layer)
{
	if (irq->block_offset)
		return;
	for (uint32_t i = layer->index; i < layer->index + irq->block_size; i++) {
		assert_true(entries[i].allocated);
		assert_false(entries[i].active);
		entries[i].allocated = false;
	}
}

static int fake_activate(struct irq *irq, struct irq_layer *layer)
{
	if (fake_remapping_errors.activate)
		return fake_remapping_errors.activate;
	assert_true(entries[layer->index].allocated);
	assert_false(entries[layer->index].active);
	write_entry(irq, layer->index);
	entries[layer->index].active = true;
	return 0;
}

static void fake_deactivate(struct irq *irq, struct irq_layer *layer)
{
	(void)irq;
	assert_true(entries[layer->index].active);
	entries[layer->index].active = false;
}

static int fake_set_affinity(struct irq *irq, struct irq_layer *layer, uint32_t cpu)
{
	(void)cpu;
	if (fake_remapping_errors.set_affinity)
		return fake_remapping_errors.set_affinity;
	assert_true(entries[layer->index].active);
	write_entry(irq, layer->index);
	return IRQ_ABSORBED;
}

static int fake_compose(struct irq *irq, struct irq_layer *layer, struct message *message)
{
	if (fake_remapping_errors.compose)
		return fake_remapping_errors.compose;
	if (irq->block_size > 1)
		*message = message_remappable_block((uint16_t)index_of_first(irq));
	else
		*message = message_remappable((uint16_t)layer->index);
	return 0;
}

static void fake_describe(struct irq *irq, struct irq_layer *layer, char *buffer, size_t size)
{
	(void)irq;
	format(buffer, size, "entry %u: APIC id %u, vector %02x", layer->index,
	       entries[layer->index].apic_id, entries[layer->index].vector);
}

const struct irq_domain fake_remapping_domain = {
        .name = "fake-ir",
        .alloc = fake_alloc,
        .free = fake_free,
        .activate = fake_activate,
        .deactivate = fake_deactivate,
        .set_affinity = fake_set_affinity,
        .compose = fake_compose,
        .describe = fake_describe,
};
