// SPDX-License-Identifier: MIT
#include "tests/mover.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "tests/roles.h"

/* At least one move for so many messages. An idle host makes several moves for each message. */
#define FIRES_PER_MOVE 8

static void move_until_stopped(void *argument)
{
	struct mover *mover = argument;

	while (!__atomic_load_n(&mover->stop, __ATOMIC_ACQUIRE) && !mover->error &&
	       (!mover->limit || mover->moves < mover->limit)) {
		mover->error = mover->move(mover->context);
		if (!mover->error)
			__atomic_store_n(&mover->moves, mover->moves + 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&mover->ended, 1, __ATOMIC_RELEASE);
}

static void wait_for_a_move(struct mover *mover)
{
	while (__atomic_load_n(&mover->moves, __ATOMIC_ACQUIRE) == mover->moves_seen &&
	       !__atomic_load_n(&mover->ended, __ATOMIC_ACQUIRE))
		pause();
}

void mover_start(struct mover *mover)
{
	mover->stop = mover->ended = 0;
	mover->moves_seen = mover->moves;
	smp_start(ROLE_MOVE, move_until_stopped, mover);
	wait_for_a_move(mover);
}

void mover_keep_pace(struct mover *mover)
{
	uint64_t moves = __atomic_load_n(&mover->moves, __ATOMIC_ACQUIRE);

	if (moves != mover->moves_seen) {
		mover->moves_seen = moves;
		mover->fires_since = 0;
	} else if (++mover->fires_since > FIRES_PER_MOVE) {
		wait_for_a_move(mover);
	}
}

void mover_stop(struct mover *mover)
{
	__atomic_store_n(&mover->stop, 1, __ATOMIC_RELEASE);
	smp_wait(ROLE_MOVE);
}
