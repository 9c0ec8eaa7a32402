// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/hotplug.c
// links: kernel/irq/irq.c kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/ledger.c
// links: kernel/irq/matrix.c kernel/irq/message.c kernel/irq/protocol.c
// links: kernel/irq/protocols/masked.c kernel/irq/protocols/naive.c kernel/irq/protocols/remapped.c
// links: kernel/irq/protocols/two_step.c kernel/irq/vector.c kernel/irq/vector_domain.c
// links: tests/host/fake_machine.c tests/host/fake_remapping.c tests/host/fake_store.c
// links: tests/host/irq_fixture.c
//
// CPUs leave and come back, with a message at every step of it.
#include "kernel/irq/hotplug.h"

#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/ledger.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/vector.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

/* More than an irq has vectors, by far. */
#define CPUS    16
#define LEAVING 3
#define NEVER   99

static struct fake_store store;
static struct ledger ledger;
static struct irq *irq;
static uint32_t replays_before;

/* When the message is sent: in this window, or after so many operations on the store. */
static unsigned int fire_window, fire_operation;
static unsigned int windows_seen;

static void fire(void)
{
	ledger_open(&ledger);
	fake_store_fire(&store);
}

static void at_window(unsigned int window)
{
	assert_int_equal(this_cpu()->index, LEAVING);
	assert_true(fake_machine_holds(LEAVING));
	assert_int_equal(window, windows_seen++);
	if (window == fire_window)
		fire();
}

static void after_operation(struct fake_store *s)
{
	if (s->count == fire_operation)
		fire();
}

/* An irq on the CPU that will leave, for the ledger. */
static void begin(const char *protocol, bool maskable)
{
	const struct irq_request request = {
	        .leaf = &irq_leaf_msi,
	        .store = &store.store,
	        .protocol = protocol_find(protocol),
	};

	fire_window = fire_operation = NEVER;
	windows_seen = 0;
	fake_store_init(&store, maskable);
	ledger_init(&ledger);
	assert_int_equal(irq_alloc(&request, &irq), 0);
	assert_int_equal(irq_request(irq, LEAVING, ledger_handler, ledger_stray_handler, &ledger),
	                 0);
	irq_drain(NULL);
	replays_before = (uint32_t)cpu_unplug_replays();
}

static void end(void)
{
	assert_true(ledger_settled(&ledger));
	assert_true(ledger_conserved(&ledger));
	assert_int_equal(ledger_lost(&ledger), 0);
	assert_int_equal(ledger.late, 0);
	assert_int_equal(ledger.duplicate, 0);
	assert_int_equal(irq->replays_seen, irq->replays_sent);
	assert_int_equal(irq->originals_seen, irq->replays_sent);
	assert_int_equal(irq_release(irq), 0);
	irq_free(irq);
	assert_nothing_left();
}

static void unplug(void)
{
	cpu_unplug_at_window(at_window);
	fake_store_forget(&store);
	store.after_operation = after_operation;
	assert_int_equal(cpu_unplug(LEAVING), 0);
	store.after_operation = NULL;
	cpu_unplug_at_window(NULL);
	assert_int_equal(windows_seen, UNPLUG_WINDOWS);
	assert_false(cpu_get(LEAVING)->online);
	assert_int_not_equal(irq->target.cpu, LEAVING);
	assert_int_equal(irq->on[LEAVING].vector, 0);
}

/* It works elsewhere, and after the return here again. */
static void come_back(void)
{
	assert_int_equal(irq_set_affinity(irq, LEAVING), -EINVAL);
	fire();
	assert_true(ledger_settled(&ledger));
	assert_int_equal(cpu_return(LEAVING), 0);
	assert_true(cpu_get(LEAVING)->online);
	assert_int_equal(irq_set_affinity(irq, LEAVING), 0);
	fire();
	assert_true(ledger_settled(&ledger));
	assert_int_equal(irq->target.cpu, LEAVING);
}

static void check_windows(const char *protocol, bool maskable)
{
	for (unsigned int window = 0; window < UNPLUG_WINDOWS; window++) {
		begin(protocol, maskable);
		fire_window = window;
		unplug();
		assert_int_equal(ledger.outcomes[OUTCOME_RETRIGGERED], window == 0);
		assert_int_equal(ledger.outcomes[OUTCOME_NEW], window != 0);
		assert_int_equal(cpu_unplug_replays() - replays_before, window == 0);
		come_back();
		end();
	}
}

static void a_message_arrives_from_each_window(void **state)
{
	(void)state;
	check_windows("two-step", false);
	check_windows("two-step", true);
	check_windows("masked", true);
}

static void a_message_arrives_from_each_window_remapped(void **state)
{
	(void)state;
	check_windows("remapped", false);
	check_windows("remapped", true);
}

/*
 * Between any two operations on the store; of two-step that covers the message which the protocol
 * itself finds and sends again, and whose original is found again in the IRR.
 */
