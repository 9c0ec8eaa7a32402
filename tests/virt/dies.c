// SPDX-License-Identifier: MIT
/*
 * A guest that dies while its device is at work: sends messages, fetches its programs from the
 * guest's memory and writes there. The host takes the device back, and it is silent.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/instructions.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/turns.h"
#include "tests/virt/device.h"
#include "tests/virt/run.h"

#define MESSAGES 50

static struct turns turns; /* the guest's */
static uint64_t arrived;

static void take(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	(void)irq, (void)arrival;
	if (context)
		turns_arrived(context, 0, OUTCOME_NEW);
	__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
}

static void wait_for_messages(uint64_t count)
{
	while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) < count)
		pause();
}

/* It goes on by itself from here on, whatever becomes of the guest. */
static void send_by_itself(struct source *source)
{
	void *word = memory_alloc(sizeof(struct source_turn), 8);

	turns_init(&turns, word, 1);
	device_request(source, take, &turns);
	if (source->ops->loop->start(source, 1, turns.words))
		panic("it does not start");
	wait_for_messages(MESSAGES);
}

static void send_one_after_the_other(struct source *source)
{
	device_request(source, take, NULL);
	for (uint64_t n = 1; n <= MESSAGES; n++) {
		if (source->ops->fire(source, 0))
			panic("it does not fire");
		wait_for_messages(n);
	}
}

static void work_and_die(struct guest_shared *shared)
{
	struct source *source = device_find(shared);
	int error = source->ops->open(source);

	if (error)
		panic("it does not open: error %d", error);
	if (source->ops->loop)
		send_by_itself(source);
	else
		send_one_after_the_other(source);
	shared->results[0] = arrived;
	panic("on purpose, while its device is at work");
}

static uint64_t sum_of_memory(const struct guest *guest)
{
	const volatile uint64_t *words = (const volatile uint64_t *)guest->block;
	uint64_t sum = 0;

	for (uint64_t n = 0; n < guest->size / sizeof(*words); n++)
		sum = sum * 31 + words[n];
	return sum;
}

/* The host uses it as ever, and nothing is written to where the guest was. */
static void use_by_host(struct test_run *run, const struct guest *guest, struct source *source)
{
	uint64_t before = sum_of_memory(guest);
	struct arm arm;

	if (!arm_open(run, &arm, source, arms_lossless_for(source, true)))
		return;
	for (unsigned int n = 0; n < MESSAGES && !run->failed; n++) {
		int error = arm_fire(&arm);

		test_check(run, !error, "it refused to fire: error %d", error);
	}
	test_check(run, arm.ledger.outcomes[OUTCOME_NEW] == MESSAGES,
	           "of %u messages to the host %lu came in", MESSAGES,
	           arm.ledger.outcomes[OUTCOME_NEW]);
	arm_close(run, &arm);
	test_check(run, sum_of_memory(guest) == before,
	           "the device still writes to the memory of the guest that is gone");
}

static void dies(struct test_run *run)
{
	static const struct guest_task task = {"work and die", work_and_die};
	static struct device device;
	struct source *source = device_source(run->instance);
	struct guest *guest = virt_load(run, 1);
	int error;

	if (!guest || !device_assign(run, &device, guest, source, NULL, NULL))
		return;
	error = backing_assign(guest_backings(guest), source, true, NULL);
	if (!error)
		error = guest_start(guest, &task, 1);
	if (test_check(run, !error, "it does not start: error %d", error)) {
		error = guest_wait_quietly(guest);
		test_check(run, error == -EFAULT, "it ended otherwise: error %d", error);
		test_check(run, guest->shared->results[0] >= MESSAGES,
		           "its device had not been at work");
	}
	device_end(run, &device);
	backing_end(guest->backings);
	use_by_host(run, guest, source);
}

TEST(72, virt_dies) = {
        .name = "virt.dies",
        .checks = "a device whose guest has died at work does no DMA and sends no message any "
                  "more, and serves the host as before",
        .failure = "who has had a device goes on using it after its end",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = device_sources,
        .label = device_label,
        .needs = NO_DEVICE,
        .run = dies,
};
