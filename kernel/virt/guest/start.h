/* SPDX-License-Identifier: MIT */
/* Where a guest begins, for the host that starts it. */
#ifndef RETARGET_KERNEL_VIRT_GUEST_START_H
#define RETARGET_KERNEL_VIRT_GUEST_START_H

#include "boot/boot_info.h"

/*
 * kernel/virt/guest/entry.asm: every vCPU, in the state of boot/boot_info.h. RDI = the guest's
 * guest_boot_info, RSI = the vCPU's number.
 */
void guest_entry(void);
extern struct boot_info guest_boot_info;

#endif
