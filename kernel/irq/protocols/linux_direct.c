// SPDX-License-Identifier: MIT
#include "kernel/irq/protocol.h"
#include "kernel/irq/protocols/naive.h"
#include "kernel/irq/protocols/two_step.h"

/*
 * linux-direct: what Linux does since b56ebe7c896d (2023-10), read literally. msi_set_affinity()
 * takes the direct update when !irqd_can_reserve(), which holds for MSI that cannot be masked; the
 * comment above that condition says that the direct update is for MSI that can be. So the two-step
 * protects the stores that the core has masked anyway, and an unmaskable one gets a plain rewrite,
 * address before data, on the interrupt's own CPU in interrupt context:
 *
 *   old CPU (interrupts off)    device sends
 *   ------------------------    ------------
 *                            W0 {old, o}
 *   address = new
 *                            W1 {new, o}  nobody's
 *   data = n
 *                            W2 {new, n}
 */
static void linux_direct(struct move *move)
{
	if (!store_maskable(move->store)) {
		naive_address_first(move);
		return;
	}
	move->store->ops->mask(move->store);
	two_step_replay(move);
	move->store->ops->unmask(move->store);
	move->store->ops->flush(move->store);
}

PROTOCOL(40, linux_direct) = {
        .name = "linux-direct",
        .promise = PROMISE_LOSSLESS_IF_MASKABLE,
        .on_old_cpu = true,
        .move = linux_direct,
};
