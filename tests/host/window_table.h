/* SPDX-License-Identifier: MIT */
/*
 * What the timelines of the protocols say, for tests/host/test_windows.c: written down by hand, as
 * tests/explore/table.c is for the kernel's own test.
 */
#ifndef RETARGET_TESTS_HOST_WINDOW_TABLE_H
#define RETARGET_TESTS_HOST_WINDOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/irq/ledger.h"

#define WINDOWS_MAX 5

struct expectation {
	const char *protocol;
	bool maskable;
	unsigned int windows;
	enum outcome outcomes[WINDOWS_MAX]; /* of a message in W0, W1, ... */
	const char *operations;             /* as fake_store_tell() tells them */
};

extern const struct expectation expectations[];
extern const size_t expectation_count;

/* A message in one of its windows is lost. */
bool loses_in_a_window(const struct expectation *expectation);

/* The store is wrong for good: even a message after the last step is lost. */
bool spoils(const struct expectation *expectation);

#endif
