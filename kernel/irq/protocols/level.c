// SPDX-License-Identifier: MIT
#include "kernel/irq/ioapic_leaf.h"
#include "kernel/irq/protocol.h"

/*
 * level: for a level-triggered IO-APIC pin. Masking loses nothing there, since the device asserts
 * its line until it is acknowledged. What may go wrong is the end of interrupt: once the pin has
 * sent a message it sends no other until the broadcast of that message's vector o finds its entry,
 * and the entry has another vector by then. So the mover ends the interrupt itself.
 *
 *   mover               pin, with the line asserted      remote IRR
 *   -----               ---------------------------      ----------
 *                    W0 sends {old, o}, once             set by it
 *   mask
 *   flush               what was sent is at its CPU
 *                    W1 silent                           cleared if old's broadcast of o comes now
 *   address = new
 *                    W2 silent                           the same
 *   data = n
 *                    W3 silent                           stays set: o finds no entry
 *   end of interrupt
 *                    W4 silent                           clear
 *   unmask              sends {new, n}, once             set by it
 *                    W5 sends {new, n}, once             cleared by new's broadcast of n
 *   flush
 *
 * The end of interrupt must come after the new vector is in place, and before the unmask: earlier,
 * and a message to old that takes its time could set remote IRR again after it; later, and it
 * could end an interrupt of {new, n} that is not over, which would then come twice.
 *
 * Message {old, o}, if there was one, is handled on the old CPU all the same, whenever that gets to
 * it. The device may still assert its line at the unmask, so the new CPU is told of it, too: one of
 * the two finds the device quiet. Moving back to {old, o} while that message still waits there is
 * no danger either: its broadcast of o may then end the wrong one of two interrupts of this very
 * pin, and the pin sends once more than needed as long as the line is asserted.
 *
 * Linux does not move a pin whose remote IRR is set; it tries again at the next interrupt
 * (io_apic_level_ack_pending() there). A move here is done when it returns.
 */
static void level(struct move *move)
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
	ioapic_store_end_of_interrupt(move->store);
	window(move, 4);
	ops->unmask(move->store);
	window(move, 5);
	ops->flush(move->store);
}

PROTOCOL(25, level) = {
        .name = "level",
        .promise = PROMISE_LOSSLESS,
        .needs_mask = true,
        .for_level = true,
        .move = level,
};
