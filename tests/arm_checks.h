/* SPDX-License-Identifier: MIT */
/*
 * Checks on an arm that no mover moves: that its irq delivers, and that a call which failed has
 * left it as it was. `when` and `what` are for the message.
 */
#ifndef RETARGET_TESTS_ARM_CHECKS_H
#define RETARGET_TESTS_ARM_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/arm.h"
#include "tests/suite.h"

/* Fails `run` unless `error` is the expected one. */
bool check_error(struct test_run *run, int error, int expected, const char *what);

/* Fires one message, which has to come in at the irq's target. */
bool check_delivers(struct test_run *run, struct arm *arm, const char *when);

/* The target is `before`, hardware holds that and nothing else, and a message comes in there. */
bool check_as_before(struct test_run *run, struct arm *arm, const struct irq_target *before,
                     const char *when);

/* A move to `cpu` succeeds, and the same then holds for the new target. */
bool check_moves(struct test_run *run, struct arm *arm, uint32_t cpu, const char *when);

#endif
