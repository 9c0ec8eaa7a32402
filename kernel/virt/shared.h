/* SPDX-License-Identifier: MIT */
/* What host and guest tell each other in memory: one struct, in the guest's data. */
#ifndef RETARGET_KERNEL_VIRT_SHARED_H
#define RETARGET_KERNEL_VIRT_SHARED_H

#include <stdint.h>

#define GUEST_VCPUS 8
#define GUEST_WORDS 32

struct cpu;
struct guest_shared;

/* What a guest is to do: runs on its vCPU 0, with interrupts on and all vCPUs started. */
struct guest_task {
	const char *name;
	void (*run)(struct guest_shared *shared);
};

struct guest_shared {
	/* The host's, before the start. */
	const struct guest_task *task;
	uint32_t vcpus;
	uint64_t ticks_per_us;
	uint64_t arguments[GUEST_WORDS]; /* of the task */

	/* The guest's. */
	uint64_t results[GUEST_WORDS]; /* of the task */
	uint64_t failures;             /* guest_fail(), kernel/virt/guest/host.h */
	struct cpu *cpu[GUEST_VCPUS];  /* its own, as soon as there are */
};

/* Each side has its own; the host reaches the guest's by guest->shared. */
extern struct guest_shared guest_shared;

#endif
