/* SPDX-License-Identifier: MIT */
/*
 * Masks and fields. A register or table word is described by masks alone, in the order the
 * specification prints them: GENMASK_ULL(high, low), as "bits high:low" there. The shift is
 * derived from the mask, so that the two can never disagree.
 */
#ifndef RETARGET_KERNEL_BITS_H
#define RETARGET_KERNEL_BITS_H

#include <stdint.h>

#define BIT_ULL(n)             (UINT64_C(1) << (n))
#define GENMASK_ULL(high, low) ((UINT64_MAX >> (63 - (high))) & (UINT64_MAX << (low)))

/* The value of field `mask` in `word`, right aligned. */
static inline uint64_t field_get(uint64_t mask, uint64_t word)
{
	return (word & mask) >> __builtin_ctzll(mask);
}

/* `value` moved into field `mask`; what does not fit is cut off. */
static inline uint64_t field_set(uint64_t mask, uint64_t value)
{
	return (value << __builtin_ctzll(mask)) & mask;
}

#endif