static void check_operations(const char *protocol, bool maskable)
{
	unsigned int operations = 1;

	for (unsigned int operation = 0; operation <= operations; operation++) {
		begin(protocol, maskable);
		fire_operation = operation;
		if (operation == 0)
			fire_window = 0;
		unplug();
		operations = store.count;
		assert_true(ledger_settled(&ledger));
		assert_int_equal(ledger.fired, 1);
		assert_in_range(irq->replays_sent, 0, 1);
		come_back();
		end();
	}
	assert_true(operations > 5);
}

static void a_message_arrives_from_between_any_two_operations(void **state)
{
	(void)state;
	check_operations("two-step", false);
	check_operations("two-step", true);
	check_operations("masked", true);
}

static uint8_t late_vector;

static void send_late(unsigned int window)
{
	if (window == 0)
		fake_machine_interrupt(FAKE_APIC_ID(LEAVING), late_vector);
}

static void unplug_with_late_message(uint8_t vector)
{
	late_vector = vector;
	cpu_unplug_at_window(send_late);
	assert_int_equal(cpu_unplug(LEAVING), 0);
	cpu_unplug_at_window(NULL);
	assert_int_equal(cpu_return(LEAVING), 0);
}

/*
 * To a vector that the irq has left behind: it is still its own, and the copy goes to its target.
 */
static void a_message_to_an_earlier_target_is_sent_again(void **state)
{
	uint8_t vector;

	(void)state;
	begin("masked", true);
	vector = irq->target.vector;
	assert_int_equal(irq_set_affinity(irq, 5), 0);
	ledger_open(&ledger);
	unplug_with_late_message(vector);
	assert_int_equal(ledger.outcomes[OUTCOME_RETRIGGERED], 1);
	assert_int_equal(irq->target.cpu, 5);
	end();
}

static void a_message_for_nobody_is_counted(void **state)
{
	uint64_t unexpected, on_shutdown;
	uint8_t vector;
	uint32_t cpu;

	(void)state;
	begin("two-step", false);
	unexpected = vector_unexpected(&cpu, &vector);
	unplug_with_late_message(VECTOR_DEVICE_LAST);
	assert_int_equal(vector_unexpected(&cpu, &vector), unexpected + 1);
	assert_int_equal(cpu, LEAVING);
	assert_int_equal(vector, VECTOR_DEVICE_LAST);
	on_shutdown = vector_on_shutdown(&cpu);
	unplug_with_late_message(VECTOR_SHUTDOWN);
	assert_int_equal(vector_on_shutdown(&cpu), on_shutdown + 1);
	assert_int_equal(irq->replays_sent, 0);
	end();
}

/* A message meant for an irq that has its number elsewhere only is that one's stray. */
static void a_stray_is_told_to_whom_it_was_meant_for(void **state)
{
	uint8_t vector;

	(void)state;
	begin("masked", true);
	assert_int_equal(irq_set_affinity(irq, 5), 0);
	vector = irq->target.vector;
	ledger_open(&ledger);
	unplug_with_late_message(vector);
	assert_int_equal(ledger.outcomes[OUTCOME_STRAY], 1);
	ledger_init(&ledger);
	end();
}

static void a_cpu_that_left_is_asked_for_nothing(void **state)
{
	(void)state;
	begin("two-step", false);
	unplug();
	for (int i = 0; i < 3; i++)
		barrier();
	irq_drain(NULL);
	assert_int_equal(irq_set_affinity(irq, LEAVING), -EINVAL);
	come_back();
	fake_machine_hold_for(LEAVING, 1000);
	barrier();
	assert_false(fake_machine_holds(LEAVING));
	end();
}

static void who_may_not_leave_or_return(void **state)
{
	(void)state;
	assert_int_equal(cpu_unplug(0), -EINVAL);
	assert_int_equal(cpu_unplug(CPUS), -EINVAL);
	assert_int_equal(cpu_return(CPUS), -EINVAL);
	assert_int_equal(cpu_return(LEAVING), -EINVAL);
	fake_machine_run_on(LEAVING);
	assert_int_equal(cpu_unplug(LEAVING), -EINVAL);
	fake_machine_run_on(0);
	assert_int_equal(cpu_unplug(LEAVING), 0);
	assert_int_equal(cpu_unplug(LEAVING), -EINVAL);
	fake_machine_keep_out(true);
	assert_int_equal(cpu_return(LEAVING), -ETIMEDOUT);
	assert_false(cpu_get(LEAVING)->online);
	assert_false(vector_is_online(LEAVING));
	fake_machine_keep_out(false);
	assert_int_equal(cpu_return(LEAVING), 0);
	assert_true(vector_is_online(LEAVING));
}

