/* SPDX-License-Identifier: MIT */
/* A guest's call to its host: kernel/virt/hypercall.h. */
#ifndef RETARGET_KERNEL_VIRT_GUEST_VMMCALL_H
#define RETARGET_KERNEL_VIRT_GUEST_VMMCALL_H

#include <stdint.h>

#include "kernel/virt/hypercall.h"

static inline int64_t vmmcall(enum hypercall_number number, uint64_t first, uint64_t second,
                              uint64_t third)
{
	int64_t result = number;

	__asm__ volatile("vmmcall" : "+a"(result) : "D"(first), "S"(second), "d"(third) : "memory");
	return result;
}

#endif
