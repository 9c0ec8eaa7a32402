// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/ledger.c
// links: kernel/irq/message.c kernel/irq/protocol.c kernel/irq/vector.c kernel/irq/vector_domain.c
// links: kernel/irq/protocols/linux_direct.c kernel/irq/protocols/masked.c
// links: kernel/irq/protocols/naive.c kernel/irq/protocols/remapped.c
// links: kernel/irq/protocols/two_step.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c tests/host/irq_fixture.c tests/gallery/protocols.c
// links: tests/host/window_table.c
//
// Each protocol on a fake machine: one message is sent in each window, and between any two
// operations on the store, and must come out as the timeline beside the protocol says.
#include "kernel/cpu/cpu.h"
#include "kernel/irq/ledger.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/protocols/two_step.h"
#include "kernel/irq/vector.h"
#include "kernel/random.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_store.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"
#include "tests/host/window_table.h"

#define OLD_CPU 1
#define NEW_CPU 2
#define NOBODY  FAKE_CPUS
#define NEVER   99

#define NEW         OUTCOME_NEW
#define RETRIGGERED OUTCOME_RETRIGGERED
#define STRAY       OUTCOME_STRAY
#define MISSING     OUTCOME_MISSING

static const struct protocol *real; /* the one under test */
static struct protocol watched;     /* the same, with this file's look into its windows */
static struct fake_store store;
static struct ledger ledger;
static struct irq *irq;
static uint32_t mover;

/* When the message is sent: in this window, or after so many operations on the store. */
static unsigned int fire_window, fire_operation;
static unsigned int windows_seen;

static void fire(void)
{
	ledger_open(&ledger);
	fake_store_fire(&store);
}

static void at_window(struct irq *moved, unsigned int window)
{
	uint32_t here = this_cpu()->index;

	assert_int_equal(window, windows_seen++);
	assert_int_equal(here, real->on_old_cpu ? moved->previous.cpu : mover);
	assert_true(fake_machine_holds(here));
	if (window == fire_window)
		fire();
}

static void after_operation(struct fake_store *s)
{
	if (s->count == fire_operation)
		fire();
}

static void watched_move(struct move *move)
{
	move->irq->at_window = at_window;
	windows_seen = 0;
	fake_store_forget(&store);
	store.after_operation = after_operation;
	if (fire_operation == 0)
		fire();
	real->move(move);
	store.after_operation = NULL;
}

/* An irq on OLD_CPU that is moved by `protocol`. */
static void begin(const struct protocol *protocol, bool maskable)
{
	struct irq_request request = {
	        .leaf = &irq_leaf_msi,
	        .store = &store.store,
	        .protocol = &watched,
	};

	real = protocol;
	watched = *protocol;
	watched.move = watched_move;
	fire_window = fire_operation = NEVER;
	mover = 0;
	fake_machine_run_on(mover);
	fake_store_init(&store, maskable);
	ledger_init(&ledger);
	assert_int_equal(irq_alloc(&request, &irq), 0);
	assert_int_equal(irq_request(irq, OLD_CPU, ledger_handler, ledger_stray_handler, &ledger),
	                 0);
}

static void end(void)
{
	assert_int_equal(irq_release(irq), 0);
	irq_free(irq);
	assert_nothing_left();
}

/* Where nothing has been left in between: the books balance and the irq works at its target. */
static void assert_sound(void)
{
	uint64_t new = ledger.outcomes[OUTCOME_NEW];
	uint32_t cpu;
	uint8_t vector;

	assert_true(ledger_settled(&ledger));
	fire();
	assert_true(ledger_settled(&ledger));
	assert_int_equal(ledger.outcomes[OUTCOME_NEW], new + 1);
	assert_true(ledger_conserved(&ledger));
	assert_int_equal(ledger.late, 0);
	assert_int_equal(ledger.duplicate, 0);
	assert_int_equal(irq->replays_seen, irq->replays_sent);
	assert_int_equal(irq->originals_seen, irq->replays_sent);
	assert_int_equal(vector_unexpected(&cpu, &vector), 0);
	assert_memory_equal(&store.words, &irq->message, sizeof(struct message));
	assert_int_equal(message_destination(&store.words), irq->target.apic_id);
	assert_int_equal(message_vector(&store.words), irq->target.vector);
	assert_false(store.masked);
}

