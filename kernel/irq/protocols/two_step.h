/* SPDX-License-Identifier: MIT */
/* The two steps of kernel/irq/protocols/two_step.c, without and with the replay. */
#ifndef RETARGET_KERNEL_IRQ_PROTOCOLS_TWO_STEP_H
#define RETARGET_KERNEL_IRQ_PROTOCOLS_TWO_STEP_H

#include "kernel/irq/protocol.h"

/* On the old CPU, interrupts off. */
void two_step(struct move *move);
void two_step_replay(struct move *move);

#endif
