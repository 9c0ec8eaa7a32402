/* SPDX-License-Identifier: MIT */
/*
 * The HPET's registers (IA-PC HPET 1.0a, 2.3; names and order are its own), as dwords: they have 64
 * bits and may be accessed by halves.
 */
#ifndef RETARGET_KERNEL_CPU_HPET_REGS_H
#define RETARGET_KERNEL_CPU_HPET_REGS_H

#include "kernel/bits.h"

#define HPET_SIZE 0x400

/* 2.3.4 "General Capabilities and ID Register". */
#define HPET_CAPABILITIES       0x000
#define HPET_NUM_TIM_CAP        GENMASK_ULL(12, 8) /* the number of the last timer */
#define HPET_COUNTER_CLK_PERIOD 0x004              /* its upper half, in femtoseconds */
#define HPET_CLK_PERIOD_MAX     0x05f5e100

/* 2.3.5 "General Configuration Register". */
#define HPET_CONFIGURATION 0x010
#define HPET_LEG_RT_CNF    BIT_ULL(1)
#define HPET_ENABLE_CNF    BIT_ULL(0)

/* 2.3.6 "General Interrupt Status Register": timer n, level-triggered, interrupts; 1 ends that. */
#define HPET_INTERRUPT_STATUS 0x020

/* 2.3.7 "Main Counter Value Register". */
#define HPET_MAIN_COUNTER 0x0f0

/* 2.3.8 "Timer N Configuration and Capabilities Register". */
#define HPET_TIMER_CONFIGURATION(n) (0x100 + 0x20 * (n))
#define HPET_TN_FSB_INT_DEL_CAP     BIT_ULL(15)
#define HPET_TN_FSB_EN_CNF          BIT_ULL(14)
#define HPET_TN_INT_ROUTE_CNF       GENMASK_ULL(13, 9)
#define HPET_TN_32MODE_CNF          BIT_ULL(8)
#define HPET_TN_TYPE_CNF            BIT_ULL(3) /* periodic */
#define HPET_TN_INT_ENB_CNF         BIT_ULL(2)
#define HPET_TN_INT_TYPE_CNF        BIT_ULL(1)           /* level */
#define HPET_TIMER_INT_ROUTE_CAP(n) (0x104 + 0x20 * (n)) /* its upper half: a bit for each pin */

/* 2.3.9 "Timer N Comparator Value Register". */
#define HPET_TIMER_COMPARATOR(n) (0x108 + 0x20 * (n))

/* 2.3.10 "Timer N FSB Interrupt Route Register": data in its lower half, address in its upper. */
#define HPET_TIMER_FSB_INT_VAL(n)  (0x110 + 0x20 * (n))
#define HPET_TIMER_FSB_INT_ADDR(n) (0x114 + 0x20 * (n))

#endif
