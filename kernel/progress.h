/* SPDX-License-Identifier: MIT */
/*
 * How far the run is, for people who look at a screen. The time that is left is an estimate out of
 * the time that has passed, and called one; nothing is decided by it.
 */
#ifndef RETARGET_KERNEL_PROGRESS_H
#define RETARGET_KERNEL_PROGRESS_H

#include <stdint.h>

#define PROGRESS_UNKNOWN UINT64_MAX

struct progress {
	const char *test; /* that runs now; NULL: none */
	unsigned int planned, passed, failed, skipped;
	uint64_t steps, of; /* in the test, its messages mostly; of 0: it does not say how many */
	uint64_t run_ns, test_ns;
};

/* The run begins: so many tests. Until then nothing is shown. */
void progress_plan(unsigned int tests);

/* A test begins; its name lives until the next call. NULL: none runs. */
void progress_test(const char *name);

/* The test goes so many steps from here on, from none; 0: it does not know how many. */
void progress_of(uint64_t steps);

/* Shows how far it is, some four times a second; on CPU 0, with no lock held. */
void progress_show(void);

/* One step more. On CPU 0, with no lock held. */
extern uint64_t progress_steps;
static inline void progress_step(void)
{
	/* So seldom that the look at the clock costs a measurement nothing. */
	if (++progress_steps % 64 == 0)
		progress_show();
}

/* Where steps are counted elsewhere: it is at this one. */
static inline void progress_at(uint64_t step)
{
	progress_steps = step;
	progress_show();
}

/* The state as it is now. */
void progress_get(struct progress *progress);

/* Tests whose result is there. */
static inline unsigned int progress_given(const struct progress *progress)
{
	return progress->passed + progress->failed + progress->skipped;
}

/*
 * What is left of something that is `done` of `all` after `passed` of any unit of time, if it goes
 * on as before; PROGRESS_UNKNOWN while nothing is done. Pure, as the two below.
 */
uint64_t progress_left(uint64_t passed, uint64_t done, uint64_t all);

/* Of the run, in ns; the test that runs counts for the part of it that is done. */
uint64_t progress_run_left(const struct progress *progress);

/* How much of the run is done, in thousandths. */
unsigned int progress_permille(const struct progress *progress);

#endif
