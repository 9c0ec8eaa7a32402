/* SPDX-License-Identifier: MIT */
/* All that irqs can hold, counted: before a test and after it, a difference is a leak. */
#ifndef RETARGET_TESTS_COUNTS_H
#define RETARGET_TESTS_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/vector.h"
#include "tests/suite.h"

struct counts {
	uint32_t irqs;
	struct vector_counts vectors;
	uint32_t entries; /* of all remapping tables */
};

struct counts counts_take(void);

/* Fails `run` unless there is now as much of each as `expected` says; `when` is for the message. */
bool counts_check(struct test_run *run, const struct counts *expected, const char *when);

#endif
