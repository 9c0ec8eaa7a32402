// SPDX-License-Identifier: MIT
#include "tests/mark.h"

#include <asm-generic/errno.h>
#include <linux/pci_regs.h>

#include "drivers/pci/pci.h"
#include "kernel/bits.h"

#define MARK_KIND    GENMASK_ULL(31, 28)
#define MARK_APIC_ID GENMASK_ULL(27, 8)
#define MARK_LOW     GENMASK_ULL(7, 0)

static const struct pci_function *marked; /* NULL: no marks */

int marks_on(void)
{
	marked = pci_function_get(0);
	return marked ? 0 : -ENODEV;
}

static void leave(enum mark kind, uint32_t apic_id, uint32_t low)
{
	if (marked)
		pci_write32(marked, PCI_VENDOR_ID,
		            (uint32_t)(field_set(MARK_KIND, kind) |
		                       field_set(MARK_APIC_ID, apic_id) |
		                       field_set(MARK_LOW, low)));
}

void mark(enum mark kind, const struct irq_target *target)
{
	leave(kind, target->apic_id, target->vector);
}

void mark_window(enum mark kind, unsigned int window)
{
	leave(kind, 0, window);
}
