/* SPDX-License-Identifier: MIT */
/*
 * The verdict as KTAP version 1 (Linux, Documentation/dev-tools/ktap.rst): the plan first, then one
 * line for each test, comments in between, totals at the end.
 */
#ifndef RETARGET_KERNEL_KTAP_H
#define RETARGET_KERNEL_KTAP_H

#include "kernel/power.h"

/* "KTAP version 1" and the plan. */
void ktap_begin(unsigned int tests);

void ktap_pass(const char *name);
void ktap_fail(const char *name);
void ktap_skip(const char *name, const char *reason);

/* The results given so far. */
void ktap_counts(unsigned int *passed_so_far, unsigned int *failed_so_far,
                 unsigned int *skipped_so_far);

/*
 * Prints the totals and returns what they amount to: passed when nothing failed and as many results
 * were given as planned; fewer are an error.
 */
enum verdict ktap_end(void);

#endif
