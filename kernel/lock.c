// SPDX-License-Identifier: MIT
#include "kernel/lock.h"

#include <stdbool.h>

#include "kernel/cpu/wait.h"

const char spin_lock_waits_for[] = "the lock at 0x%lx";

static bool ignored;

void spin_locks_ignore(void)
{
	__atomic_store_n(&ignored, true, __ATOMIC_RELAXED);
}

/* Returns whether it must go on trying. Who comes second among the waiting waits on. */
static bool taken_by_another(struct spinlock *lock)
{
	while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED)) {
		if (__atomic_load_n(&ignored, __ATOMIC_RELAXED))
			return false;
		pause();
	}
	return __atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE);
}

void spin_lock_wait(struct spinlock *lock)
{
	wait_begin(spin_lock_waits_for, (uint64_t)lock);
	while (taken_by_another(lock))
		;
	wait_end();
}
