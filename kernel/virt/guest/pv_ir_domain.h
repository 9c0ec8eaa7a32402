/* SPDX-License-Identifier: MIT */
/*
 * The irq domain "pv-ir" of a guest: in the place that the remapping hardware's has in a host,
 * between leaf and vector. What that one writes into its table, this one tells the host, by one
 * call (kernel/virt/hypercall.h), and the host's answer is this layer's: an allocation, a request
 * or a move that the host refuses fails in the guest with the host's errno.
 *
 *     device            host                            guest
 *       |                |                                |  vector domain: {vCPU, vector}
 *       |                |<-- irte_update(h, vector, v) --|  set_affinity: IRQ_ABSORBED
 *       |-- message ---->|-- old or new target            |
 *       |                |--- entry, or errno ----------->|
 *       |-- message ---->|-- new target                   v
 *
 * The message is composed once, of the entry that the first call names; neither a move nor a mask
 * bit needs the host after that. The layer holds the source of the irq, its store's number there
 * and the entry.
 *
 * Several vectors of one MSI would need entries in a row, which the call does not give: such a
 * block is refused with -EOPNOTSUPP.
 */
#ifndef RETARGET_KERNEL_VIRT_GUEST_PV_IR_DOMAIN_H
#define RETARGET_KERNEL_VIRT_GUEST_PV_IR_DOMAIN_H

#include "kernel/irq/domain.h"

extern const struct irq_domain pv_ir_domain;

#endif
