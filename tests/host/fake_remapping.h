/* SPDX-License-Identifier: MIT */
/*
 * An interrupt-remapping domain for the unit tests, in the place of drivers/vtd/ir_domain.c: it
 * fails where it is told to.
 */
#ifndef RETARGET_TESTS_HOST_FAKE_REMAPPING_H
#define RETARGET_TESTS_HOST_FAKE_REMAPPING_H

#include <stdint.h>

#include "kernel/irq/domain.h"

#define FAKE_ENTRIES 256

extern const struct irq_domain fake_remapping_domain;

/* What each operation returns in place of doing its own part; 0: it does it. */
struct fake_remapping_errors {
	int alloc, activate, set_affinity, compose;
};
extern struct fake_remapping_errors fake_remapping_errors;

/* A remappable message names entry `index`. One that is not in force blocks it. */
void fake_remapping_interrupt(uint16_t index);

/* Entries taken, and of these in force. */
uint32_t fake_remapping_allocated(void);
uint32_t fake_remapping_active(void);

#endif
