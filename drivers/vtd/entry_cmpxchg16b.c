// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>

#include "drivers/vtd/irte.h"
#include "kernel/irq/protocol.h"

/*
 * entry-cmpxchg16b: as "remapped", but all 16 bytes of the entry change in one locked operation.
 *
 *   mover                       remapping hardware sends
 *   -----                       ------------------------
 *                            W0 {old, o}
 *   IRTE = {new, n},
 *   lock cmpxchg16b
 *                            W1 {old, o} from its cache, or {new, n}
 *   invalidate the entry, wait
 *                            W2 {new, n}
 *
 * As right as the one 8-byte store, and no better, for the other 8 bytes do not change in a move.
 */
static int exchange(struct irq *irq, struct irte *entry, const struct irte *value)
{
	const struct irte old = *entry;

	(void)irq;
	return irte_exchange(entry, &old, value) ? 0 : -EBUSY;
}

PROTOCOL(51, entry_cmpxchg16b) = {
        .name = "entry-cmpxchg16b",
        .promise = PROMISE_LOSSLESS,
        .needs_remapping = true,
        .needs_cmpxchg16b = true,
        .update_entry = exchange,
};
