/* SPDX-License-Identifier: MIT */
/* What must hold after each step of the storm, and the messages that show it. */
#ifndef RETARGET_TESTS_HOST_STORM_CHECK_H
#define RETARGET_TESTS_HOST_STORM_CHECK_H

#include "tests/host/fake_store.h"
#include "tests/host/storm_model.h"

extern struct fake_store storm_stores[STORM_IRQS]; /* of model.irqs[] */

/*
 * The device of irq `i` sends its message. A requested irq gets it, once, at its target; of one
 * that is not it waits behind the mask, or is counted.
 */
void storm_fire(int i);

/* Exactly one message has come in since the last one, for irq `i` at `target`. */
void storm_arrived(int i, const struct irq_target *target);

/* The kernel returned this from a step, and the model that. */
void storm_agree(int kernel, int expected);

/* All counts, owners, irqs and stores are as the model has them; and each requested irq works. */
void storm_check(void);

/* Each of the errors that there are has come out of many steps. */
void storm_check_variety(void);

#endif
