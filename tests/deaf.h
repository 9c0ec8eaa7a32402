/* SPDX-License-Identifier: MIT */
/*
 * A CPU that takes no interrupts for a while: who has to wait for it must not get on before the
 * end. A busy host may hold the one up who is to be looked at until the while is over; then nothing
 * was shown, and it is tried again with a longer one.
 */
#ifndef RETARGET_TESTS_DEAF_H
#define RETARGET_TESTS_DEAF_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/suite.h"

#define DEAF_US     20000
#define DEAF_MAX_US (64 * DEAF_US)

struct deaf {
	uint32_t us;
	uint32_t begun;
	uint32_t over; /* set last, while interrupts are still off */
};

/* Has `cpu`, which idles, switch its interrupts off for `us`, and returns when they are. */
void deaf_begin(struct deaf *deaf, uint32_t cpu, uint32_t us);

/* Whether its time is over; it is about to switch them on. smp_wait() waits until it idles. */
bool deaf_is_over(const struct deaf *deaf);

/* Skips: each try was too late. */
void deaf_skip(struct test_run *run);

#endif
