// SPDX-License-Identifier: MIT
#include "drivers/pci/intx.h"

#include <asm-generic/errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/ioapic.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/protocol.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define GSI_PCI_FIRST 16 /* those before are the ISA bus's: ACPI 6.5, 5.2.13 */
#define GRACE_US      50 /* for hardware whose flush is not the whole way to the local APIC */

struct trial {
	struct source *source;
	struct ioapic_store *store;
	uint32_t ours;   /* 1: an interrupt came, and the source had asserted it */
	uint32_t others; /* 1: one came that somebody else asserts, and nobody here can end it */
};

static void handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct trial *trial = context;

	(void)irq, (void)arrival;
	if (trial->source->ops->acknowledge(trial->source, 0)) {
		__atomic_store_n(&trial->ours, 1, __ATOMIC_RELEASE);
		return;
	}
	__atomic_store_n(&trial->others, 1, __ATOMIC_RELEASE);
	ioapic_mask(&trial->store->pin);
}

/* Returns when an interrupt that the pin has sent has been taken. */
static void settle(struct trial *trial)
{
	trial->store->store.ops->flush(&trial->store->store);
	barrier();
	delay_us(GRACE_US);
	barrier();
}

/* 1: it is this pin; 0: it is not; or a negative errno. */
static int try_pin(struct trial *trial)
{
	struct source *source = trial->source;
	const struct irq_request request = {
	        .leaf = ioapic_leaf(trial->store),
	        .store = &trial->store->store,
	        .requester = source->requester,
	        .name = source->name,
	        .protocol = protocol_find("level"),
	};
	struct irq *irq;
	int error = irq_alloc(&request, &irq);

	if (error)
		return error;
	error = irq_request(irq, IRQ_CPU_ANY, handler, NULL, trial);
	if (!error) {
		settle(trial);
		if (!__atomic_load_n(&trial->others, __ATOMIC_ACQUIRE)) {
			error = source->ops->fire(source, 0);
			source->ops->flush(source);
			settle(trial);
			source->ops->acknowledge(source, 0);
		}
		irq_release(irq);
	}
	irq_free(irq);
	return error ? error : (int)__atomic_load_n(&trial->ours, __ATOMIC_ACQUIRE);
}

int intx_find_pin(struct source *source, struct ioapic_store *store,
                  bool (*route)(struct source *source, uint32_t gsi))
{
	struct ioapic_pin pin;
	int result;

	for (uint32_t gsi = GSI_PCI_FIRST; gsi < ioapic_gsi_end(); gsi++) {
		struct trial trial = {.source = source, .store = store};

		if (ioapic_pin_by_gsi(gsi, &pin) || (route && !route(source, gsi)))
			continue;
		ioapic_store_init(store, &pin);
		vtd_requester_io_apic(pin.ioapic_id, &source->requester);
		result = try_pin(&trial);
		if (result)
			return result < 0 ? result : 0;
	}
	print("# source: %s: the level of %s shows up at no pin from GSI %u to %u that others "
	      "leave alone\n",
	      source->location, source->name, GSI_PCI_FIRST, ioapic_gsi_end() - 1);
	return -ENXIO;
}