/* The outcome of the one message fired since `before`. */
static enum outcome outcome_since(const struct ledger *before)
{
	assert_int_equal(ledger.fired, before->fired + 1);
	if (!ledger_settled(&ledger))
		ledger_give_up(&ledger, OUTCOME_MISSING);
	for (int i = 0; i < OUTCOMES; i++)
		if (ledger.outcomes[i] != before->outcomes[i])
			return i;
	fail_msg("no outcome");
	return OUTCOMES;
}

/* What spoils its store keeps on losing; anything else leaves a sound irq. */
static void assert_as_it_leaves_it(const struct expectation *e)
{
	const struct ledger before = ledger;

	if (!spoils(e)) {
		assert_sound();
		return;
	}
	fire();
	assert_int_equal(outcome_since(&before), STRAY);
}

/* Moves the irq to `cpu` while `held` takes no interrupts. The outcome of the message sent. */
static enum outcome move(uint32_t cpu, uint32_t held)
{
	struct ledger before = ledger;

	if (held != NOBODY)
		fake_machine_hold(held);
	assert_int_equal(irq_set_affinity(irq, cpu), 0);
	if (held != NOBODY)
		fake_machine_let_go(held);
	return outcome_since(&before);
}

/* One that waits for its own turn cannot be held: the mover, and the CPU it calls. */
static bool can_be_held(uint32_t cpu)
{
	return cpu == NOBODY || (cpu != mover && !(real->on_old_cpu && cpu == irq->target.cpu));
}

static void check_window(const struct expectation *e, unsigned int window, uint32_t from,
                         uint32_t held)
{
	enum outcome outcome;

	begin(protocol_find(e->protocol), e->maskable);
	mover = from;
	fake_machine_run_on(mover);
	fire_window = window;
	if (can_be_held(held)) {
		outcome = move(NEW_CPU, held);
		if (outcome != e->outcomes[window])
			fail_msg("%s%s, mover on CPU %u, CPU %u busy: a message in W%u is %s, not "
			         "%s",
			         e->protocol, e->maskable ? ", maskable" : "", from, held, window,
			         outcome_name(outcome), outcome_name(e->outcomes[window]));
		assert_int_equal(windows_seen, e->windows);
		assert_as_it_leaves_it(e);
	}
	end();
}

static void each_window_has_the_outcome_of_the_timeline(void **state)
{
	(void)state;
	for (size_t i = 0; i < expectation_count; i++)
		for (unsigned int window = 0; window < expectations[i].windows; window++)
			for (uint32_t from = 0; from <= NEW_CPU; from++)
				for (uint32_t held = OLD_CPU; held <= NOBODY; held++)
					check_window(&expectations[i], window, from, held);
}

static void each_protocol_writes_what_the_timeline_says(void **state)
{
	char operations[256];
	struct message old;

	(void)state;
	for (size_t i = 0; i < expectation_count; i++) {
		begin(protocol_find(expectations[i].protocol), expectations[i].maskable);
		old = store.words;
		assert_int_equal(irq_set_affinity(irq, NEW_CPU), 0);
		assert_int_not_equal(old.address_lo, irq->message.address_lo);
		assert_int_not_equal(old.data, irq->message.data);
		fake_store_tell(&store, &old, &irq->message, operations, sizeof(operations));
		assert_string_equal(operations, expectations[i].operations);
		assert_int_equal(ledger.fired, 0);
		assert_as_it_leaves_it(&expectations[i]);
		end();
	}
}

