/* SPDX-License-Identifier: MIT */
/* What the tests share in which CPUs leave: an arm of one source, moved so that nothing is lost. */
#ifndef RETARGET_TESTS_UNPLUG_UNPLUG_H
#define RETARGET_TESTS_UNPLUG_UNPLUG_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/arm.h"
#include "tests/suite.h"

/* Opens the instance's source and begins its arm. False with the test failed and nothing taken. */
bool unplug_begin(struct test_run *run, struct arm *arm);

/* Checks the books, ends the arm and closes the source. `expected` messages must be lost. */
void unplug_end(struct test_run *run, struct arm *arm, uint64_t expected);

#endif
