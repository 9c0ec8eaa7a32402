// SPDX-License-Identifier: MIT
/*
 * How drivers of interrupt message storage get it wrong: each is a protocol of a few lines, as
 * somebody writes it who thinks that it is right. The other mistakes of the gallery
 * (tests/gallery/gallery.c) are protocols of kernel/irq/protocols/ on the wrong store.
 */
#include "kernel/cpu/apic.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/protocols/two_step.h"

/*
 * split-address: the two halves of the address are two stores, and the data a third.
 *
 *   mover              device sends
 *   -----              ------------
 *                   W0 {old, o}
 *   address, high half
 *                   W1 {old, o}  by luck: both targets have 0 in that half
 *   address, low half
 *                   W2 {new, o}  nobody's
 *   data = n
 *                   W3 {new, n}
 *
 * W1 is luck because an interrupt's address lies below 4 GiB on x86, whatever its target. A device
 * that writes 64-bit doorbells elsewhere sends to a wild address there.
 */
static void split_address(struct move *move)
{
	const struct message_store_ops *ops = move->store->ops;

	window(move, 0);
	ops->write(move->store, MESSAGE_ADDRESS_HI, move->new.address_hi);
	window(move, 1);
	ops->write(move->store, MESSAGE_ADDRESS_LO, move->new.address_lo);
	window(move, 2);
	ops->write(move->store, MESSAGE_DATA, move->new.data);
	window(move, 3);
	ops->flush(move->store);
}

PROTOCOL(60, split_address) = {
        .name = "split-address",
        .promise = PROMISE_NOTHING,
        .mistaken = true,
        .for_ims = true,
        .move = split_address,
};

/*
 * masked-no-flush: the mask is set and the words are written, and none of that is read back.
 *
 *   mover              device sends, where stores arrive at once
 *   -----              -----------------------------------------
 *                   W0 {old, o}
 *   mask
 *                   W1 nothing, pending is set
 *   address = new
 *                   W2 nothing, pending is set
 *   data = n
 *                   W3 nothing, pending is set
 *   unmask             pending? then {new, n}
 *                   W4 {new, n}
 *
 * The mask may still be on its way when the protocol goes on, but stores to one device stay in
 * order, so no message is torn by that. What is missing is the end: the device may send {old, o}
 * when this has returned and the old vector is believed to be free (kernel/irq/drain.c). And a
 * message that the device had begun as the mask came in may be torn.
 */
static void masked_no_flush(struct move *move)
{
	const struct message_store_ops *ops = move->store->ops;

	window(move, 0);
	ops->mask(move->store);
	window(move, 1);
	ops->write(move->store, MESSAGE_ADDRESS_LO, move->new.address_lo);
	ops->write(move->store, MESSAGE_ADDRESS_HI, move->new.address_hi);
	window(move, 2);
	ops->write(move->store, MESSAGE_DATA, move->new.data);
	window(move, 3);
	ops->unmask(move->store);
	window(move, 4);
}

PROTOCOL(61, masked_no_flush) = {
        .name = "masked-no-flush",
        .promise = PROMISE_NOTHING,
        .needs_mask = true,
        .mistaken = true,
        .for_ims = true,
        .move = masked_no_flush,
};

/*
 * two-step-no-flush: Linux's two steps (kernel/irq/protocols/two_step.c) without the flush before
 * the look into the IRR.
 *
 *   old CPU (interrupts off)    device sends, where stores arrive at once
 *   ------------------------    -----------------------------------------
 *                            W0 {old, o}
 *   write {old, n}
 *                            W1 {old, n}  waits in the old CPU's IRR, under n
 *   write {new, n}
 *                            W2 {new, n}
 *   n in the local IRR?
 *   then send n by IPI
 *                            W3 {new, n}
 *
 * Where stores are posted, the second step may still be on its way at the look, and the device goes
 * on sending {old, n} after it: nobody looks again, and it is lost.
 */
static void two_step_no_flush(struct move *move)
{
	struct message between = move->old;

	between.data = move->new.data;
	irq_expect_intermediate(move->irq);
	window(move, 0);
	store_write_message(move->store, &between);
	window(move, 1);
	store_write_message(move->store, &move->new);
	window(move, 2);
	if (apic_irr(move->irq->target.vector))
		irq_replay(move->irq);
	window(move, 3);
}

PROTOCOL(62, two_step_no_flush) = {
        .name = "two-step-no-flush",
        .promise = PROMISE_NOTHING,
        .replays = true,
        .on_old_cpu = true,
        .mistaken = true,
        .for_ims = true,
        .move = two_step_no_flush,
};

/*
 * pending-dropped: masked as it should be, but the unmask is a store of 0 to the control word, in
 * which the device keeps its pending bit, too.
 *
 *   mover              device sends
 *   -----              ------------
 *                   W0 {old, o}
 *   mask
 *   flush
 *                   W1 nothing, pending is set
 *   address = new
 *                   W2 nothing, pending is set
 *   data = n
 *                   W3 nothing, pending is set
 *   control = 0        pending? cleared: what was held back is never sent
 *                   W4 {new, n}
 *   flush
 */
static void pending_dropped(struct move *move)
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
	ops->write_control(move->store, 0);
	window(move, 4);
	ops->flush(move->store);
}

PROTOCOL(63, pending_dropped) = {
        .name = "pending-dropped",
        .promise = PROMISE_NOTHING,
        .needs_mask = true,
        .needs_control = true,
        .mistaken = true,
        .for_ims = true,
        .move = pending_dropped,
};

/*
 * half-update: the driver means one 64-bit store of address and data, which would be atomic; the
 * path to the device, or the device, takes 32 bits of it.
 *
 *   mover              device sends
 *   -----              ------------
 *                   W0 {old, o}
 *   {address, data} =
 *   {new, n}           only the lower half arrives
 *                   W1 {new, o}  nobody's, and so is each message from now on
 *   flush
 *
 * Where both CPUs happen to have the same vector nobody notices.
 */
static void half_update(struct move *move)
{
	const struct message_store_ops *ops = move->store->ops;

	window(move, 0);
	ops->write(move->store, MESSAGE_ADDRESS_LO, move->new.address_lo);
	window(move, 1);
	ops->flush(move->store);
}

PROTOCOL(64, half_update) = {
        .name = "half-update",
        .promise = PROMISE_NOTHING,
        .mistaken = true,
        .for_ims = true,
        .move = half_update,
};
