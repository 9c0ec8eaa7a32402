/* SPDX-License-Identifier: MIT */
/*
 * The CPUs' side of the hand-shake with a source that sends by itself (struct source_turn,
 * kernel/irq/source.h), and the books of what becomes of its messages. Pure, and without a lock:
 * handlers on any CPU, the device and the CPU that proves losses all go on at the same time.
 *
 * A message is outstanding from when the device has taken the slot's turn until somebody settles
 * it, which gives the slot back in the same step: one compare-and-exchange of `turn` from {n, 0} to
 * {n + 1, TURN_FREE}. Whoever comes second finds another word there, and has a duplicate.
 *
 * When one may be given up: `sent` = {n, TURN_FREE} says that message n has left the device. If
 * after the source's flush and two barriers `turn` still is {n, 0}, no CPU has got it, and none
 * will. So no merged message can be called lost: there was never a second one of the irq's that it
 * could have merged with.
 */
#ifndef RETARGET_TESTS_TURNS_H
#define RETARGET_TESTS_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/ledger.h"
#include "kernel/irq/source.h"

#define TURNS_MAX 16

struct turns {
	unsigned int count;
	struct source_turn *words;    /* one for each slot, shared with the device */
	uint32_t suspects[TURNS_MAX]; /* `turn` of a message that had been sent; TURN_FREE: none */
	struct ledger ledger;         /* `fired` is the device's word and not kept here */
};

/* `count` slots, 1 .. TURNS_MAX, each free for its first message, with empty books. */
void turns_init(struct turns *turns, struct source_turn *words, unsigned int count);

/*
 * For handlers: a message of `slot` came in and is settled as `outcome`, or counted as late or
 * duplicate if none was outstanding.
 */
void turns_arrived(struct turns *turns, unsigned int slot, enum outcome outcome);

/*
 * For the one CPU that proves. Which messages have been sent and are not settled: returns how many
 * and makes them the suspects. How many suspects have not been settled since. And the end of a
 * proof: suspect `slot` has come in nowhere and is settled as `outcome`; false when there is no
 * suspect, or somebody has settled it after all.
 */
unsigned int turns_suspect(struct turns *turns);
unsigned int turns_standing(const struct turns *turns);
bool turns_give_up(struct turns *turns, unsigned int slot, enum outcome outcome);

/* Slots that are not free. After the device has stopped and all is proven, none. */
unsigned int turns_outstanding(const struct turns *turns);

/*
 * Slots that have sent, are free, and of whose last message the device has not said that it was
 * sent. After it has stopped, none; else a message that is lost could never be a suspect.
 */
unsigned int turns_unsaid(const struct turns *turns);

#endif
