/* SPDX-License-Identifier: MIT */
/* Numbers out of a fuzzer's input, for targets whose input is a sequence of operations. */
#ifndef RETARGET_TESTS_FUZZ_INPUT_H
#define RETARGET_TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* What is left of it. */
struct fuzz_input {
	const uint8_t *bytes;
	size_t size;
};

/* The next 1 .. 8 bytes as a number; those that are no longer there are 0. */
uint64_t fuzz_take(struct fuzz_input *input, size_t bytes);

/*
 * A number in a short form, up to 9 bytes: most registers are met by small ones, by those with few
 * bits or nearly all, and by message addresses.
 */
uint64_t fuzz_take_value(struct fuzz_input *input);

#endif
