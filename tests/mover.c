// SPDX-License-Identifier: MIT
#include "tests/mover.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/dispatch.h"
#include "tests/roles.h"

/* At least one move for so many messages. An idle host makes several moves for each message. */
#define FIRES_PER_MOVE 8

static bool wake_the_one_who_waits(struct mover *mover)
{
	if (!__atomic_exchange_n(&mover->waited_for, 0, __ATOMIC_SEQ_CST))
		return false;
	apic_send(cpu_get(ROLE_FIRE)->apic_id, VECTOR_CALL);
	return true;
}

bool mover_count(struct mover *mover)
{
	__atomic_store_n(&mover->moves, mover->moves + 1, __ATOMIC_SEQ_CST);
	return wake_the_one_who_waits(mover);
}

static void move_until_stopped(void *argument)
{
	struct mover *mover = argument;

	while (!__atomic_load_n(&mover->stop, __ATOMIC_ACQUIRE) && !mover->error &&
	       (!mover->limit || mover->moves < mover->limit)) {
		mover->error = mover->move(mover->context);
		if (!mover->error)
			mover_count(mover);
	}
	__atomic_store_n(&mover->ended, 1, __ATOMIC_SEQ_CST);
	wake_the_one_who_waits(mover);
}

static bool has_moved_or_ended(const struct mover *mover)
{
	return __atomic_load_n(&mover->moves, __ATOMIC_SEQ_CST) != mover->moves_seen ||
	       __atomic_load_n(&mover->ended, __ATOMIC_SEQ_CST);
}

/*
 * Halted: where virtual CPUs outnumber the host's, the mover may be waiting for the very CPU that
 * this one would spin on. The mover looks at `waited_for` after it has counted its move, so that
 * either it sees the wish or this CPU sees the move.
 */
static void wait_for_a_move(struct mover *mover)
{
	if (has_moved_or_ended(mover))
		return;
	wait_begin("cpu %lu to move", ROLE_MOVE);
	while (!has_moved_or_ended(mover)) {
		cli();
		__atomic_store_n(&mover->waited_for, 1, __ATOMIC_SEQ_CST);
		if (has_moved_or_ended(mover))
			sti();
		else
			sti_hlt();
	}
	wait_end();
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
	wait_begin("the mover on cpu %lu to stop", ROLE_MOVE); /* going on is not what is wanted */
	smp_wait(ROLE_MOVE);
	wait_end();
}
