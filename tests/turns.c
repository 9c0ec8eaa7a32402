// SPDX-License-Identifier: MIT
#include "tests/turns.h"
#include "kernel/string.h"

void turns_init(struct turns *turns, struct source_turn *words, unsigned int count)
{
	memset(turns, 0, sizeof(*turns));
	ledger_init(&turns->ledger);
	turns->words = words;
	turns->count = count;
	for (unsigned int slot = 0; slot < count; slot++) {
		turns->suspects[slot] = TURN_FREE;
		words[slot].sent = 0;
		__atomic_store_n(&words[slot].turn, TURN_NEXT | TURN_FREE, __ATOMIC_RELEASE);
	}
}

static uint32_t turn_of(const struct turns *turns, unsigned int slot)
{
	return __atomic_load_n(&turns->words[slot].turn, __ATOMIC_ACQUIRE);
}

/* Settles message `turn` of the slot, if it is outstanding, and gives the slot back. */
static bool settle(struct turns *turns, unsigned int slot, uint32_t turn, enum outcome outcome)
{
	if (turn & TURN_FREE || !__atomic_compare_exchange_n(&turns->words[slot].turn, &turn,
	                                                     (turn + TURN_NEXT) | TURN_FREE, false,
	                                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	__atomic_add_fetch(&turns->ledger.outcomes[outcome], 1, __ATOMIC_RELAXED);
	return true;
}

void turns_arrived(struct turns *turns, unsigned int slot, enum outcome outcome)
{
	struct ledger *ledger = &turns->ledger;

	if (settle(turns, slot, turn_of(turns, slot), outcome))
		return;
	if (__atomic_load_n(&ledger->late, __ATOMIC_RELAXED) <
	    __atomic_load_n(&ledger->outcomes[OUTCOME_MISSING], __ATOMIC_RELAXED))
		__atomic_add_fetch(&ledger->late, 1, __ATOMIC_RELAXED);
	else
		__atomic_add_fetch(&ledger->duplicate, 1, __ATOMIC_RELAXED);
}

/* `turn` is read first: should it be given back in between, `sent` does not fit to it. */
unsigned int turns_suspect(struct turns *turns)
{
	unsigned int count = 0;

	for (unsigned int slot = 0; slot < turns->count; slot++) {
		uint32_t turn = turn_of(turns, slot);
		uint32_t sent = __atomic_load_n(&turns->words[slot].sent, __ATOMIC_ACQUIRE);
		bool suspect = !(turn & TURN_FREE) && sent == (turn | TURN_FREE);

		turns->suspects[slot] = suspect ? turn : TURN_FREE;
		count += suspect;
	}
	return count;
}

static bool stands(const struct turns *turns, unsigned int slot)
{
	return turns->suspects[slot] != TURN_FREE && turns->suspects[slot] == turn_of(turns, slot);
}

unsigned int turns_standing(const struct turns *turns)
{
	unsigned int count = 0;

	for (unsigned int slot = 0; slot < turns->count; slot++)
		count += stands(turns, slot);
	return count;
}

bool turns_give_up(struct turns *turns, unsigned int slot, enum outcome outcome)
{
	return settle(turns, slot, turns->suspects[slot], outcome);
}

unsigned int turns_outstanding(const struct turns *turns)
{
	unsigned int count = 0;

	for (unsigned int slot = 0; slot < turns->count; slot++)
		count += !(turn_of(turns, slot) & TURN_FREE);
	return count;
}

unsigned int turns_unsaid(const struct turns *turns)
{
	unsigned int count = 0;

	for (unsigned int slot = 0; slot < turns->count; slot++) {
		uint32_t turn = turn_of(turns, slot);
		uint32_t sent = __atomic_load_n(&turns->words[slot].sent, __ATOMIC_ACQUIRE);

		count += turn & TURN_FREE && turn != (TURN_NEXT | TURN_FREE) &&
		         sent != turn - TURN_NEXT;
	}
	return count;
}