/* All others out but one, with less room than there are irqs. */
static void without_room_a_cpu_stays(void **state)
{
	enum { VECTORS = 4 };
	static struct fake_store stores[VECTORS];
	struct irq *irqs[VECTORS];

	(void)state;
	assert_int_equal(vector_limit(VECTORS), 0);
	for (uint32_t cpu = 1; cpu < CPUS; cpu++)
		if (cpu != LEAVING)
			assert_int_equal(cpu_unplug(cpu), 0);
	for (int i = 0; i < VECTORS; i++) {
		fake_store_init(&stores[i], true);
		assert_int_equal(allocate_irq(&irq_leaf_msi, &stores[i], &irqs[i]), 0);
		assert_int_equal(request_irq(irqs[i], LEAVING), 0);
	}
	take_irq(&irq_leaf_msi, 0);
	assert_int_equal(cpu_unplug(LEAVING), -ENOSPC);
	assert_true(cpu_get(LEAVING)->online);
	for (int i = 0; i < VECTORS; i++)
		assert_int_equal(irqs[i]->target.cpu, LEAVING);
	assert_int_equal(vectors_in_use(), VECTORS + 1);
	assert_delivered_on(0);

	/* Reservations do not count. */
	assert_int_equal(irq_release(irqs[0]), 0);
	assert_int_equal(irq_release(irqs[1]), 0);
	assert_int_equal(cpu_unplug(LEAVING), 0);
	assert_int_equal(vectors_reserved(), 2);
	for (int i = 0; i < VECTORS; i++) {
		assert_int_equal(irqs[i]->target.cpu, 0);
		if (irqs[i]->active)
			assert_int_equal(irq_release(irqs[i]), 0);
		irq_free(irqs[i]);
	}
	give_irq_back();
	for (uint32_t cpu = 1; cpu < CPUS; cpu++)
		assert_int_equal(cpu_return(cpu), 0);
}

static unsigned int errors_to_come;

static int fail_the_last(const struct irq *which, const struct irq_layer *layer, enum irq_step step)
{
	(void)which, (void)layer;
	if (step != IRQ_STEP_SET_AFFINITY || errors_to_come == 0)
		return 0;
	return --errors_to_come == 0 ? -EIO : 0;
}

/* The n-th step of any layer fails: those before have moved, all work, the CPU stays. */
static void an_error_keeps_the_cpu_in_service(void **state)
{
	(void)state;
	for (unsigned int n = 1; n <= 4; n++) {
		begin("two-step", false);
		take_irq(&irq_leaf_msi, LEAVING);
		errors_to_come = n;
		irq_inject(fail_the_last);
		assert_int_equal(cpu_unplug(LEAVING), -EIO);
		irq_inject(NULL);
		assert_true(cpu_get(LEAVING)->online);
		assert_true(vector_is_online(LEAVING));
		assert_delivered_on(fixture.irq->target.cpu);
		fire();
		assert_true(ledger_settled(&ledger));
		assert_int_equal(cpu_unplug(LEAVING), 0);
		fire();
		assert_delivered_on(fixture.irq->target.cpu);
		assert_int_equal(cpu_return(LEAVING), 0);
		give_irq_back();
		end();
	}
}

/* There it can get no other vector, and nothing can be freed: it goes where it has one. */
static void an_irq_with_all_its_vectors_finds_a_place(void **state)
{
	(void)state;
	begin("two-step", false);
	for (uint32_t cpu = 1; irq->vectors < IRQ_VECTORS_MAX; cpu++)
		assert_int_equal(irq_set_affinity(irq, cpu), 0);
	assert_int_equal(irq_set_affinity(irq, LEAVING), 0);
	assert_int_equal(irq->vectors, IRQ_VECTORS_MAX);
	fire_window = 0;
	unplug();
	assert_int_equal(ledger.outcomes[OUTCOME_RETRIGGERED], 1);
	assert_int_equal(irq->vectors, IRQ_VECTORS_MAX - 1);
	come_back();
	end();
}

static void thousands_of_unplugs_leak_nothing(void **state)
{
	(void)state;
	begin("two-step", false);
	for (uint32_t n = 0; n < 5000; n++) {
		uint32_t cpu = 1 + n % (CPUS - 1);

		assert_int_equal(irq_set_affinity(irq, cpu), 0);
		assert_int_equal(cpu_unplug(cpu), 0);
		fire();
		assert_int_equal(cpu_return(cpu), 0);
		assert_int_equal(irq->on[cpu].vector, 0);
		assert_in_range(irq->vectors, 1, CPUS);
	}
	end();
}

static int setup(void **state)
{
	fake_machine_set_cpus(CPUS);
	return irq_fixture_start(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(a_message_arrives_from_each_window),
	        REMAPPED(a_message_arrives_from_each_window_remapped),
	        DIRECT(a_message_arrives_from_between_any_two_operations),
	        DIRECT(a_message_to_an_earlier_target_is_sent_again),
	        DIRECT(a_message_for_nobody_is_counted),
	        DIRECT(a_stray_is_told_to_whom_it_was_meant_for),
	        DIRECT(a_cpu_that_left_is_asked_for_nothing),
	        DIRECT(who_may_not_leave_or_return),
	        DIRECT(without_room_a_cpu_stays),
	        DIRECT(an_error_keeps_the_cpu_in_service),
	        DIRECT(an_irq_with_all_its_vectors_finds_a_place),
	        DIRECT(thousands_of_unplugs_leak_nothing),
	        REMAPPED(thousands_of_unplugs_leak_nothing),
	};

	return cmocka_run_group_tests_name("hotplug", tests, setup, NULL);
}
