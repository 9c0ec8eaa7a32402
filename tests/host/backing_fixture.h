/* SPDX-License-Identifier: MIT */
/*
 * A guest of two vCPUs for the unit tests of kernel/virt/: what is posted is kept. It has a device
 * with several slots, whose messages go through tests/host/fake_remapping.h. It goes with
 * tests/host/irq_fixture.h, whose CPUs are the host's.
 */
#ifndef RETARGET_TESTS_HOST_BACKING_FIXTURE_H
#define RETARGET_TESTS_HOST_BACKING_FIXTURE_H

#include "kernel/virt/backing.h"
#include "tests/host/fake_store.h"

#define GUEST_VCPUS  2
#define GUEST_SLOTS  4
#define GUEST_DEVICE 0x0018 /* its requester id */

struct guest_fixture {
	struct backings backings;
	struct source source;
	struct fake_store stores[GUEST_SLOTS];
	uint32_t cpu_of[GUEST_VCPUS]; /* vCPU 0 on CPU 1, vCPU 1 on CPU 2 */
	unsigned int posts;           /* how many, and the last one's */
	uint32_t vcpu;
	uint8_t vector;
	bool merges; /* what is posted from now on is pending already */
};
extern struct guest_fixture guest;

/*
 * For each test, with and without remapping in the host: the guest writes the stores, or the host
 * does by protocol "masked". The other end is irq_fixture_end(), by which the guest has to have
 * given all back.
 */
int guest_begin(void **state);
int guest_begin_trapped(void **state);
int guest_begin_trapped_direct(void **state);
int guest_begin_direct(void **state);

/* By slot `slot`'s handle. */
int64_t guest_update(unsigned int slot, uint64_t vector, uint64_t vcpu);

/* The device sends from `slot`, and `vector` is posted to `vcpu`; or nothing is. */
void assert_posted(unsigned int slot, uint32_t vcpu, uint8_t vector);
void assert_not_posted(unsigned int slot);

#endif
