// SPDX-License-Identifier: MIT
/*
 * Ways of updating a remapping entry that hardware is reading, as somebody writes them who takes it
 * for ordinary memory. The right ones are drivers/vtd/irte.h's; kernel/irq/protocols/remapped.c has
 * the timeline that they share.
 *
 * Hardware reads an entry in one piece (VT-d r5.10, 5.1.4, Interrupt-Remapping Hardware Operation),
 * so between two stores it sees just what the first one left. It may also still have the old entry
 * in its cache: then a message in a window goes to {old, o}, and the mistake does not show.
 */
#include "drivers/vtd/irte.h"
#include "kernel/bits.h"
#include "kernel/irq/protocol.h"

static void store_half(uint64_t *quadword, unsigned int half, uint64_t value)
{
	__atomic_store_n((uint32_t *)quadword + half, (uint32_t)(value >> 32 * half),
	                 __ATOMIC_RELEASE);
}

/*
 * The low quadword by two 32-bit stores, as on a machine of 32 bits: the vector is in one half, the
 * destination in the other.
 *
 *   vector first                                   destination first
 *
 *   mover                 hardware sends           mover                 hardware sends
 *   -----                 --------------           -----                 --------------
 *                      W0 {old, o}                                    W0 {old, o}
 *   bits 31:0 = n                                  bits 63:32 = new
 *                      W1 {old, n}  nobody's                          W1 {new, o}  nobody's
 *   bits 63:32 = new                               bits 31:0 = n
 *                      W2 {new, n}                                    W2 {new, n}
 *   invalidate, wait                               invalidate, wait
 *                      W3 {new, n}                                    W3 {new, n}
 */
static int vector_first(struct irq *irq, struct irte *entry, const struct irte *value)
{
	store_half(&entry->lo, 0, value->lo);
	irq_window(irq, 1);
	store_half(&entry->lo, 1, value->lo);
	return 0;
}

static int destination_first(struct irq *irq, struct irte *entry, const struct irte *value)
{
	store_half(&entry->lo, 1, value->lo);
	irq_window(irq, 1);
	store_half(&entry->lo, 0, value->lo);
	return 0;
}

PROTOCOL(60, entry_vector_first) = {
        .name = "entry-vector-first",
        .promise = PROMISE_NOTHING,
        .needs_remapping = true,
        .mistaken = true,
        .update_entry = vector_first,
        .entry_windows = 1,
};

PROTOCOL(61, entry_destination_first) = {
        .name = "entry-destination-first",
        .promise = PROMISE_NOTHING,
        .needs_remapping = true,
        .mistaken = true,
        .update_entry = destination_first,
        .entry_windows = 1,
};

/*
 * Not present while it is written, so that nobody sees it half done. Nobody does, but a message
 * that finds no entry is blocked, and no device sends it again.
 *
 *   mover                 hardware sends
 *   -----                 --------------
 *                      W0 {old, o}
 *   P = 0
 *                      W1 nothing: fault 22h
 *   new target, P = 0
 *                      W2 nothing: fault 22h
 *   P = 1
 *                      W3 {new, n}
 *   invalidate, wait
 *                      W4 {new, n}
 */
static int clear_present(struct irq *irq, struct irte *entry, const struct irte *value)
{
	irte_store(&entry->lo, entry->lo & ~IRTE_LO_P);
	irq_window(irq, 1);
	irte_store(&entry->lo, value->lo & ~IRTE_LO_P);
	irq_window(irq, 2);
	irte_store(&entry->lo, value->lo);
	return 0;
}

PROTOCOL(62, entry_clear_present) = {
        .name = "entry-clear-present",
        .promise = PROMISE_NOTHING,
        .needs_remapping = true,
        .mistaken = true,
        .update_entry = clear_present,
        .entry_windows = 2,
};

/*
 * Both quadwords, the low one first, which makes an entry valid before it says whose it is. A move
 * does not change whose it is, so here it is luck: the first store does it all, and nothing can get
 * lost. It hurts where an entry gets another owner: tests/entry/owner.c.
 *
 *   mover                 hardware sends
 *   -----                 --------------
 *                      W0 {old, o}
 *   bits 63:0
 *                      W1 {new, n}
 *   bits 127:64, the same as before
 *                      W2 {new, n}
 *   invalidate, wait
 *                      W3 {new, n}
 */
static int low_first(struct irq *irq, struct irte *entry, const struct irte *value)
{
	irte_store(&entry->lo, value->lo);
	irq_window(irq, 1);
	irte_store(&entry->hi, value->hi);
	return 0;
}

PROTOCOL(63, entry_low_first) = {
        .name = "entry-low-first",
        .promise = PROMISE_LOSSLESS, /* in a move */
        .needs_remapping = true,
        .mistaken = true,
        .update_entry = low_first,
        .entry_windows = 1,
};

/*
 * The entry as a bitfield, which the house rules forbid on live memory (docs/hacking.md); here it
 * is for once the subject. C says what the fields hold afterwards. How many stores that takes, how
 * wide they are and in which order they come is the compiler's affair: two of them are a torn pair
 * as above, one is luck (docs/experiments.md, "Ways to change an entry"). So no window stands
 * between the two lines, where it would forbid the compiler to make one of them;
 * tests/entry/steps.c looks at what it has made.
 */
struct irte_bitfield {
	uint64_t present : 1, fault_processing_disable : 1, destination_mode : 1,
	        redirection_hint : 1, trigger_mode : 1, delivery_mode : 3, available : 4,
	        reserved_14_12 : 3, mode : 1, vector : 8, reserved_31_24 : 8, destination : 32;
	uint64_t source_id : 16, source_id_qualifier : 2, source_validation_type : 2,
	        reserved_127_84 : 44;
};
_Static_assert(sizeof(struct irte_bitfield) == sizeof(struct irte), "VT-d r5.10, 9.9");

static int bitfield(struct irq *irq, struct irte *entry, const struct irte *value)
{
	struct irte_bitfield *live = (struct irte_bitfield *)entry;
	uint8_t vector = field_get(IRTE_LO_V, value->lo);
	uint32_t destination = field_get(IRTE_LO_DST, value->lo);

	(void)irq;
	live->vector = vector;
	live->destination = destination;
	return 0;
}

PROTOCOL(64, entry_bitfield) = {
        .name = "entry-bitfield",
        .promise = PROMISE_NOTHING,
        .needs_remapping = true,
        .mistaken = true,
        .update_entry = bitfield,
};
