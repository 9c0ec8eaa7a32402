/* SPDX-License-Identifier: MIT */
/*
 * Who owns an xHCI controller: the firmware's SMM code, which makes USB keyboards work before an
 * operating system runs, or this kernel. While the firmware owns it, an SMI may touch the registers
 * at any moment (xHCI 1.2, 4.22.1 "Pre-OS to OS Handoff Synchronization").
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_XHCI_LEGACY_H
#define RETARGET_DRIVERS_PCI_SOURCES_XHCI_LEGACY_H

#include <stdint.h>

struct xhci_legacy {
	volatile uint8_t *capability; /* NULL: the controller has none, nobody to ask */
	uint32_t enables;             /* the SMIs that were on */
};

/* Finds the capability; `registers` is BAR 0, mapped, of `size` bytes. */
void xhci_legacy_find(struct xhci_legacy *legacy, volatile uint8_t *registers, uint64_t size);

/* 0, or -EBUSY when the firmware does not let go within a second; it then stays the owner. */
int xhci_legacy_take(struct xhci_legacy *legacy);
void xhci_legacy_give_back(const struct xhci_legacy *legacy);

#endif
