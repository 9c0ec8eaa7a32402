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
	const void *holder; /* a place on the stack of the CPU that took it last */
};

/* As which spin_lock_wait() records what it waits for (kernel/cpu/wait.h): "the lock at ...". */
extern const char spin_lock_waits_for[];

/* Waits for the lock and takes it; what spin_lock() does when the first try was in vain. */
void spin_lock_wait(struct spinlock *lock);

/*
 * From now on spin_lock() waits for nobody: the other CPUs have been stopped, whatever they held,
 * and this one prints what there is to say.
 */
void spin_locks_ignore(void);

/* For what no interrupt handler touches; interrupts stay as they are. */
static inline void spin_lock(struct spinlock *lock)
{
	if (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		spin_lock_wait(lock);
	lock->holder = __builtin_frame_address(0);
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
