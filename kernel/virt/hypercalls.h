/* SPDX-License-Identifier: MIT */
/*
 * The host's end of the calls of kernel/virt/hypercall.h, by number; NULL: there is no such call. A
 * function runs in the loop of the vCPU that calls, with interrupts on; what it returns goes to the
 * guest.
 */
#ifndef RETARGET_KERNEL_VIRT_HYPERCALLS_H
#define RETARGET_KERNEL_VIRT_HYPERCALLS_H

#include <stdint.h>

#include "kernel/virt/hypercall.h"

struct vcpu;

typedef int64_t hypercall_function(struct vcpu *vcpu, uint64_t first, uint64_t second,
                                   uint64_t third);
extern hypercall_function *const hypercalls[HYPERCALLS];

#endif