/* Finer than the windows: before the first operation on the store and after each one. */
static unsigned int lost_between_operations(const struct expectation *e)
{
	unsigned int lost = 0, operations = 0;

	for (unsigned int n = 0; n <= operations; n++) {
		enum outcome outcome;

		begin(protocol_find(e->protocol), e->maskable);
		fire_operation = n;
		outcome = move(NEW_CPU, NOBODY);
		lost += outcome == STRAY || outcome == MISSING;
		operations = store.count;
		fire_operation = NEVER;
		assert_as_it_leaves_it(e);
		end();
	}
	return lost;
}

/* One that is mistaken may promise nothing and lose nothing, where nothing is posted. */
static void a_protocol_loses_between_two_operations_unless_it_promises_not_to(void **state)
{
	(void)state;
	for (size_t i = 0; i < expectation_count; i++) {
		const struct expectation *e = &expectations[i];
		const struct protocol *protocol = protocol_find(e->protocol);
		unsigned int lost = lost_between_operations(e);

		assert_int_equal(lost > 0, loses_in_a_window(e));
		if (protocol_promises_no_loss(protocol, &store.store))
			assert_int_equal(lost, 0);
		else
			assert_true(lost > 0 || protocol->mistaken);
	}
}

/* Many moves in a row, with a message somewhere in each: earlier targets must not disturb. */
static void many_moves_keep_the_promise(void **state)
{
	struct random random = random_init(1);

	(void)state;
	for (size_t i = 0; i < expectation_count; i++) {
		const struct expectation *e = &expectations[i];

		if (spoils(e))
			continue;
		begin(protocol_find(e->protocol), e->maskable);
		for (int n = 0; n < 2000; n++) {
			uint32_t step = 1 + random_below(&random, FAKE_CPUS - 1);

			mover = random_below(&random, FAKE_CPUS);
			fake_machine_run_on(mover);
			fire_window = random_below(&random, e->windows);
			assert_int_equal(move((irq->target.cpu + step) % FAKE_CPUS, NOBODY),
			                 e->outcomes[fire_window]);
			assert_int_not_equal(irq->target.vector, irq->previous.vector);
		}
		assert_sound();
		end();
	}
}

/*
 * The CPU that replayed a message is called again, for the next move from there with the same
 * vectors, before it took the original. That must not be taken for another message.
 */
static void a_message_is_replayed_once(void **state)
{
	(void)state;
	begin(protocol_find("two-step"), false);
	fake_machine_slow(OLD_CPU, true);
	fire_window = 1;
	assert_int_equal(move(NEW_CPU, NOBODY), OUTCOME_RETRIGGERED);
	fire_window = NEVER;
	assert_int_equal(irq_set_affinity(irq, OLD_CPU), 0);
	assert_int_equal(irq_set_affinity(irq, NEW_CPU), 0);
	fake_machine_slow(OLD_CPU, false);
	assert_int_equal(irq->replays_sent, 1);
	assert_sound();
	end();
}

static void two_step_that_does_not_look(struct move *move)
{
	irq_expect_intermediate(move->irq);
	two_step(move);
}

/* The books of the intermediate target: what was not replayed is no original of a replay. */
static void a_message_that_was_not_replayed_is_a_stray(void **state)
{
	struct protocol forgetful = *protocol_find("two-step");

	(void)state;
	forgetful.move = two_step_that_does_not_look;
	begin(&forgetful, false);
	for (int n = 0; n < 10; n++) {
		fire_window = 1;
		assert_int_equal(move(NEW_CPU, NOBODY), OUTCOME_STRAY);
		fire_window = 2;
		assert_int_equal(move(OLD_CPU, NOBODY), OUTCOME_NEW);
	}
	assert_sound();
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_protocol_writes_what_the_timeline_says),
	        cmocka_unit_test(each_window_has_the_outcome_of_the_timeline),
	        cmocka_unit_test(a_protocol_loses_between_two_operations_unless_it_promises_not_to),
	        cmocka_unit_test(many_moves_keep_the_promise),
	        cmocka_unit_test(a_message_is_replayed_once),
	        cmocka_unit_test(a_message_that_was_not_replayed_is_a_stray),
	};

	return cmocka_run_group_tests_name("windows", tests, irq_fixture_start, NULL);
}
