// SPDX-License-Identifier: MIT
// links: kernel/virt/decode.c kernel/virt/fetch.c
//
// What a hostile guest has in its hands of the host's decoder: page tables and instruction bytes.
//
//     8 bytes   CR3        8 bytes   RIP        the rest   the guest's memory, from START on
//
// It is a heap block of exactly its size, and so are the bytes that decode() gets:
// AddressSanitizer sees the first one read past either.
#include <asm-generic/errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/virt/decode.h"
#include "kernel/virt/fetch.h"
#include "tests/fuzz/fuzz.h"

#define START 0x1000ULL

static void check(const struct decoded *decoded, unsigned int count)
{
	uint64_t reg = 0x1122334455667788, result = decoded_result(decoded, reg, UINT64_MAX);
	uint64_t limit = decoded->size < 8 ? 1ULL << 8 * decoded->size : 0;

	fuzz_check(decoded->length >= 2 && decoded->length <= count);
	fuzz_check(decoded->size && !(decoded->size & (decoded->size - 1)) && decoded->size <= 8);
	fuzz_check(decoded->reg < 16);
	fuzz_check(!decoded->high_byte || decoded->reg < 4);
	fuzz_check(decoded->write == !decoded->loaded);
	fuzz_check(decoded->write || decoded->loaded >= decoded->size);
	fuzz_check(!decoded->immediate || decoded->write);
	if (decoded->write)
		fuzz_check(!limit || decoded_value(decoded, UINT64_MAX) < limit);
	else
		fuzz_check(decoded->loaded >= 4 ? !limit || result < limit
		                                : (result ^ reg) < 1ULL << 16);
}

static void decode_exactly(const uint8_t *bytes, unsigned int count)
{
	uint8_t *copy = malloc(count);
	struct decoded decoded;
	int error;

	if (count)
		memcpy(copy, bytes, count);
	error = decode(copy, count, &decoded);
	fuzz_check(!error || error == -EINVAL);
	if (!error)
		check(&decoded, count);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fetch_memory memory = {.start = START};
	uint8_t out[DECODE_BYTES_MAX], *block;
	uint64_t cr3, rip;
	unsigned int got;

	decode_exactly(bytes, size < 20 ? (unsigned int)size : 20);
	if (size <= 16)
		return 0;
	memcpy(&cr3, bytes, 8);
	memcpy(&rip, bytes + 8, 8);
	memory.size = size - 16;
	block = malloc(memory.size);
	memcpy(block, bytes + 16, memory.size);
	memory.bytes = block;
	got = fetch(&memory, cr3, rip, out, sizeof(out));
	fuzz_check(got <= sizeof(out));
	decode_exactly(out, got);
	free(block);
	return 0;
}
