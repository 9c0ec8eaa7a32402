/* SPDX-License-Identifier: MIT */
/* What the tests share in which CPUs leave: an arm of one source, moved so that nothing is lost. */
#ifndef RETARGET_TESTS_UNPLUG_H
#define RETARGET_TESTS_UNPLUG_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/arm.h"
#include "tests/suite.h"

/* Opens the instance's source and begins its arm. False with the test failed and nothing taken. */
bool unplug_begin(struct test_run *run, struct arm *arm);

/* Checks the books, ends the arm and closes the source. `expected` messages must be lost. */
void unplug_end(struct test_run *run, struct arm *arm, uint64_t expected);

/* One instance for each source that makes arms: "edu.msi.two-step". */
unsigned int unplug_sources(enum test_phase phase);
void unplug_label(enum test_phase phase, unsigned int instance, char *buffer, size_t size);

#endif
