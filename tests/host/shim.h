/* SPDX-License-Identifier: MIT */
/*
 * What the host unit tests put in the place of the running kernel: print() keeps its text for the
 * test to look at, and physical memory is one block that the test supplies.
 */
#ifndef RETARGET_TESTS_HOST_SHIM_H
#define RETARGET_TESTS_HOST_SHIM_H

#include <stddef.h>
#include <stdint.h>

/* Everything printed since the last shim_forget_printed(), as far as it fits in 64 KiB. */
const char *shim_printed(void);
void shim_forget_printed(void);

/*
 * memory_map_table() answers for [base, base + size) with pointers into `bytes` and with NULL for
 * all else.
 */
void shim_physical_memory(uint64_t base, const void *bytes, size_t size);

#endif
