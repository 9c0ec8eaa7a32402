/* SPDX-License-Identifier: MIT */
/*
 * A spin lock. Taken with _irqsave it keeps interrupts off on the CPU that holds it, so that
 * a handler may take it too; such a holder never waits for another CPU to take an interrupt.
 */
#ifndef RETARGET_KERNEL_LOCK_H
#define RETARGET_KERNEL_LOCK_H

#include <stdint.h>

#include "kernel/cpu/instructions.h"

struct spinlock {
	uint32_t held;
};

/* For what no interrupt handler touches; interrupts stay as they are. */
static inline void spin_lock(struct spinlock *lock)
{
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED))
			pause();
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

/* Returns the flags for spin_unlock_irqrestore(). */
static inline uint64_t spin_lock_irqsave(struct spinlock *lock)
{
	uint64_t flags = interrupts_save();

	spin_lock(lock);
	return flags;
}

static inline void spin_unlock_irqrestore(struct spinlock *lock, uint64_t flags)
{
	spin_unlock(lock);
	interrupts_restore(flags);
}

#endif
