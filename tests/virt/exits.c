// SPDX-License-Identifier: MIT
// That exits are counted: what a guest does so many times comes out so many times.
#include <asm-generic/errno.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/virt/guest/host.h"
#include "kernel/virt/guest/vmmcall.h"
#include "tests/virt/run.h"

#define TIMES   500
#define MESSAGE 0x51
#define NO_CALL 0 /* hypercall.h has none of that number */

static bool is_message(const struct irq_arrival *arrival)
{
	return arrival->vector == MESSAGE;
}

/* It halts with an interrupt pending, so that each halt ends at once. */
static void come_out(struct guest_shared *shared)
{
	vector_foresee(is_message);
	for (uint64_t n = 0; n < shared->arguments[0]; n++) {
		guest_check(vmmcall(NO_CALL, 0, 0, 0) == -ENOSYS, "a call that there is not");
		cpuid(0, 0);
		cli();
		apic_send(apic_id(), MESSAGE); /* two MSRs, and a third for the end of interrupt */
		sti_hlt();
	}
}

/* How often each exit comes for one round of come_out(). */
static const struct expected {
	enum vm_exit_kind kind;
	unsigned int times;
} expected[] = {
        {VM_EXIT_HYPERCALL, 1},
        {VM_EXIT_CPUID, 1},
        {VM_EXIT_MSR, 3},
        {VM_EXIT_HALT, 1},
};

static bool run_rounds(struct test_run *run, uint64_t rounds, struct exits *exits)
{
	static const struct guest_task task = {"come out", come_out};
	struct guest *guest = virt_load(run, 1);

	if (!guest)
		return false;
	guest->shared->arguments[0] = rounds;
	virt_run(run, guest, &task);
	guest_exits(guest, exits);
	return !run->failed;
}

static void counted(struct test_run *run)
{
	struct exits without, with;

	if (!run_rounds(run, 0, &without) || !run_rounds(run, TIMES, &with))
		return;
	for (unsigned int i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		enum vm_exit_kind kind = expected[i].kind;
		uint64_t times = with.count[kind] - without.count[kind];

		test_check(run, times == (uint64_t)TIMES * expected[i].times,
		           "%lu exits of kind %s, and should be %u", times, exits_name(kind),
		           TIMES * expected[i].times);
		print("# virt.exits: %s, %lu ticks in the host for each of %lu\n", exits_name(kind),
		      with.count[kind] ? with.ticks[kind] / with.count[kind] : 0, with.count[kind]);
	}
	test_check(run, with.injected - without.injected == TIMES, "%lu interrupts were given",
	           with.injected - without.injected);
	test_check(run, with.hypercalls[NO_CALL] == TIMES, "%lu calls of number %u",
	           with.hypercalls[NO_CALL], NO_CALL);
}

TEST(70, virt_exits) = {
        .name = "virt.exits",
        .checks = "each exit of a guest is counted, once, under what it was for",
        .failure = "the figures of what guests cost are wrong",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .run = counted,
};
