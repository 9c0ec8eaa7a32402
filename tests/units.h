/* SPDX-License-Identifier: MIT */
/* For tests of the remapping units themselves: one instance for each that there is. */
#ifndef RETARGET_TESTS_UNITS_H
#define RETARGET_TESTS_UNITS_H

#include "drivers/vtd/vtd.h"
#include "tests/suite.h"

#define NO_UNIT "the firmware reports no remapping unit (DMAR table)"

static inline unsigned int units_one_each(enum test_phase phase)
{
	unsigned int count = 0;

	(void)phase;
	while (vtd_unit_get(count))
		count++;
	return count;
}

#endif
