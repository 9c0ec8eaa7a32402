// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <stddef.h>

#include "drivers/pci/sources/xhci_legacy.h"
#include "drivers/pci/sources/xhci_regs.h"
#include "kernel/mmio.h"
#include "kernel/time.h"

/* An extended capability takes at least a dword, so a longer list than this loops. */
#define EXTENDED_CAPABILITIES_MAX 64

void xhci_legacy_find(struct xhci_legacy *legacy, volatile uint8_t *registers, uint64_t size)
{
	uint64_t offset = field_get(HCCPARAMS1_XECP, mmio_read32(registers + XHCI_HCCPARAMS1)) * 4;

	legacy->capability = NULL;
	for (int n = 0; offset && n < EXTENDED_CAPABILITIES_MAX; n++) {
		if (offset + XHCI_USBLEGCTLSTS + 4 > size)
			return;
		uint32_t header = mmio_read32(registers + offset);
		if (field_get(XHCI_XCAP_ID, header) == XHCI_XCAP_LEGACY) {
			legacy->capability = registers + offset;
			return;
		}
		uint64_t next = field_get(XHCI_XCAP_NEXT, header);
		offset = next ? offset + next * 4 : 0;
	}
}

int xhci_legacy_take(struct xhci_legacy *legacy)
{
	if (!legacy->capability)
		return 0;

	volatile uint8_t *owner = legacy->capability + XHCI_USBLEGSUP;
	volatile uint8_t *control = legacy->capability + XHCI_USBLEGCTLSTS;
	struct deadline deadline = deadline_in_us(1000000);

	mmio_write32(owner, mmio_read32(owner) | USBLEGSUP_OS_OWNED);
	while (mmio_read32(owner) & USBLEGSUP_BIOS_OWNED) {
		if (deadline_passed(&deadline)) {
			mmio_write32(owner, mmio_read32(owner) & ~USBLEGSUP_OS_OWNED);
			return -EBUSY;
		}
	}

	/* The firmware may leave its SMIs on; each would stop all CPUs in the middle of a test. */
	uint32_t value = mmio_read32(control);
	legacy->enables = value & USBLEGCTLSTS_ENABLES;
	mmio_write32(control, (value & ~USBLEGCTLSTS_ENABLES) | USBLEGCTLSTS_EVENTS);
	return 0;
}

void xhci_legacy_give_back(const struct xhci_legacy *legacy)
{
	if (!legacy->capability)
		return;

	volatile uint8_t *owner = legacy->capability + XHCI_USBLEGSUP;
	volatile uint8_t *control = legacy->capability + XHCI_USBLEGCTLSTS;

	/* Clearing the ownership is itself an event: the SMIs must be on by then to be heard. */
	mmio_write32(control, (mmio_read32(control) & ~USBLEGCTLSTS_EVENTS) | legacy->enables);
	mmio_write32(owner, mmio_read32(owner) & ~USBLEGSUP_OS_OWNED);
}
