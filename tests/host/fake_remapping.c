// SPDX-License-Identifier: MIT
#include "tests/host/fake_remapping.h"

#include <asm-generic/errno.h>

#include "kernel/irq/irq.h"
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

/* An entry of its own, or what the test wants to go wrong, or -ENOSPC. */
static int take_entry(void)
{
	if (fake_remapping_errors.alloc)
		return fake_remapping_errors.alloc;
	for (int i = 0; i < FAKE_ENTRIES; i++) {
		if (!entries[i].allocated) {
			entries[i].allocated = true;
			return i;
		}
	}
	return -ENOSPC;
}

static void write_entry(const struct irq *irq, uint32_t index)
{
	entries[index].apic_id = irq->target.apic_id;
	entries[index].vector = irq->target.vector;
}

static int fake_alloc(struct irq *irq, struct irq_layer *layer)
{
	int index = take_entry();

	(void)irq;
	if (index < 0)
		return index;
	layer->index = (uint32_t)index;
	return 0;
}

static void fake_free(struct irq *irq, struct irq_layer *layer)
{
	(void)irq;
	assert_true(entries[layer->index].allocated);
	assert_false(entries[layer->index].active);
	entries[layer->index].allocated = false;
}

static int fake_activate(struct irq *irq, struct irq_layer *layer)
{
	if (fake_remapping_errors.activate)
		return fake_remapping_errors.activate;
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
	write_entry(irq, layer->index);
	return IRQ_ABSORBED;
}

static int fake_compose(struct irq *irq, struct irq_layer *layer, struct message *message)
{
	(void)irq;
	if (fake_remapping_errors.compose)
		return fake_remapping_errors.compose;
	*message = message_remappable((uint16_t)layer->index);
	return 0;
}

const struct irq_domain fake_remapping_domain = {
        .name = "fake-ir",
        .alloc = fake_alloc,
        .free = fake_free,
        .activate = fake_activate,
        .deactivate = fake_deactivate,
        .set_affinity = fake_set_affinity,
        .compose = fake_compose,
};
