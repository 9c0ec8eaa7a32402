/* SPDX-License-Identifier: MIT */
/*
 * ACPI tables for the unit tests: compiled by iasl from tests/host/tables/NAME.dsl, each copy in a
 * heap block of exactly its size, so that AddressSanitizer sees the first byte read past the end.
 */
#ifndef RETARGET_TESTS_HOST_FIXTURE_H
#define RETARGET_TESTS_HOST_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/acpi/acpi.h"

/* Table NAME as compiled; the caller frees it. Fails the test when it is not there. */
struct acpi_header *fixture_table(const char *name);

/* The first `length` bytes of `table`, its length field and checksum set to suit; freed alike. */
struct acpi_header *fixture_truncated(const struct acpi_header *table, uint32_t length);

/* `table`, freed, with `size` more bytes at its end, in a new block. */
struct acpi_header *fixture_append(struct acpi_header *table, const void *bytes, uint32_t size);

/* The byte that makes `size` bytes add up to 0. */
uint8_t fixture_checksum_of(const void *bytes, size_t size);

/* Makes the checksum of `table` right again after a change. */
void fixture_checksum(struct acpi_header *table);

/*
 * Calls `parse` on every copy of table NAME that is truncated (36 bytes up to all) and on every one
 * with a single byte inverted, set to 0, to 1 or to 0xff behind the header. It may return what it
 * likes; that it returns at all, and reads only inside the block, is what is tested.
 */
void fixture_break(const char *name, void (*parse)(const struct acpi_header *table));

#endif
