/* SPDX-License-Identifier: MIT */
/*
 * An xHCI controller's command ring and primary event ring (xHCI 1.2, 4.9 "TRB Ring"): one page
 * each, used by one CPU, with at most one command under way.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_XHCI_RINGS_H
#define RETARGET_DRIVERS_PCI_SOURCES_XHCI_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/sources/xhci_regs.h"

struct xhci_rings {
	volatile struct xhci_trb *commands;
	volatile struct xhci_trb *events;
	struct xhci_segment *segment;

	unsigned int enqueue; /* next free command, and the cycle bit it gets */
	uint32_t command_cycle;
	unsigned int dequeue; /* next event, and the cycle bit it will have */
	uint32_t event_cycle;
	bool outstanding; /* a command whose event has not been taken */
};

/* Memory, once. 0 or -ENOMEM. */
int xhci_rings_alloc(struct xhci_rings *rings);

/* Empties both and hands them to a controller that is halted. */
void xhci_rings_reset(struct xhci_rings *rings, volatile uint8_t *operational,
                      volatile uint8_t *runtime);

/* Puts a No Op command on the ring; the doorbell is the caller's. */
void xhci_rings_no_op(struct xhci_rings *rings);

bool xhci_rings_event_present(const struct xhci_rings *rings);

/*
 * Takes every event there is and clears EHB, so that the next one sends a message.
 * 0, or -EIO when a command failed.
 */
int xhci_rings_consume(struct xhci_rings *rings, volatile uint8_t *runtime);

/* Writes a 64-bit register in the one way that every controller understands (5.1). */
void xhci_write_pointer(volatile uint8_t *reg, uint64_t value);

#endif
