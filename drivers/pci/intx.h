/* SPDX-License-Identifier: MIT */
/*
 * INTx: a function's level-triggered interrupt, and which pin of an IO-APIC it comes in at.
 *
 * ACPI says that in _PRT, which is AML, and nothing here interprets AML. So it is tried out: the
 * device asserts its interrupt, and one pin after the other is unmasked.
 */
#ifndef RETARGET_DRIVERS_PCI_INTX_H
#define RETARGET_DRIVERS_PCI_INTX_H

#include "kernel/irq/ioapic_leaf.h"
#include "kernel/irq/source.h"

/*
 * Finds the pin of `source`, which is level-triggered and ready to fire and be acknowledged, and
 * sets up `store` and the source's requester, which is the IO-APIC. `route` has the device assert a
 * pin that it can choose, and returns false where it cannot assert that one; NULL: there is nothing
 * to choose. Returns 0; -ENXIO when the
 * interrupt shows up nowhere (a line says so), or when it shares its pin with a device that asserts
 * its own all the time; or the error with which an irq was refused. `store` is undefined then.
 */
int intx_find_pin(struct source *source, struct ioapic_store *store,
                  bool (*route)(struct source *source, uint32_t gsi));

#endif
