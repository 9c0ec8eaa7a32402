// SPDX-License-Identifier: MIT
/*
 * The guest's barrier, and messages that are not posted yet: one that is still pending at a host
 * CPU's local APIC as the guest sends the barrier's interrupt has to come in before it.
 */
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/vector.h"
#include "kernel/memory.h"
#include "kernel/virt/guest/host.h"
#include "tests/virt/run.h"

#define ROUNDS         60
#define NOT_THE_GUESTS 0xc0000000 /* guest-physical; nothing is there for it */
#define HOST_MESSAGE   0x91       /* what the host's local APICs get */
#define MESSAGE        0x51       /* what vCPU 1 is to get for it */

static struct guest *receiver; /* the host's */
static uint64_t arrived;       /* the guest's */

static bool post(const struct irq_arrival *arrival)
{
	if (arrival->vector == HOST_MESSAGE)
		vcpu_post(receiver->vcpu[1], MESSAGE);
	return arrival->vector == HOST_MESSAGE;
}

static bool count_arrival(const struct irq_arrival *arrival)
{
	if (arrival->vector == MESSAGE)
		__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
	return arrival->vector == MESSAGE;
}

/* movb (%rax), %al: the access stands for the register that makes a device send. */
#define LENGTH_OF_LOAD 2

static void fire(uint64_t device)
{
	__asm__ volatile(".byte 0x8a, 0x00" : "+a"(device) : : "memory");
}

static int send_as_device(struct vcpu *vcpu, const struct vm_exit *exit)
{
	const struct guest *guest = vcpu->guest;

	if (exit->address != guest->shared->arguments[0])
		return -1;
	apic_send(cpu_get(vcpu_host_cpu(guest->vcpu[1]))->apic_id, HOST_MESSAGE);
	vm_skip(vcpu->vm, LENGTH_OF_LOAD);
	return 0;
}

/* It is on its way into the guest most of the time: there the host holds its interrupts back. */
static void come_out(void *argument)
{
	const uint64_t *enough = argument;

	while (!__atomic_load_n(enough, __ATOMIC_SEQ_CST))
		cpuid(0, 0);
}

static void fire_and_prove(struct guest_shared *shared)
{
	uint64_t device = (uint64_t)memory_map_device(shared->arguments[0], 1);
	uint64_t enough = 0;

	vector_foresee(count_arrival);
	smp_start(1, come_out, &enough);
	for (uint64_t n = 1; n <= ROUNDS; n++) {
		uint64_t taken;

		fire(device);
		barrier();
		taken = __atomic_load_n(&arrived, __ATOMIC_SEQ_CST);
		if (!guest_check(taken == n, "after barrier %lu vcpu 1 has taken %lu messages", n,
		                 taken))
			break;
	}
	__atomic_store_n(&enough, 1, __ATOMIC_SEQ_CST);
	smp_wait(1);
	shared->results[0] = arrived;
}

static void in_order(struct test_run *run)
{
	static const struct guest_task task = {"fire and prove", fire_and_prove};
	struct guest *guest = virt_load(run, 2);

	if (!guest)
		return;
	receiver = guest;
	guest->memory = send_as_device;
	guest->shared->arguments[0] = NOT_THE_GUESTS;
	vector_foresee(post);
	virt_run(run, guest, &task);
	barrier();
	vector_foresee(NULL);
	test_check(run, guest->shared->results[0] == ROUNDS, "it did not come to its end");
}

TEST(70, virt_order) = {
        .name = "virt.order",
        .checks = "a message that a host CPU has not taken yet comes in before the interrupt of "
                  "the guest's barrier",
        .failure = "a device's message may be called missing in a guest that is only late",
        .phase = PHASE_DIRECT,
        .cpus = 3,
        .run = in_order,
};
