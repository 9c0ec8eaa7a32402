// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>

#include "drivers/pci/sources/xhci_rings.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/string.h"

#define RING_TRBS (PAGE_SIZE / sizeof(struct xhci_trb))

/* Low dword first, then the high one; a controller need not take 64 bits at once. */
void xhci_write_pointer(volatile uint8_t *reg, uint64_t value)
{
	mmio_write32(reg, (uint32_t)value);
	mmio_write32(reg + 4, (uint32_t)(value >> 32));
}

int xhci_rings_alloc(struct xhci_rings *rings)
{
	rings->commands = memory_alloc_pages(1);
	rings->events = memory_alloc_pages(1);
	rings->segment = memory_alloc(sizeof(*rings->segment), 64);
	return rings->commands && rings->events && rings->segment ? 0 : -ENOMEM;
}

/* 4.9.3 "Command Ring Management". */
static void command_ring_reset(struct xhci_rings *rings, volatile uint8_t *operational)
{
	uint64_t base = memory_physical((void *)rings->commands);

	memset((void *)rings->commands, 0, PAGE_SIZE);
	rings->commands[RING_TRBS - 1].parameter = base; /* the link back */
	rings->enqueue = 0;
	rings->command_cycle = TRB_CONTROL_CYCLE;
	xhci_write_pointer(operational + XHCI_CRCR, base | CRCR_RCS);
}

/* 4.9.4 "Event Ring Management": the write of ERSTBA, the last one, switches the ring on. */
static void event_ring_reset(struct xhci_rings *rings, volatile uint8_t *runtime)
{
	memset((void *)rings->events, 0, PAGE_SIZE);
	rings->segment->base = memory_physical((void *)rings->events);
	rings->segment->size = RING_TRBS;
	rings->dequeue = 0;
	rings->event_cycle = TRB_CONTROL_CYCLE;
	mmio_write32(runtime + XHCI_ERSTSZ, 1);
	xhci_write_pointer(runtime + XHCI_ERDP, rings->segment->base | ERDP_EHB);
	xhci_write_pointer(runtime + XHCI_ERSTBA, memory_physical(rings->segment));
}

void xhci_rings_reset(struct xhci_rings *rings, volatile uint8_t *operational,
                      volatile uint8_t *runtime)
{
	rings->outstanding = false;
	command_ring_reset(rings, operational);
	event_ring_reset(rings, runtime);
}

void xhci_rings_no_op(struct xhci_rings *rings)
{
	/* The cycle bit hands a TRB over; a No Op's other words are 0 as they have always been. */
	rings->commands[rings->enqueue].control =
	        field_set(TRB_CONTROL_TYPE, TRB_TYPE_NO_OP_COMMAND) | rings->command_cycle;
	rings->outstanding = true;
	if (++rings->enqueue < RING_TRBS - 1)
		return;

	/* The last TRB leads back to the first, and from there on the cycle bit is the other. */
	rings->commands[rings->enqueue].control = field_set(TRB_CONTROL_TYPE, TRB_TYPE_LINK) |
	                                          TRB_CONTROL_TOGGLE_CYCLE | rings->command_cycle;
	rings->enqueue = 0;
	rings->command_cycle ^= TRB_CONTROL_CYCLE;
}

bool xhci_rings_event_present(const struct xhci_rings *rings)
{
	uint32_t control = rings->events[rings->dequeue].control;

	return (control & TRB_CONTROL_CYCLE) == rings->event_cycle;
}

int xhci_rings_consume(struct xhci_rings *rings, volatile uint8_t *runtime)
{
	int error = 0;

	while (xhci_rings_event_present(rings)) {
		volatile struct xhci_trb *event = &rings->events[rings->dequeue];

		if (field_get(TRB_CONTROL_TYPE, event->control) == TRB_TYPE_COMMAND_COMPLETION) {
			rings->outstanding = false;
			if (field_get(TRB_STATUS_COMPLETION_CODE, event->status) !=
			    COMPLETION_SUCCESS)
				error = -EIO;
		}
		if (++rings->dequeue == RING_TRBS) {
			rings->dequeue = 0;
			rings->event_cycle ^= TRB_CONTROL_CYCLE;
		}
	}
	xhci_write_pointer(runtime + XHCI_ERDP,
	                   memory_physical((void *)&rings->events[rings->dequeue]) | ERDP_EHB);
	return error;
}
