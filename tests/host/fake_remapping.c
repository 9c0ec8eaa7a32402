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

static int fake_alloc(struct irq *irq, unsigned int level, const struct irq_request *request)
{
	int error = irq_parent_alloc(irq, level, request);
	int index;

	if (error)
		return error;
	index = take_entry();
	if (index < 0) {
		irq_parent_free(irq, level);
		return index;
	}
	irq->chain[level].index = (uint32_t)index;
	return 0;
}

static void fake_free(struct irq *irq, unsigned int level)
{
	assert_true(entries[irq->chain[level].index].allocated);
	assert_false(entries[irq->chain[level].index].active);
	entries[irq->chain[level].index].allocated = false;
	irq_parent_free(irq, level);
}

static int fake_activate(struct irq *irq, unsigned int level)
{
	int error = irq_parent_activate(irq, level);

	if (error)
		return error;
	if (fake_remapping_errors.activate) {
		irq_parent_deactivate(irq, level);
		return fake_remapping_errors.activate;
	}
	write_entry(irq, irq->chain[level].index);
	entries[irq->chain[level].index].active = true;
	return 0;
}

static void fake_deactivate(struct irq *irq, unsigned int level)
{
	assert_true(entries[irq->chain[level].index].active);
	entries[irq->chain[level].index].active = false;
	irq_parent_deactivate(irq, level);
}

static int fake_set_affinity(struct irq *irq, unsigned int level, unsigned int cpu)
{
	int result = irq_parent_set_affinity(irq, level, cpu);

	if (result < 0)
		return result;
	assert_int_equal(result, IRQ_MESSAGE_CHANGED);
	if (fake_remapping_errors.set_affinity)
		return fake_remapping_errors.set_affinity;
	write_entry(irq, irq->chain[level].index);
	return IRQ_ABSORBED;
}

static int fake_compose(struct irq *irq, unsigned int level, struct message *message)
{
	if (fake_remapping_errors.compose)
		return fake_remapping_errors.compose;
	*message = message_remappable((uint16_t)irq->chain[level].index);
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
