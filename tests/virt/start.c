// SPDX-License-Identifier: MIT
// A guest starts, says so, and ends.
#include "kernel/cpu/cpu.h"
#include "kernel/print.h"
#include "kernel/virt/guest.h"
#include "tests/suite.h"

static void say_hello(struct guest_shared *shared)
{
	print("# this is a guest with %u CPUs\n", cpu_count());
	shared->results[0] = cpu_count();
}

static void starts(struct test_run *run)
{
	static const struct guest_task hello = {"hello", say_hello};
	uint32_t vcpus = run->instance + 1;
	const char *why;
	struct guest *guest = guest_load(vcpus, &why);
	int error;

	if (!guest) {
		test_skip(run, "%s", why);
		return;
	}
	error = guest_start(guest, &hello, 1);
	if (!error)
		error = guest_wait(guest);
	test_check(run, !error, "the guest did not end well: error %d", error);
	test_check(run, guest->shared->results[0] == vcpus, "it has %lu CPUs and should have %u",
	           guest->shared->results[0], vcpus);
}

static unsigned int vcpu_counts(enum test_phase phase)
{
	(void)phase;
	return 2;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%u", instance + 1);
}

TEST(70, virt_start) = {
        .name = "virt.start",
        .checks = "a guest starts, prints and ends (AMD APM vol. 2, 15.5 \"VMRUN Instruction\")",
        .failure = "nothing else about guests means anything",
        .phase = PHASE_DIRECT,
        .cpus = 3,
        .instances = vcpu_counts,
        .label = label,
        .run = starts,
};
