// SPDX-License-Identifier: MIT
// A guest starts, says so, and ends; and again, as often as one likes.
#include <asm-generic/errno.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/virt/guest/host.h"
#include "tests/virt/run.h"

#define IA32_EFER 0xc0000080
#define RESTARTS  100
#define NOBODY    0xa5a5a5a5a5a5a5a5

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

static void say_hello(struct guest_shared *shared)
{
	print("# this is a guest with %u CPUs, image %lu KiB, allocated %lu KiB\n", cpu_count(),
	      memory_image_size() / 1024, memory_used() / 1024);
	guest_check(cpuid(1, 0).ebx >> 24 == apic_id() && cpuid(11, 0).edx == apic_id(),
	            "CPUID has other ids than %u, the local APIC's: %u and %u", apic_id(),
	            cpuid(1, 0).ebx >> 24, cpuid(11, 0).edx);
	shared->results[0] = cpu_count();
}

static void read_efer(void *efer)
{
	*(uint64_t *)efer = rdmsr(IA32_EFER);
}

/* Of the host CPU on which its vCPU 0 runs. */
static uint64_t efer_of_host(void)
{
	uint64_t efer;

	smp_call(1, read_efer, &efer);
	return efer;
}

static void start(struct test_run *run)
{
	static const struct guest_task hello = {"hello", say_hello};
	struct guest *guest = virt_load(run, run->instance + 1);
	uint64_t efer;

	if (!guest)
		return;
	efer = efer_of_host();
	virt_run(run, guest, &hello);
	test_check(run, efer_of_host() == efer, "EFER of cpu 1 was %lx and is %lx", efer,
	           efer_of_host());
	test_check(run, guest->shared->results[0] == guest->vcpus,
	           "it has %lu CPUs and should have %u", guest->shared->results[0], guest->vcpus);
}

TEST(70, virt_start) = {
        .name = "virt.start",
        .checks = "a guest starts, prints and ends (AMD APM vol. 2, 15.5 \"VMRUN Instruction\")",
        .failure = "nothing else about guests means anything",
        .phase = PHASE_DIRECT,
        .cpus = 3,
        .instances = vcpu_counts,
        .label = label,
        .run = start,
};

/* Of .data and of .bss: what a guest finds there is what was linked, not what the last one left. */
static uint64_t initialised = 1;
static uint64_t zero;

static void count_up(struct guest_shared *shared)
{
	initialised++;
	zero++;
	shared->results[0] = initialised;
	shared->results[1] = zero;
	shared->results[2] = memory_used();
}

static void restart(struct test_run *run)
{
	static const struct guest_task task = {"count up", count_up};
	uint64_t used = 0, used_in_guest = 0;

	initialised = zero = NOBODY; /* the host's own, which no guest may see or change */
	for (uint32_t n = 0; n < RESTARTS && !run->failed; n++) {
		struct guest *guest = virt_load(run, 2);

		if (!guest)
			return;
		virt_run(run, guest, &task);
		test_check(run, guest->shared->results[0] == 2 && guest->shared->results[1] == 1,
		           "guest %u found other data than was linked: %lx, %lx", n,
		           guest->shared->results[0], guest->shared->results[1]);
		if (n == 0) {
			used = memory_used();
			used_in_guest = guest->shared->results[2];
		}
		test_check(run, memory_used() == used, "guest %u took %lu bytes of the arena", n,
		           memory_used() - used);
		test_check(run, guest->shared->results[2] == used_in_guest,
		           "guest %u has allocated %lu bytes, the first %lu", n,
		           guest->shared->results[2], used_in_guest);
	}
	test_check(run, initialised == NOBODY && zero == NOBODY,
	           "a guest wrote to the host's data");
}

TEST(70, virt_restart) = {
        .name = "virt.restart",
        .checks = "each guest begins with the data as it was linked, in the same memory, and the "
                  "host keeps its own",
        .failure = "a guest depends on the one before, or takes memory of the host",
        .phase = PHASE_DIRECT,
        .cpus = 3,
        .run = restart,
};

/* It comes out for nothing, and would not end. */
static void go_round(struct guest_shared *shared)
{
	cli();
	__atomic_store_n(&shared->results[0], 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

static void stop(struct test_run *run)
{
	static const struct guest_task task = {"go round", go_round};
	struct guest *guest = virt_load(run, 2);
	int error;

	if (!guest || !virt_start(run, guest, &task))
		return;
	virt_wait(guest, &guest->shared->results[0], 1, "the guest to go round (%lu)");
	guest_stop(guest);
	error = guest_wait(guest);
	test_check(run, error == -ECANCELED, "it ended otherwise: error %d", error);
}

TEST(70, virt_stop) = {
        .name = "virt.stop",
        .checks = "a guest that runs with its interrupts off, and one of whose CPUs has halted, "
                  "ends when the host stops it",
        .failure = "a guest can keep a CPU of the host for ever",
        .phase = PHASE_DIRECT,
        .cpus = 3,
        .run = stop,
};
