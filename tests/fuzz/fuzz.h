/* SPDX-License-Identifier: MIT */
/*
 * Fuzzing on the build machine: each tests/fuzz/fuzz_NAME.c is one target. clang's libFuzzer looks
 * for inputs that break it (`make fuzz`), and `make check` replays the inputs of
 * tests/fuzz/corpus/NAME/ with any compiler (tests/fuzz/replay.c). AddressSanitizer and UBSan watch
 * either way.
 */
#ifndef RETARGET_TESTS_FUZZ_FUZZ_H
#define RETARGET_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/acpi/acpi.h"

/* What libFuzzer calls with each input, by its own names. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned int seed);

/* A parser of one table, as fuzz_parser() gives the input to it. */
struct fuzz_parser {
	int (*parse)(const struct acpi_header *table, void *out, const char **why);
	void *out, *again; /* of out_size bytes each; `out` is what `check` looks at */
	size_t out_size;
	void (*check)(const struct acpi_header *table); /* after a success */
};

/*
 * Parses the input twice, into memory that was all zeros and all ones before: the verdict has to be
 * the same, and what came out, byte for byte. Too short an input is left alone.
 */
void fuzz_parser(const struct fuzz_parser *parser, const uint8_t *bytes, size_t size);

/*
 * The input as an ACPI table that has passed kernel/acpi/acpi.c: a heap block of exactly its size,
 * with that as the header's length, so that AddressSanitizer sees the first byte read past the end.
 * NULL for an input that is shorter than a header. The caller frees it.
 */
struct acpi_header *fuzz_table(const uint8_t *bytes, size_t size);

/* Ends the program, with the property that does not hold. */
_Noreturn void fuzz_failed(const char *property, const char *file, int line);
#define fuzz_check(property) ((property) ? (void)0 : fuzz_failed(#property, __FILE__, __LINE__))

/* What every parser promises: 0, or one of these errors with a reason that can be printed. */
void fuzz_check_verdict(int error, const char *why);

#endif
