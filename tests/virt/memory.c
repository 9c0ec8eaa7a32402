// SPDX-License-Identifier: MIT
// A page is taken from a guest while it uses it.
#include "kernel/memory.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "tests/virt/run.h"

#define ROUNDS 40

/* In guest_shared. */
enum { READS };
enum { PAGE, ENOUGH };

static uint64_t taken; /* the page is; the host's */
static uint64_t faults;

/* Counts a read that came out while the page was taken, and waits until it is back. */
static int wait_for_page(struct vcpu *vcpu, const struct vm_exit *exit)
{
	(void)exit;
	__atomic_add_fetch(&faults, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&taken, __ATOMIC_SEQ_CST) && !guest_has_ended(vcpu->guest))
		pause();
	return 0;
}

static void read_on(struct guest_shared *shared)
{
	const volatile uint64_t *page = memory_map_device(shared->arguments[PAGE], PAGE_SIZE);

	while (!__atomic_load_n(&shared->arguments[ENOUGH], __ATOMIC_SEQ_CST)) {
		(void)*page;
		__atomic_add_fetch(&shared->results[READS], 1, __ATOMIC_SEQ_CST);
	}
}

static uint64_t reads(const struct guest *guest)
{
	return __atomic_load_n(&guest->shared->results[READS], __ATOMIC_SEQ_CST);
}

static void take_and_give(struct test_run *run, struct guest *guest, uint64_t page, uint64_t n)
{
	uint64_t before;

	virt_wait(guest, &guest->shared->results[READS], reads(guest) + 1, "read %lu of the guest");
	__atomic_store_n(&taken, 1, __ATOMIC_SEQ_CST);
	guest_unmap(guest, page, PAGE_SIZE);
	before = reads(guest);
	virt_wait(guest, &faults, n, "the guest to miss its page, %lu times");
	/* One read may have been done already, and not counted yet. */
	test_check(run, reads(guest) <= before + 1, "it read on for %lu times",
	           reads(guest) - before);
	test_check(run, !guest_map(guest, page, PAGE_SIZE, true), "the page cannot be given back");
	__atomic_store_n(&taken, 0, __ATOMIC_SEQ_CST);
}

static void unmap(struct test_run *run)
{
	static const struct guest_task task = {"read on", read_on};
	static void *page;
	struct guest *guest = virt_load(run, 1);

	if (!guest)
		return;
	if (!page)
		page = memory_alloc_pages(1);
	taken = faults = 0;
	guest->memory = wait_for_page;
	guest->shared->arguments[PAGE] = (uint64_t)page;
	if (!test_check(run, page && !guest_map(guest, (uint64_t)page, PAGE_SIZE, true),
	                "no page for the guest") ||
	    !virt_start(run, guest, &task))
		return;
	for (uint64_t n = 1; n <= ROUNDS && !guest_has_ended(guest); n++)
		take_and_give(run, guest, (uint64_t)page, n);
	__atomic_store_n(&guest->shared->arguments[ENOUGH], 1, __ATOMIC_SEQ_CST);
	virt_finish(run, guest);
	test_check(run, faults == ROUNDS, "of %u times that the page was taken it noticed %lu",
	           ROUNDS, faults);
}

TEST(70, virt_unmap) = {
        .name = "virt.unmap",
        .checks = "a page that is taken from a running guest is out of its reach at once (AMD APM "
                  "vol. 2, 15.16 \"TLB Control\")",
        .failure = "a guest still reaches what is not its own any more",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .run = unmap,
};
