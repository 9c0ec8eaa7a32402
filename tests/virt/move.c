// SPDX-License-Identifier: MIT
/*
 * A vCPU that is moved between host CPUs all the time, while interrupts are posted to it, by another
 * vCPU and by the host: each comes in, once.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/virt/guest/host.h"
#include "tests/virt/run.h"

#define MOVES     200
#define FROM_HOST 0x62
#define FROM_VCPU 0x61

/* In the guest; words of guest_shared. */
enum { POSTED_SEEN, SENT, SENT_SEEN };
enum { ENOUGH };

static bool count_arrival(const struct irq_arrival *arrival)
{
	uint64_t *results = guest_shared.results;

	if (arrival->vector != FROM_HOST && arrival->vector != FROM_VCPU)
		return false;
	guest_check(arrival->cpu == 1, "vector %x came in at vcpu %u", arrival->vector,
	            arrival->cpu);
	__atomic_add_fetch(&results[arrival->vector == FROM_HOST ? POSTED_SEEN : SENT_SEEN], 1,
	                   __ATOMIC_SEQ_CST);
	return true;
}

static void spin_or_halt(void *argument)
{
	bool halts = false;

	(void)argument;
	while (!__atomic_load_n(&guest_shared.arguments[ENOUGH], __ATOMIC_SEQ_CST)) {
		cli();
		halts = !halts;
		if (halts && !__atomic_load_n(&guest_shared.arguments[ENOUGH], __ATOMIC_SEQ_CST))
			sti_hlt();
		sti();
		for (int i = 0; i < 1000; i++)
			pause();
	}
}

/* One message of its own at a time, as each local APIC merges those of one vector. */
static void send_all_the_time(struct guest_shared *shared)
{
	vector_foresee(count_arrival);
	smp_start(1, spin_or_halt, NULL);
	while (!__atomic_load_n(&shared->arguments[ENOUGH], __ATOMIC_SEQ_CST)) {
		apic_send(cpu_get(1)->apic_id, FROM_VCPU);
		shared->results[SENT]++;
		barrier();
		guest_check(shared->results[SENT_SEEN] == shared->results[SENT],
		            "%lu were sent and %lu have come in", shared->results[SENT],
		            shared->results[SENT_SEEN]);
	}
	apic_send(cpu_get(1)->apic_id, FROM_VCPU); /* it may have halted meanwhile */
	shared->results[SENT]++;
	smp_wait(1);
	barrier();
}

static uint64_t seen(const struct guest *guest, int word)
{
	return __atomic_load_n(&guest->shared->results[word], __ATOMIC_SEQ_CST);
}

static void wait_for_post(const struct guest *guest, uint64_t number)
{
	wait_begin("the guest to take interrupt %lu that was posted", number);
	while (seen(guest, POSTED_SEEN) < number && !guest_has_ended(guest))
		pause();
	wait_end();
}

/* A post before each move and one behind it; those of one vector are merged, so one at a time. */
static uint64_t move_and_post(struct test_run *run, struct guest *guest)
{
	struct vcpu *vcpu = guest->vcpu[1];
	uint64_t posted = 0;

	while (!seen(guest, SENT) && !guest_has_ended(guest))
		pause();
	for (uint32_t n = 0; n < MOVES && !guest_has_ended(guest); n++) {
		int error;

		test_check(run, vcpu_post(vcpu, FROM_HOST), "interrupt %lu was not new", posted);
		posted++;
		error = vcpu_move(vcpu, n % 2 ? 2 : 3);
		test_check(run, !error, "move %u failed: error %d", n, error);
		wait_for_post(guest, posted);
		cpu_progress();
	}
	return posted;
}

static void move(struct test_run *run)
{
	static const struct guest_task task = {"send all the time", send_all_the_time};
	struct guest *guest = virt_load(run, 2);
	uint64_t posted;

	if (!guest || !virt_start(run, guest, &task))
		return;
	test_check(run, vcpu_move(guest->vcpu[1], 1) == -EBUSY, "two vCPUs are on one host CPU");
	test_check(run, vcpu_move(guest->vcpu[1], 0) == -EINVAL, "a vCPU is on host CPU 0");
	posted = move_and_post(run, guest);
	__atomic_store_n(&guest->shared->arguments[ENOUGH], 1, __ATOMIC_SEQ_CST);
	virt_finish(run, guest);
	print("# virt.move: %u moves, %lu interrupts posted by the host, %lu sent by vcpu 0\n",
	      guest->vcpu[1]->moves, posted, seen(guest, SENT));
	test_check(run, seen(guest, POSTED_SEEN) == posted, "of %lu that the host posted %lu came",
	           posted, seen(guest, POSTED_SEEN));
	test_check(run, seen(guest, SENT_SEEN) == seen(guest, SENT), "of %lu that were sent %lu came",
	           seen(guest, SENT), seen(guest, SENT_SEEN));
}

TEST(70, virt_move) = {
        .name = "virt.move",
        .checks = "nothing that is posted to a vCPU is lost while it is moved between host CPUs",
        .failure = "a device's message to a guest gets lost when its vCPU is moved",
        .phase = PHASE_DIRECT,
        .cpus = 4,
        .run = move,
};
