/* SPDX-License-Identifier: MIT */
/* Numbers that look random and are the same for the same seed (xorshift64*). Pure. */
#ifndef RETARGET_KERNEL_RANDOM_H
#define RETARGET_KERNEL_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

static inline struct random random_init(uint64_t seed)
{
	/* Zero is the one state it never leaves. */
	return (struct random){(seed + 1) * 0x9e3779b97f4a7c15ULL | 1};
}

static inline uint32_t random_below(struct random *random, uint32_t limit)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (uint32_t)((random->state * 0x2545f4914f6cdd1dULL >> 32) * limit >> 32);
}

#endif
