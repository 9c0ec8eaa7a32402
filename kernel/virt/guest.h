/* SPDX-License-Identifier: MIT */
/*
 * The guest: this kernel once more, in a block of the host's arena, started by the host as by a
 * boot loader (boot/boot_info.h). It has a copy of the image with its data as it was linked, so
 * that the globals are its own, and the rest of the block as its memory. Guest-physical is
 * host-physical, and it has nothing but the block and what guest_map() gives it.
 *
 * There is one at a time, and one block, which is taken when the first is loaded and kept. A test:
 *
 *	static void in_guest(struct guest_shared *shared) { ... }
 *	static const struct guest_task task = {"name", in_guest};
 *
 *	guest = guest_load(2, &why);              two vCPUs; fresh memory, nothing mapped but it
 *	guest_map(guest, bar, length, true);
 *	guest->shared->arguments[0] = ...;
 *	guest_start(guest, &task, 1);             vCPUs on host CPUs 1 and 2
 *	error = guest_wait(guest);                0 when in_guest() has returned
 *
 * Both are of one image, so a pointer to code or constants is good on both sides; one to the
 * guest's data or its memory is good for the host by way of guest_pointer().
 *
 * All of it is called on CPU 0, but for what is said to be the vCPUs'.
 */
#ifndef RETARGET_KERNEL_VIRT_GUEST_H
#define RETARGET_KERNEL_VIRT_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/virt/npt.h"
#include "kernel/virt/shared.h"
#include "kernel/virt/vcpu.h"

enum guest_end {
	GUEST_RUNS,
	GUEST_DONE,    /* its task has returned */
	GUEST_FATAL,   /* it could not go on: guest->why */
	GUEST_STOPPED, /* guest_stop() */
};

struct guest {
	uint64_t block, size; /* physical, bytes */
	struct npt npt;
	struct guest_shared *shared; /* in the guest's memory, which may write to it at any time */
	const struct guest_task *task;

	uint32_t vcpus;
	struct vcpu *vcpu[GUEST_VCPUS];

	/*
	 * What an access means to an address that the guest does not have: 0 when it was emulated
	 * and the instruction skipped, or when the address is mapped now; else it is fatal. In the
	 * vCPU's loop, with interrupts on. NULL: always fatal. guest_load() clears both.
	 */
	int (*memory)(struct vcpu *vcpu, const struct vm_exit *exit);
	struct trap *traps; /* kernel/virt/trap.h */

	/* For HYPERCALL_MARK, in the loop of the vCPU that calls. NULL: -ENOSYS. */
	void (*mark)(struct guest *guest, uint64_t number);
	struct backings *backings; /* kernel/virt/guest_backings.h; NULL: no device's interrupts */

	uint32_t end;  /* atomic: enum guest_end */
	char why[160]; /* FATAL: what it did, and on which vCPU */
	uint32_t why_vcpu;
};

/*
 * A fresh guest with so many vCPUs (1 .. GUEST_VCPUS). NULL with `*why` when it cannot be had: it
 * needs a host CPU beside CPU 0 for each of them, and room in the arena.
 */
struct guest *guest_load(uint32_t vcpus, const char **why);

/* Whole pages that it has from now on; see npt_map(). */
int guest_map(struct guest *guest, uint64_t physical, uint64_t length, bool writable);

/* Takes them away: when it returns, no vCPU can reach them any more. With interrupts on. */
void guest_unmap(struct guest *guest, uint64_t physical, uint64_t length);

/* Runs `task` in it, with vCPU n on host CPU `first` + n. 0, or -ENOMEM, -EINVAL as vcpu_move(). */
int guest_start(struct guest *guest, const struct guest_task *task, uint32_t first);

/*
 * Waits for its end. 0 when its task has returned; -EFAULT when it could not go on: guest->why says
 * what it did, and lines about it are printed unless `quiet`; -ECANCELED when it was stopped.
 */
int guest_wait(struct guest *guest);
int guest_wait_quietly(struct guest *guest);

/* Ends it from outside; guest_wait() afterwards. */
void guest_stop(struct guest *guest);

/*
 * The host's pointer to `length` bytes at a virtual address of the guest, in its image or its
 * memory; NULL when they are not. GUEST_COPY() is the guest's own copy of a variable.
 */
void *guest_pointer(const struct guest *guest, uint64_t virtual, uint64_t length);
#define GUEST_COPY(guest, variable)                                                                \
	((__typeof__(&(variable)))guest_pointer(guest, (uint64_t) & (variable), sizeof(variable)))

/* The sum over all vCPUs; after its end. */
void guest_exits(const struct guest *guest, struct exits *sum);

/* The vCPUs': the guest has ended, for one of the two reasons. */
void guest_done(struct guest *guest);
void guest_fatal(struct vcpu *vcpu, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline bool guest_has_ended(const struct guest *guest)
{
	return __atomic_load_n(&guest->end, __ATOMIC_SEQ_CST) != GUEST_RUNS;
}

/* Lines about each vCPU; while none runs. */
void guest_print_vcpus(const struct guest *guest);

/* For reports of a hang or a panic: what each vCPU is at, if a guest runs. On any CPU. */
void guest_print(void);

#endif
