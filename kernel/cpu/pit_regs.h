/* SPDX-License-Identifier: MIT */
/* The ports of the Intel 8254, the PIT ("Control Word Format" there), and of what gates it. */
#ifndef RETARGET_KERNEL_CPU_PIT_REGS_H
#define RETARGET_KERNEL_CPU_PIT_REGS_H

#define PIT_HZ       1193182ULL
#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND  0x43
#define PIT_GATE     0x61 /* of channel 2, and its output */

/* Both bytes, mode 0: the output rises when the count is over, once; without a count, never. */
#define PIT_CHANNEL0_ONE_SHOT 0x30
#define PIT_CHANNEL2_ONE_SHOT 0xb0

#endif
