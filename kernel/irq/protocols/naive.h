/* SPDX-License-Identifier: MIT */
/* The plain rewrite of kernel/irq/protocols/naive.c, for linux-direct to share. */
#ifndef RETARGET_KERNEL_IRQ_PROTOCOLS_NAIVE_H
#define RETARGET_KERNEL_IRQ_PROTOCOLS_NAIVE_H

#include "kernel/irq/protocol.h"

void naive_address_first(struct move *move);

#endif
