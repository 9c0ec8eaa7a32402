/* SPDX-License-Identifier: MIT */
/*
 * What a CPU waits for, where the end of the wait is another CPU's affair and no deadline bounds
 * it, or one that is beyond the watchdog's patience. The watchdog (kernel/watchdog.h) reads it: a
 * wait that goes on and on is a hang, and these records say who waits for whom. Waits nest: one may
 * be interrupted by a call that waits in turn.
 *
 * To be called when the first look was in vain, so that what need not wait pays nothing:
 *	if (done())
 *		return;
 *	wait_begin("cpu %lu to answer", cpu);
 *	while (!done())
 *		pause();
 *	wait_end();
 */
#ifndef RETARGET_KERNEL_CPU_WAIT_H
#define RETARGET_KERNEL_CPU_WAIT_H

#include <stdint.h>

/*
 * This CPU begins to wait for `what`: a string constant for print(), with one %lu or %lx for
 * `which`. On any CPU, with interrupts on or off.
 */
void wait_begin(const char *what, uint64_t which);

/* The same, for something that may take long and shows in `*renewed_by` that it goes on. */
void wait_begin_renewed(const char *what, uint64_t which, const uint64_t *renewed_by);

/* The wait that this CPU began last is over. */
void wait_end(void);

#endif
