/* SPDX-License-Identifier: MIT */
/*
 * The backings (kernel/virt/backing.h) of the guest that is loaded: what comes in is posted to its
 * vCPUs, and goes to the host CPUs on which they are.
 */
#ifndef RETARGET_KERNEL_VIRT_GUEST_BACKINGS_H
#define RETARGET_KERNEL_VIRT_GUEST_BACKINGS_H

#include "kernel/virt/backing.h"
#include "kernel/virt/guest.h"

/*
 * None yet, for a guest that is loaded and does not run: what it is assigned comes next
 * (backing_assign()). To be ended by backing_end() when it has ended.
 */
struct backings *guest_backings(struct guest *guest);

#endif
