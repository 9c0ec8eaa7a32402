// SPDX-License-Identifier: MIT
/*
 * Tests of the host, the same code, in a guest with a device, where remapping is the one call:
 * three contexts, reservations, moves, vectors left behind, CPUs that leave and come back.
 */
#include "kernel/cpu/cpu.h"
#include "kernel/panic.h"
#include "kernel/print.h"
#include "kernel/virt/guest/pv_ir_domain.h"
#include "tests/arms.h"
#include "tests/async/async.h"
#include "tests/counts.h"
#include "tests/entries.h"
#include "tests/virt/device.h"
#include "tests/virt/run.h"
#include "tests/virt/within.h"

#define VCPUS 3

enum { TEST_ARGUMENT }; /* a constant is at the same address on both sides */
enum { INSTANCES };     /* results: run */

/*
 * Those that look at no remapping table, and have no irq but the device's. In the direct phase the
 * guest has no remapping layer.
 */
static const struct {
	const char *name, *kind; /* of the device's stores */
	enum test_phase phase;
	bool all_slots; /* it takes an irq for each (async_slots()) */
} tests[] = {
        {"ims-refused", "ims-device", PHASE_DIRECT, false},
        {"smoke", "msix", PHASE_REMAPPED, false},
        {"smoke", "ims-device", PHASE_REMAPPED, false},
        {"together", "ims-device", PHASE_REMAPPED, false},
        {"async", "ims-device", PHASE_REMAPPED, true},
        {"cycles", "msix", PHASE_REMAPPED, false},
        {"unplug.fire", "msix", PHASE_REMAPPED, false},
        {"unplug.fire", "ims-device", PHASE_REMAPPED, false},
        {"unplug.window", "msix", PHASE_REMAPPED, false},
};

#define TESTS (sizeof(tests) / sizeof(tests[0]))

static void run_one(struct test_run *run, const struct test *test)
{
	test_run_within(run, test);
	test_check(run, !run->skipped, "instance %u was skipped: %s", run->instance, run->reason);
	guest_shared.results[INSTANCES]++;
}

static void run_all(struct guest_shared *shared)
{
	const struct test *test = (const struct test *)shared->arguments[TEST_ARGUMENT];
	struct test_run *run = within_begin(shared, test->name);
	unsigned int count;

	device_find(shared);
	if (test->phase == PHASE_REMAPPED && irq_set_remapping_domain(&pv_ir_domain))
		panic("no remapping domain");
	run->phase = test->phase;
	count = test->instances ? test->instances(test->phase) : 1;
	for (run->instance = 0; run->instance < count && !run->failed; run->instance++)
		run_one(run, test);
	within_end(run);
}

static void check_host(struct test_run *run, const struct guest *guest)
{
	const struct backing_counts *counts = &guest->backings->counts;

	test_check(run, guest->shared->results[INSTANCES], "it has no instance there");
	test_check(run, !backing_count(guest->backings), "%u backings are left",
	           backing_count(guest->backings));
	test_check(run, !counts->merged && !counts->unrouted && !counts->strays && !counts->refused,
	           "in the host %lu messages were merged, %lu had no target, %lu came in where "
	           "nobody expects them; %lu calls were refused",
	           counts->merged, counts->unrouted, counts->strays, counts->refused);
	print("# %s: %lu messages posted, %lu calls\n", run->name, counts->posts, counts->updates);
}

static bool has_entries(struct test_run *run, const struct source *source)
{
	return !tests[run->instance].all_slots || entries_left(run, source, async_slots(source));
}

static void same(struct test_run *run)
{
	static const struct guest_task task = {"run a test", run_all};
	static struct device device;
	const struct test *test = test_find(tests[run->instance].name, tests[run->instance].phase);
	struct source *source = arms_source_of_kind(tests[run->instance].kind);
	const struct counts before = counts_take();
	struct guest *guest = source ? virt_load(run, VCPUS) : NULL;

	if (!source)
		test_skip(run, "no source whose store is %s", tests[run->instance].kind);
	if (!guest || !has_entries(run, source) ||
	    !test_check(run, test, "there is no such test") ||
	    !device_assign(run, &device, guest, source, NULL, NULL))
		return;
	if (test_check(run, !backing_assign(guest_backings(guest), source, true, NULL),
	               "it cannot have backings")) {
		guest->shared->arguments[TEST_ARGUMENT] = (uint64_t)test;
		within_tell(run, guest);
		virt_run(run, guest, &task);
		check_host(run, guest);
	}
	backing_end(guest->backings);
	device_end(run, &device);
	counts_check(run, &before, "in the host, in the end");
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return TESTS;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s.%s", tests[instance].name, tests[instance].kind);
}

TEST(75, virt_same) = {
        .name = "virt.same",
        .checks = "what irqs do on the host they do in a guest, over the one call: requests, "
                  "moves, reservations, vectors left behind, CPUs that leave and return under "
                  "fire (the mail's points 1 to 3, for a guest)",
        .failure = "an error, a loss or a leak that the guest has and the host has not",
        .phase = PHASE_REMAPPED,
        .cpus = VCPUS + 1,
        .instances = instances,
        .label = label,
        .run = same,
};
