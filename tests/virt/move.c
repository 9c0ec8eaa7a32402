// SPDX-License-Identifier: MIT
/*
 * A vCPU that is moved between host CPUs all the time, while interrupts are posted to it, by
 * another vCPU and by the host: each comes in, once.
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

#define MOVES        100
#define MOVES_A_SEND 2 /* at most so many for each that vCPU 0 sends */
#define FROM_HOST    0x62
#define FROM_VCPU    0x61

/* In the guest; words of guest_shared. */
enum { STARTED, POSTED_SEEN, SENT, SENT_SEEN };
enum { ENOUGH };

static bool count_arrival(const struct irq_arrival *arrival)
{
	uint64_t *results = guest_shared.results;

	if (arrival->vector != FROM_HOST && arrival->vector != FROM_VCPU)
		return false;
	guest_check(arrival->cpu == cpu_count() - 1, "vector %x came in at vcpu %u",
	            arrival->vector, arrival->cpu);
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
	shared->results[STARTED] = 1;
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

/* It never comes out by itself. */
static void spin(struct guest_shared *shared)
{
	vector_foresee(count_arrival);
	__atomic_store_n(&shared->results[STARTED], 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&shared->arguments[ENOUGH], __ATOMIC_SEQ_CST))
		pause();
}

static uint64_t seen(const struct guest *guest, int word)
{
	return __atomic_load_n(&guest->shared->results[word], __ATOMIC_SEQ_CST);
}

static void post_one(struct test_run *run, struct vcpu *vcpu, uint64_t *posted)
{
	test_check(run, vcpu_post(vcpu, FROM_HOST), "interrupt %lu was not new", *posted);
	++*posted;
}

/*
 * Those of one vector are merged, so there is one at a time: posted as it leaves a host CPU, or as
 * it comes to one, in which case only the move itself brings it out of the guest.
 */
static uint64_t move_and_post(struct test_run *run, struct guest *guest, struct vcpu *vcpu)
{
	const uint64_t *results = guest->shared->results;
	uint64_t posted = 0;

	virt_wait(guest, &results[STARTED], 1, "the guest to be ready (%lu)");
	for (uint32_t n = 0; n < MOVES && !guest_has_ended(guest); n++) {
		int error;

		if (n % 4 < 2)
			post_one(run, vcpu, &posted);
		error = vcpu_move(vcpu, n % 2 ? 2 : 3);
		test_check(run, !error, "move %u failed: error %d", n, error);
		if (n % 4 >= 2)
			post_one(run, vcpu, &posted);
		virt_wait(guest, &results[POSTED_SEEN], posted,
		          "the guest to take interrupt %lu that was posted");
		if (guest->vcpus > 1)
			virt_wait(guest, &results[SENT], n / MOVES_A_SEND,
			          "vcpu 0 to send interrupt %lu");
	}
	return posted;
}

static const struct scene {
	const char *label;
	struct guest_task task;
	uint32_t vcpus; /* the last one is moved */
} scenes[] = {
        {"spins", {"spin", spin}, 1},
        {"receives", {"send all the time", send_all_the_time}, 2},
};

static unsigned int count(enum test_phase phase)
{
	(void)phase;
	return sizeof(scenes) / sizeof(scenes[0]);
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s", scenes[instance].label);
}

static void check_refusals(struct test_run *run, struct vcpu *vcpu)
{
	test_check(run, vcpu_move(vcpu, 0) == -EINVAL, "a vCPU is on host CPU 0");
	test_check(run, vcpu_move(vcpu, cpu_count()) == -EINVAL, "a vCPU is on no host CPU");
	if (vcpu->index)
		test_check(run, vcpu_move(vcpu, 1) == -EBUSY, "two vCPUs are on one host CPU");
}

static void move(struct test_run *run)
{
	const struct scene *scene = &scenes[run->instance];
	struct guest *guest = virt_load(run, scene->vcpus);
	struct vcpu *vcpu;
	uint64_t posted;

	if (!guest || !virt_start(run, guest, &scene->task))
		return;
	vcpu = guest->vcpu[scene->vcpus - 1];
	check_refusals(run, vcpu);
	posted = move_and_post(run, guest, vcpu);
	__atomic_store_n(&guest->shared->arguments[ENOUGH], 1, __ATOMIC_SEQ_CST);
	virt_finish(run, guest);
	print("# %s: %u moves, %lu interrupts posted by the host, %lu sent by a vCPU\n", run->name,
	      vcpu->moves, posted, seen(guest, SENT));
	test_check(run, vcpu->moves == MOVES, "it was moved %u times", vcpu->moves);
	test_check(run, seen(guest, POSTED_SEEN) == posted, "of %lu that the host posted %lu came",
	           posted, seen(guest, POSTED_SEEN));
	test_check(run, seen(guest, SENT_SEEN) == seen(guest, SENT),
	           "of %lu that were sent %lu came", seen(guest, SENT), seen(guest, SENT_SEEN));
}

TEST(70, virt_move) = {
        .name = "virt.move",
        .checks = "nothing that is posted to a vCPU is lost while it is moved between host CPUs",
        .failure = "a device's message to a guest gets lost when its vCPU is moved",
        .phase = PHASE_DIRECT,
        .cpus = 4,
        .instances = count,
        .label = label,
        .run = move,
};
