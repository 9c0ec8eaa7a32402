/* SPDX-License-Identifier: MIT */
/*
 * The irq domain "vtd-ir": between a leaf and the vector domain while remapping is on.
 *
 * The irqs of a block (multi-vector MSI) have entries in a row, which the first one takes and gives
 * back. Its device has one message for all of them and adds the number of the vector to its data.
 * Each has a target of its own all the same.
 *
 * An irq's layer holds its unit and the index of its entry there. The message a device sends names
 * that index and nothing else, so it stays the same from activation on: set_affinity() answers
 * IRQ_ABSORBED. When it returns, every message remapped to the old target already lies in the old
 * CPU's IRR, and each later one goes to the new target (drivers/vtd/queue.h).
 *
 *     device            remapping unit                      mover
 *       |                 |                                   |  vector domain: {CPU, vector}
 *       |-- message ----->|-- old target                      |
 *       |                 |                                   |  one 8-byte store of the entry
 *       |-- message ----->|-- old (cached) or new target      |
 *       |                 |<--- invalidate entry, wait -------|
 *       |-- message ----->|-- old or new target               |
 *       |                 |---- drained, status written ----->|
 *       |-- message ----->|-- new target                      v
 */
#ifndef RETARGET_DRIVERS_VTD_IR_DOMAIN_H
#define RETARGET_DRIVERS_VTD_IR_DOMAIN_H

#include "kernel/irq/domain.h"

extern const struct irq_domain vtd_ir_domain;

#endif
