/* SPDX-License-Identifier: MIT */
/* In the place of the kernel's header in the unit tests: the host is a function of the test. */
#ifndef RETARGET_KERNEL_VIRT_GUEST_VMMCALL_H
#define RETARGET_KERNEL_VIRT_GUEST_VMMCALL_H

#include <stdint.h>

#include "kernel/virt/hypercall.h"

int64_t fake_vmmcall(enum hypercall_number number, uint64_t first, uint64_t second, uint64_t third);

static inline int64_t vmmcall(enum hypercall_number number, uint64_t first, uint64_t second,
                              uint64_t third)
{
	return fake_vmmcall(number, first, second, third);
}

#endif
