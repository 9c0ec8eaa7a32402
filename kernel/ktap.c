// SPDX-License-Identifier: MIT
#include "kernel/ktap.h"
#include "kernel/print.h"

static unsigned int planned, passed, failed, skipped;

static unsigned int given(void)
{
	return passed + failed + skipped;
}

void ktap_begin(unsigned int tests)
{
	planned = tests;
	print("KTAP version 1\n1..%u\n", tests);
}

void ktap_pass(const char *name)
{
	passed++;
	print("ok %u %s\n", given(), name);
}

void ktap_fail(const char *name)
{
	failed++;
	print("not ok %u %s\n", given(), name);
}

void ktap_skip(const char *name, const char *reason)
{
	skipped++;
	print("ok %u %s # SKIP %s\n", given(), name, reason);
}

void ktap_counts(unsigned int *passed_so_far, unsigned int *failed_so_far,
                 unsigned int *skipped_so_far)
{
	*passed_so_far = passed;
	*failed_so_far = failed;
	*skipped_so_far = skipped;
}

enum verdict ktap_end(void)
{
	print("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:%u error:%u\n", passed, failed,
	      skipped, planned - given());
	if (given() != planned)
		return VERDICT_ERROR;
	return failed ? VERDICT_FAILED : VERDICT_PASSED;
}
