/* SPDX-License-Identifier: MIT */
/*
 * Time, in ticks of the time-stamp counter. It bounds waits on hardware and measures speed; no
 * verdict on an interrupt is ever taken from it (see kernel/irq/barrier.h).
 *
 * A wait looks like this:
 *	struct deadline deadline = deadline_in_us(1000);
 *	while (!(mmio_read32(status) & DONE))
 *		if (deadline_passed(&deadline))
 *			return -ETIMEDOUT;
 */
#ifndef RETARGET_KERNEL_TIME_H
#define RETARGET_KERNEL_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* Finds the counter's frequency. Until then the counter is taken to run at 4 GHz. */
void time_init(void);

/* It is known already: so many ticks a microsecond. */
void time_take(uint64_t per_us);

uint64_t time_ticks(void);
uint64_t time_ticks_per_us(void);
uint64_t time_ns(uint64_t ticks);

struct deadline {
	uint64_t ticks;
	bool up; /* it was at the last call */
};

struct deadline deadline_in_us(uint64_t us);

/*
 * True only when the time was up at the call before, too: the caller has then looked at its
 * condition once more since, so that a CPU that was not running for a while gives up nothing that
 * has come true meanwhile. Also tells the CPU that it spins.
 */
bool deadline_passed(struct deadline *deadline);

void delay_us(uint64_t us);

#endif
