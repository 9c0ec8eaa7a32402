// SPDX-License-Identifier: MIT
#include "tests/mover.h"
#include "kernel/cpu/await.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/time.h"
#include "tests/roles.h"

/* At least one move for so many messages. An idle host makes several moves for each message. */
#define FIRES_PER_MOVE 8

/* A message that is not lost has come in long before. */
#define MOVES_TO_AWAIT 1000

/* Longer than a move that the mover makes itself. */
#define ANY_TIME_US 20

static struct mover *running; /* there is one CPU for it, so there is one */

static uint64_t moves_of(const struct mover *mover)
{
	return __atomic_load_n(&mover->moves, __ATOMIC_SEQ_CST);
}

static bool has_made(const struct mover *mover, uint64_t moves)
{
	return moves_of(mover) >= moves || __atomic_load_n(&mover->ended, __ATOMIC_SEQ_CST);
}

/*
 * The mover looks at `wake_at` after it has counted its move, and the CPU that fires at `moves`
 * after it has written `wake_at`, so that one of them sees what the other did.
 */
static bool wake_the_one_who_fires(const struct mover *mover)
{
	return has_made(mover, __atomic_load_n(&mover->wake_at, __ATOMIC_SEQ_CST)) &&
	       await_wake(cpu_get(ROLE_FIRE));
}

bool mover_count(struct mover *mover)
{
	__atomic_store_n(&mover->moves, mover->moves + 1, __ATOMIC_SEQ_CST);
	return wake_the_one_who_fires(mover);
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
	wake_the_one_who_fires(mover);
}

struct awaited {
	const struct mover *mover;
	bool (*done)(void *context); /* NULL: nothing but moves */
	void *context;
};

static bool is_over(void *context)
{
	const struct awaited *awaited = context;

	return (awaited->done && awaited->done(awaited->context)) ||
	       has_made(awaited->mover, awaited->mover->wake_at);
}

static void await_moves(struct mover *mover, uint64_t moves, bool (*done)(void *context),
                        void *context)
{
	struct awaited awaited = {.mover = mover, .done = done, .context = context};

	__atomic_store_n(&mover->wake_at, moves, __ATOMIC_SEQ_CST);
	if (!is_over(&awaited)) {
		wait_begin_renewed("cpu %lu to move", ROLE_MOVE, &mover->moves);
		await(is_over, &awaited);
		wait_end();
	}
	__atomic_store_n(&mover->wake_at, UINT64_MAX, __ATOMIC_RELAXED);
}

bool mover_await(bool (*done)(void *context), void *context)
{
	if (!running)
		return false;
	await_moves(running, moves_of(running) + MOVES_TO_AWAIT, done, context);
	return !__atomic_load_n(&running->ended, __ATOMIC_SEQ_CST);
}

/* One that has not been seen yet. */
static void await_a_move(struct mover *mover)
{
	await_moves(mover, mover->moves_seen + 1, NULL, NULL);
}

/*
 * This CPU was woken by what another one did, a move perhaps, and each message would come at much
 * the same place in a move. So a random time goes by. Under TCG pause() takes the lock that the
 * devices' registers are under: a mover that writes some waits for it at each of its steps, and so
 * none of the gaps between two steps is much shorter than the others.
 */
static void come_at_any_time(struct mover *mover)
{
	uint64_t most = ANY_TIME_US * time_ticks_per_us();
	uint64_t end = time_ticks() + random_below(&mover->random, (uint32_t)most);

	while ((int64_t)(time_ticks() - end) < 0)
		pause();
}

void mover_start(struct mover *mover)
{
	mover->stop = mover->ended = 0;
	mover->moves_seen = mover->moves;
	running = mover;
	smp_start(ROLE_MOVE, move_until_stopped, mover);
	await_a_move(mover);
}

void mover_keep_pace(struct mover *mover)
{
	uint64_t moves = moves_of(mover);

	if (moves != mover->moves_seen) {
		mover->moves_seen = moves;
		mover->fires_since = 0;
	} else if (++mover->fires_since > FIRES_PER_MOVE) {
		await_a_move(mover);
	}
	come_at_any_time(mover);
}

void mover_stop(struct mover *mover)
{
	__atomic_store_n(&mover->stop, 1, __ATOMIC_RELEASE);
	wait_begin("the mover on cpu %lu to stop", ROLE_MOVE); /* going on is not what is wanted */
	smp_wait(ROLE_MOVE);
	wait_end();
	running = NULL;
}
