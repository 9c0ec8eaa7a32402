// SPDX-License-Identifier: MIT
#include "kernel/irq/ioapic_leaf.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/bits.h"
#include "kernel/irq/irq.h"
#include "kernel/print.h"

/* What of an address the IO-APIC takes from the entry; the rest is fixed. */
#define ADDRESS_INTERRUPT 0xfee00000U
#define ADDRESS_19_4      GENMASK_ULL(19, 4)
#define ADDRESS_2         BIT_ULL(2)
#define RTE_HIGH_ADDRESS  GENMASK_ULL(31, 16) /* the entry's bits 63:48 */

_Static_assert(offsetof(struct ioapic_store, store) == 0, "the two pointers below are one");

static struct ioapic_pin *pin_of(struct message_store *store)
{
	return &((struct ioapic_store *)store)->pin;
}

static void pin_read(struct message_store *store, struct message *message)
{
	uint64_t entry = ioapic_read_entry(pin_of(store));
	uint32_t low = (uint32_t)entry, high = entry >> 32;

	message->address_lo = ADDRESS_INTERRUPT |
	                      field_set(ADDRESS_19_4, field_get(RTE_HIGH_ADDRESS, high)) |
	                      field_set(ADDRESS_2, field_get(RTE_LOW_LOGICAL, low));
	message->address_hi = 0;
	message->data = low & (RTE_LOW_MODE | RTE_LOW_VECTOR);
	if (message_is_remappable(message))
		message->data = 0; /* not the stand-in */
}

/* Address bit 2, which is in the other half, is 0 here: pin_activate() has seen to that. */
static void pin_write(struct message_store *store, enum message_word word, uint32_t value)
{
	struct ioapic_pin *pin = pin_of(store);

	switch (word) {
	case MESSAGE_ADDRESS_LO:
		ioapic_write_high(pin, field_set(RTE_HIGH_ADDRESS, field_get(ADDRESS_19_4, value)));
		break;
	case MESSAGE_ADDRESS_HI:
		break;
	case MESSAGE_DATA:
		ioapic_write_low(pin, value ? value : pin->number);
		break;
	}
}

/* What the IO-APIC has sent is ahead of its answer. */
static void pin_flush(struct message_store *store)
{
	ioapic_read_entry(pin_of(store));
}

/* Ends with a flush: who masks wants silence from then on, not soon. */
static void pin_mask(struct message_store *store)
{
	ioapic_mask(pin_of(store));
	pin_flush(store);
}

static void pin_unmask(struct message_store *store)
{
	ioapic_unmask(pin_of(store));
}

/* No message is held back: the line itself stays asserted, and is looked at anew. */
static bool pin_pending(struct message_store *store)
{
	(void)store;
	return false;
}

static const struct message_store_ops edge_ops = {
        .read = pin_read,
        .write = pin_write,
        .flush = pin_flush,
};

static const struct message_store_ops level_ops = {
        .read = pin_read,
        .write = pin_write,
        .flush = pin_flush,
        .mask = pin_mask,
        .unmask = pin_unmask,
        .pending = pin_pending,
};

void ioapic_store_init(struct ioapic_store *store, const struct ioapic_pin *pin)
{
	store->store.ops = pin->level ? &level_ops : &edge_ops;
	store->pin = *pin;
	ioapic_mask(&store->pin);
}

const struct irq_leaf *ioapic_leaf(const struct ioapic_store *store)
{
	return store->pin.level ? &irq_leaf_ioapic_level : &irq_leaf_ioapic_edge;
}

void ioapic_store_end_of_interrupt(struct message_store *store)
{
	ioapic_end_of_interrupt(pin_of(store));
}

bool ioapic_store_remote_irr(struct message_store *store)
{
	return ioapic_remote_irr(pin_of(store));
}

/*
 * Address bit 2 is set only in a remappable message with an index from 8000h on. It would be a
 * third field in the entry's low half; only a table of the largest size (irtes=65536) has such an
 * index, and it is refused.
 *
 * Remote IRR, where somebody left it set, would keep a level pin silent for ever.
 */
static int pin_activate(struct irq *irq, struct irq_layer *layer)
{
	struct message message;
	int error = irq_compose(irq, &message);

	if (error)
		return error;
	if (message.address_hi || (message.address_lo & ADDRESS_2))
		return -ERANGE;
	error = leaf_activate(irq, layer);
	if (!error && pin_of(irq->store)->level)
		ioapic_store_end_of_interrupt(irq->store);
	return error;
}

static void pin_describe(struct irq *irq, struct irq_layer *layer, char *buffer, size_t size)
{
	const struct ioapic_pin *pin = pin_of(irq->store);
	uint64_t entry = ioapic_read_entry(pin);

	(void)layer;
	format(buffer, size, "GSI %u, entry %08x_%08x%s%s%s", pin->gsi, (uint32_t)(entry >> 32),
	       (uint32_t)entry, pin->active_low ? ", active low" : "",
	       entry & RTE_LOW_MASK ? ", masked" : "",
	       entry & RTE_LOW_REMOTE_IRR ? ", remote IRR" : "");
}

/* An edge while the pin is masked is lost, so the mask bit is for the start and the end only. */
static void edge_startup(struct irq *irq)
{
	ioapic_unmask(pin_of(irq->store));
}

static void edge_shutdown(struct irq *irq)
{
	ioapic_mask(pin_of(irq->store));
}

/*
 * The local APIC broadcasts the vector that the CPU has taken. Without remapping that is the one in
 * the entry, or the protocol has ended the interrupt already. With it, the entry has no vector to
 * be found by, so the pin is told itself.
 */
static void level_end_of_interrupt(struct irq *irq)
{
	if (message_is_remappable(&irq->message))
		ioapic_store_end_of_interrupt(irq->store);
}

const struct irq_leaf irq_leaf_ioapic_edge = {
        .domain = {.name = "ioapic-edge",
                   .activate = pin_activate,
                   .deactivate = leaf_deactivate,
                   .set_affinity = leaf_set_affinity,
                   .describe = pin_describe},
        .reservation = IRQ_RESERVES_NEVER,
        .startup = edge_startup,
        .shutdown = edge_shutdown,
};

const struct irq_leaf irq_leaf_ioapic_level = {
        .domain = {.name = "ioapic-level",
                   .activate = pin_activate,
                   .deactivate = leaf_deactivate,
                   .set_affinity = leaf_set_affinity,
                   .describe = pin_describe},
        .reservation = IRQ_RESERVES_NEVER,
        .end_of_interrupt = level_end_of_interrupt,
};
