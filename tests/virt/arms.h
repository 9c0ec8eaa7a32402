/* SPDX-License-Identifier: MIT */
/* The host's side of an arm in a guest (tests/virt/arm.h). */
#ifndef RETARGET_TESTS_VIRT_ARMS_H
#define RETARGET_TESTS_VIRT_ARMS_H

#include "kernel/virt/msix_trap.h"
#include "tests/suite.h"
#include "tests/virt/arm.h"
#include "tests/virt/device.h"

struct virt_host {
	const struct virt_arm *arm;
	struct source *source;
	struct guest *guest;
	struct backings *backings;
	struct msix_trap trap;
	struct device device;
};

/*
 * A guest of two vCPUs with the arm's device, loaded; run it with virt_arm_task. False, and the
 * test skipped or failed, when it cannot be had. `host` is static: it is large.
 */
bool virt_arm_begin(struct test_run *run, struct virt_host *host, const struct virt_arm *arm);

/* The guest has ended. */
void virt_arm_end(struct test_run *run, struct virt_host *host);

/* Before that: fails `run` unless the guest's ledger and the host's books agree. */
void virt_arm_check_books(struct test_run *run, const struct virt_host *host);

/* Messages lost while it moved; and steps that failed and of which the guest does not know. */
uint64_t virt_arm_lost(const struct virt_host *host);
uint64_t virt_arm_silent(const struct virt_host *host);

#endif
