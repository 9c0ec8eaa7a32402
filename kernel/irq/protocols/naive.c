// SPDX-License-Identifier: MIT
#include "kernel/irq/protocols/naive.h"
#include "kernel/irq/protocol.h"

/*
 * naive: the words are written one after the other, as a driver does that does not know of the
 * race.
 *
 *   address first                                  data first
 *
 *   mover              device sends                mover              device sends
 *   -----              ------------                -----              ------------
 *                   W0 {old, o}                                    W0 {old, o}
 *   address = new                                  data = n
 *                   W1 {new, o}  nobody's                          W1 {old, n}  nobody's
 *   data = n                                       address = new
 *                   W2 {new, n}                                    W2 {new, n}
 *
 * A message in W1 goes to a CPU with a vector that means nothing there: it is lost.
 */
void naive_address_first(struct move *move)
{
	const struct message_store_ops *ops = move->store->ops;

	window(move, 0);
	ops->write(move->store, MESSAGE_ADDRESS_LO, move->new.address_lo);
	ops->write(move->store, MESSAGE_ADDRESS_HI, move->new.address_hi);
	window(move, 1);
	ops->write(move->store, MESSAGE_DATA, move->new.data);
	window(move, 2);
	ops->flush(move->store);
}

static void naive_data_first(struct move *move)
{
	const struct message_store_ops *ops = move->store->ops;

	window(move, 0);
	ops->write(move->store, MESSAGE_DATA, move->new.data);
	window(move, 1);
	ops->write(move->store, MESSAGE_ADDRESS_LO, move->new.address_lo);
	ops->write(move->store, MESSAGE_ADDRESS_HI, move->new.address_hi);
	window(move, 2);
	ops->flush(move->store);
}

PROTOCOL(10, naive_address) = {
        .name = "naive-address-first",
        .promise = PROMISE_NOTHING,
        .move = naive_address_first,
};

PROTOCOL(11, naive_data) = {
        .name = "naive-data-first",
        .promise = PROMISE_NOTHING,
        .move = naive_data_first,
};
