// SPDX-License-Identifier: MIT
#include "tests/fuzz/input.h"

#include <string.h>

uint64_t fuzz_take(struct fuzz_input *input, size_t bytes)
{
	uint64_t value = 0;
	size_t there = bytes < input->size ? bytes : input->size;

	if (there)
		memcpy(&value, input->bytes, there);
	input->bytes += there;
	input->size -= there;
	return value;
}

uint64_t fuzz_take_value(struct fuzz_input *input)
{
	uint8_t form = (uint8_t)fuzz_take(input, 1);

	switch (form & 7) {
	case 0:
		return form >> 3;
	case 1:
		return fuzz_take(input, 1);
	case 2:
		return UINT64_C(1) << fuzz_take(input, 1) % 64;
	case 3:
		return UINT64_MAX;
	case 4:
		return fuzz_take(input, 4);
	case 5:
		return UINT64_C(0xfee00000) | fuzz_take(input, 2);
	case 6:
		return UINT64_MAX << fuzz_take(input, 1) % 64;
	default:
		return fuzz_take(input, 8);
	}
}
