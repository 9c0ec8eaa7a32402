/* SPDX-License-Identifier: MIT */
/*
 * The CPU that moves: calls one function without a pause until it is stopped.
 *
 * On a busy host it may not run for a while, and a message that nobody moves proves nothing. So the
 * CPU that fires keeps pace with it: it waits when too many messages went by without a move. And
 * while it waits for what became of a message, halted, moves are the clock that says how long.
 */
#ifndef RETARGET_TESTS_MOVER_H
#define RETARGET_TESTS_MOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/random.h"

struct mover {
	int (*move)(void *context); /* 0, or a negative errno that ends it */
	void *context;
	uint64_t limit; /* of the moves; 0: none */
	uint64_t moves; /* done */
	int error;      /* what ended it, 0: nothing */
	uint32_t stop, ended;
	uint64_t wake_at;                 /* as many moves wake the CPU that fires */
	struct random random;             /* when in a move a message comes; left zero: at once */
	uint64_t moves_seen, fires_since; /* of mover_keep_pace() */
};

/* Starts it on CPU ROLE_MOVE, as `move`, `context` and `limit` say, and returns when it has moved
 * once. */
void mover_start(struct mover *mover);

/* To be called before each fire. */
void mover_keep_pace(struct mover *mover);

/*
 * For the CPU that fires: returns when `done` is true, or has not become so in many moves (some
 * 1000). As for await(), who makes it true wakes this CPU. False when nobody moves, or no longer:
 * then it may return at once.
 */
bool mover_await(bool (*done)(void *context), void *context);

/*
 * Counts a move by itself, for a `move` whose middle is what matters, on whatever CPU that is.
 * Returns whether the CPU that fires was waiting for it, and so fires now.
 */
bool mover_count(struct mover *mover);

/* Returns when the last move is over. */
void mover_stop(struct mover *mover);

#endif
