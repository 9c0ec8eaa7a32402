// SPDX-License-Identifier: MIT
#include "kernel/irq/protocol.h"

/*
 * remapped: the store was written once, at allocation, with the index of a remapping entry; a move
 * happens in that entry (drivers/vtd/ir_domain.c) and nobody touches the device.
 *
 *   mover                       remapping hardware sends
 *   -----                       ------------------------
 *                            W0 {old, o}
 *   IRTE = {new, n},
 *   one 8-byte store
 *                            W1 {old, o} from its cache, or {new, n}: both are owned
 *   invalidate the entry, wait  what came in before the wait's answer is at its CPU
 *                            W2 {new, n}
 */
PROTOCOL(50, remapped) = {
        .name = "remapped",
        .promise = PROMISE_LOSSLESS,
        .needs_remapping = true,
};
