// SPDX-License-Identifier: MIT
#include "kernel/irq/protocol.h"

/*
 * masked: the device holds its messages back while the words change (PCI 3.0, 6.8.2: software must
 * not modify an unmasked MSI-X entry).
 *
 *   mover              device sends
 *   -----              ------------
 *                   W0 {old, o}
 *   mask
 *   flush              what was sent before this is at its CPU
 *                   W1 nothing, pending is set
 *   address = new
 *                   W2 nothing, pending is set
 *   data = n
 *                   W3 nothing, pending is set
 *   unmask             pending? then {new, n}
 *                   W4 {new, n}
 *   flush
 */
static void masked(struct move *move)
{
	const struct message_store_ops *ops = move->store->ops;

	window(move, 0);
	ops->mask(move->store);
	ops->flush(move->store);
	window(move, 1);
	ops->write(move->store, MESSAGE_ADDRESS_LO, move->new.address_lo);
	ops->write(move->store, MESSAGE_ADDRESS_HI, move->new.address_hi);
	window(move, 2);
	ops->write(move->store, MESSAGE_DATA, move->new.data);
	window(move, 3);
	ops->unmask(move->store);
	window(move, 4);
	ops->flush(move->store);
}

PROTOCOL(20, masked) = {
        .name = "masked",
        .promise = PROMISE_LOSSLESS,
        .needs_mask = true,
        .move = masked,
};
