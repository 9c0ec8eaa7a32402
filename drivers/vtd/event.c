// SPDX-License-Identifier: MIT
#include "drivers/vtd/event.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "drivers/vtd/regs.h"
#include "drivers/vtd/unit.h"
#include "kernel/irq/domain.h"
#include "kernel/irq/source.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"

/* From an event's control register on; what FECTL and IECTL mean is the same, too. */
#define EVENT_CONTROL       0x0
#define EVENT_DATA          0x4
#define EVENT_ADDRESS       0x8
#define EVENT_UPPER_ADDRESS 0xc
#define EVENT_CONTROL_IM    FECTL_IM
#define EVENT_CONTROL_IP    FECTL_IP

#define SAME_FOR_BOTH(fault, completion, value)                                                    \
	_Static_assert((fault) == (value) && (completion) == (value), "one layout for both "       \
	                                                              "events")

SAME_FOR_BOTH(FEDATA_REG - FECTL_REG, IEDATA_REG - IECTL_REG, EVENT_DATA);
SAME_FOR_BOTH(FEADDR_REG - FECTL_REG, IEADDR_REG - IECTL_REG, EVENT_ADDRESS);
SAME_FOR_BOTH(FEUADDR_REG - FECTL_REG, IEUADDR_REG - IECTL_REG, EVENT_UPPER_ADDRESS);
SAME_FOR_BOTH(FECTL_IM, IECTL_IM, EVENT_CONTROL_IM);
SAME_FOR_BOTH(FECTL_IP, IECTL_IP, EVENT_CONTROL_IP);

_Static_assert(offsetof(struct vtd_event, store) == 0, "the two pointers below are one");

static volatile uint8_t *registers_of(struct message_store *store)
{
	return ((struct vtd_event *)store)->registers;
}

static void event_read(struct message_store *store, struct message *message)
{
	volatile uint8_t *registers = registers_of(store);

	message->address_lo = mmio_read32(registers + EVENT_ADDRESS);
	message->address_hi = mmio_read32(registers + EVENT_UPPER_ADDRESS);
	message->data = mmio_read32(registers + EVENT_DATA);
}

static void event_write(struct message_store *store, enum message_word word, uint32_t value)
{
	static const uint8_t offsets[] = {
	        [MESSAGE_ADDRESS_LO] = EVENT_ADDRESS,
	        [MESSAGE_ADDRESS_HI] = EVENT_UPPER_ADDRESS,
	        [MESSAGE_DATA] = EVENT_DATA,
	};

	mmio_write32(registers_of(store) + offsets[word], value);
}

/*
 * The answer to a read of the control register comes behind the event's messages: 7.3,
 * Non-Recoverable Fault Event, and 6.5.2.10, Hardware Generation of Invalidation Completion Events.
 */
static void event_flush(struct message_store *store)
{
	mmio_read32(registers_of(store) + EVENT_CONTROL);
}

/* Ends with a flush: who masks wants silence from then on, not soon. */
static void event_mask(struct message_store *store)
{
	volatile uint8_t *control = registers_of(store) + EVENT_CONTROL;

	mmio_write32(control, mmio_read32(control) | EVENT_CONTROL_IM);
	event_flush(store);
}

static void event_unmask(struct message_store *store)
{
	volatile uint8_t *control = registers_of(store) + EVENT_CONTROL;

	mmio_write32(control, mmio_read32(control) & ~EVENT_CONTROL_IM);
}

static bool event_pending(struct message_store *store)
{
	return mmio_read32(registers_of(store) + EVENT_CONTROL) & EVENT_CONTROL_IP;
}

static const struct message_store_ops event_ops = {
        .read = event_read,
        .write = event_write,
        .flush = event_flush,
        .mask = event_mask,
        .unmask = event_unmask,
        .pending = event_pending,
};

void vtd_event_init(struct vtd_event *event, volatile uint8_t *registers)
{
	*event = (struct vtd_event){.store.ops = &event_ops, .registers = registers};
}

bool vtd_event_widen(struct vtd_event *event)
{
	const uint32_t id_31_8 = 0xffffff00;
	volatile uint8_t *upper = event->registers + EVENT_UPPER_ADDRESS;

	mmio_write32(upper, id_31_8);
	event->store.wide = mmio_read32(upper) == id_31_8;
	mmio_write32(upper, 0);
	return event->store.wide;
}

const struct irq_leaf irq_leaf_vtd_event = {
        .domain = LEAF_DOMAIN("vtd-event"),
        .never_remapped = true,
        .reservation = IRQ_RESERVES_IF_MASKABLE,
};

static int completion_open(struct source *source)
{
	return vtd_unit_queue_on(source->device);
}

static void completion_close(struct source *source)
{
	struct vtd_unit *unit = source->device;

	event_mask(&unit->completion_event.store);
	mmio_write32(unit->registers + ICS_REG, ICS_IWC);
	vtd_unit_queue_off(unit);
}

static struct message_store *completion_store(struct source *source, unsigned int slot)
{
	struct vtd_unit *unit = source->device;

	(void)slot;
	return &unit->completion_event.store;
}

/* Services the event before: with IWC set, hardware would take this one for reported. */
static int completion_fire(struct source *source, unsigned int slot)
{
	struct vtd_unit *unit = source->device;

	(void)slot;
	mmio_write32(unit->registers + ICS_REG, ICS_IWC);
	return vtd_queue_submit(&unit->queue, vtd_wait_interrupt());
}

static void completion_flush(struct source *source)
{
	struct vtd_unit *unit = source->device;

	event_flush(&unit->completion_event.store);
}

static const struct source_ops completion_ops = {
        .open = completion_open,
        .close = completion_close,
        .store = completion_store,
        .fire = completion_fire,
        .flush = completion_flush,
};

int vtd_event_register_source(struct vtd_unit *unit, uint64_t physical)
{
	struct source *source = memory_alloc(sizeof(*source), _Alignof(struct source));

	if (!source)
		return -ENOMEM;
	*source = (struct source){
	        .chip = "VT-d remapping unit",
	        .kind = "completion",
	        .leaf = &irq_leaf_vtd_event,
	        .requester = {.segment = unit->segment, .by_name = true},
	        .slots = 1,
	        .ops = &completion_ops,
	        .device = unit,
	};
	format(source->name, sizeof(source->name), "%s", unit->name);
	format(source->location, sizeof(source->location), "mmio %lx", physical);
	return source_register(source);
}
