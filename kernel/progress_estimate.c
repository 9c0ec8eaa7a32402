// SPDX-License-Identifier: MIT
// The arithmetic of kernel/progress.h.
#include "kernel/progress.h"

#define WHOLE 1000 /* parts of a test */

uint64_t progress_left(uint64_t passed, uint64_t done, uint64_t all)
{
	uint64_t left = all > done ? all - done : 0;
	uint64_t product;

	if (!done)
		return left ? PROGRESS_UNKNOWN : 0;
	if (!__builtin_mul_overflow(passed, left, &product))
		return product / done;
	/* Too large to be exact to the nanosecond, and no one minds. */
	return __builtin_mul_overflow(passed / done, left, &product) ? PROGRESS_UNKNOWN : product;
}

static unsigned int part_of_test(const struct progress *progress)
{
	if (!progress->of)
		return 0;
	if (progress->steps >= progress->of)
		return WHOLE;
	/* 10^13 steps at most: kernel/options.h */
	return (unsigned int)(progress->steps * WHOLE / progress->of);
}

static uint64_t parts_done(const struct progress *progress)
{
	return (uint64_t)progress_given(progress) * WHOLE + part_of_test(progress);
}

uint64_t progress_run_left(const struct progress *progress)
{
	return progress_left(progress->run_ns, parts_done(progress),
	                     (uint64_t)progress->planned * WHOLE);
}

unsigned int progress_permille(const struct progress *progress)
{
	uint64_t part;

	if (!progress->planned)
		return 0;
	part = parts_done(progress) / progress->planned;
	return part < WHOLE ? (unsigned int)part : WHOLE;
}
