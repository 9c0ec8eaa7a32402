// SPDX-License-Identifier: MIT
// links: tests/turns.c kernel/irq/ledger.c
/*
 * The hand-shake against a model of the device and of a local APIC, in every order in which their
 * steps and those of the CPUs can come. A device that does its part wrong has to show in the books:
 * in some order, and for the mistakes that always show, in each.
 */
#include <stdbool.h>
#include <string.h>

#include "tests/host/unit.h"
#include "tests/turns.h"

#define SLOTS        2
#define DEVICE_STEPS 11 /* a visit that sends takes five, one that passes by takes one */
#define PROVER_STEPS 4  /* a proof takes three */

enum mistake {
	NONE,
	DOES_NOT_TAKE_THE_TURN,
	DOES_NOT_LOOK,
	SAYS_SENT_TOO_EARLY,
	NEVER_SAYS_SENT,
	SENDS_TWICE,
	COUNTS_TWICE,
	DOES_NOT_COUNT,
};

enum device_step { LOAD, BEGIN, MESSAGE, SENT, COUNT };

struct world {
	struct source_turn words[SLOTS];
	struct turns turns;
	unsigned int slots;
	/* the device */
	enum device_step step;
	unsigned int slot;
	uint32_t number;
	unsigned int device_steps;
	uint64_t count;
	/* between the device and the CPUs: pending in an IRR, where a second one merges */
	bool pending[SLOTS];
	uint64_t swallowed; /* dropped on the way */
	/* the CPU that proves: 0 names suspects, 1 barrier, 2 gives up */
	unsigned int prover_steps;
};

static struct world world;
static enum mistake mistake;
static unsigned long ends, noticed;

static void end_of_visit(void)
{
	world.slot = world.slot + 1 < world.slots ? world.slot + 1 : 0;
	world.step = LOAD;
}

static void send(bool swallow)
{
	if (swallow)
		world.swallowed++;
	else
		world.pending[world.slot] = true;
}

/* The five steps of lsi53c895a_loop.c that others can see. */
static void device(bool swallow)
{
	struct source_turn *words = &world.words[world.slot];

	world.device_steps++;
	switch (world.step) {
	case LOAD:
		world.number = words->turn;
		if (!(world.number & TURN_FREE) && mistake != DOES_NOT_LOOK)
			end_of_visit();
		else
			world.step = BEGIN;
		return;
	case BEGIN:
		if (mistake != DOES_NOT_TAKE_THE_TURN)
			words->turn &= TURN_NUMBER;
		if (mistake == SAYS_SENT_TOO_EARLY)
			words->sent = world.number;
		world.step = MESSAGE;
		return;
	case MESSAGE:
		send(swallow);
		world.step = SENT;
		return;
	case SENT:
		if (mistake != NEVER_SAYS_SENT)
			words->sent = world.number;
		if (mistake == SENDS_TWICE) {
			send(false);
			world.count++;
		}
		world.step = COUNT;
		return;
	case COUNT:
		world.count += mistake == COUNTS_TWICE ? 2 : mistake == DOES_NOT_COUNT ? 0 : 1;
		end_of_visit();
		return;
	}
}

static void deliver(unsigned int slot)
{
	world.pending[slot] = false;
	turns_arrived(&world.turns, slot, OUTCOME_NEW);
}

static void prover(void)
{
	switch (world.prover_steps++ % 3) {
	case 0:
		turns_suspect(&world.turns);
		break;
	case 1:
		for (unsigned int slot = 0; slot < world.slots; slot++)
			if (world.pending[slot])
				deliver(slot);
		break;
	case 2:
		for (unsigned int slot = 0; slot < world.slots; slot++)
			turns_give_up(&world.turns, slot, OUTCOME_MISSING);
		break;
	}
}

/* As tests/async/async.c ends an arm: the device ends its visit, then a whole proof. */
static void finish(void)
{
	while (world.step != LOAD)
		device(false);
	while (world.prover_steps % 3)
		prover();
	for (int i = 0; i < 3; i++)
		prover();
	world.turns.ledger.fired = world.count;
}

/* What tests/async/loss.c checks. */
static bool books_are_right(void)
{
	const struct ledger *ledger = &world.turns.ledger;

	return ledger_conserved(ledger) && !ledger->late && !ledger->duplicate &&
	       !turns_outstanding(&world.turns);
}

static void each_order(void);

/* Goes on from here in every way, and comes back to the world as it was. */
static void branch(void (*step)(unsigned int argument), unsigned int argument)
{
	const struct world before = world;

	step(argument);
	each_order();
	world = before;
}

static void device_step(unsigned int swallow)
{
	device(swallow);
}

static void prover_step(unsigned int unused)
{
	(void)unused;
	prover();
}

static void each_order(void)
{
	bool over = true;

	if (world.device_steps < DEVICE_STEPS) {
		over = false;
		branch(device_step, false);
		if (world.step == MESSAGE)
			branch(device_step, true);
	}
	for (unsigned int slot = 0; slot < world.slots; slot++)
		if (world.pending[slot])
			branch(deliver, slot);
	if (world.prover_steps < PROVER_STEPS && !over)
		branch(prover_step, 0);
	if (!over)
		return;
	finish();
	ends++;
	if (!books_are_right())
		noticed++;
	else if (mistake == NONE)
		assert_int_equal(world.turns.ledger.outcomes[OUTCOME_MISSING], world.swallowed);
}

static void explore(enum mistake what, unsigned int slots)
{
	memset(&world, 0, sizeof(world));
	world.slots = slots;
	turns_init(&world.turns, world.words, slots);
	mistake = what;
	ends = noticed = 0;
	each_order();
}

static void a_right_device_has_right_books_in_every_order(void **state)
{
	(void)state;
	explore(NONE, 1);
	assert_true(ends > 1000);
	assert_int_equal(noticed, 0);
	explore(NONE, SLOTS);
	assert_true(ends > 1000);
	assert_int_equal(noticed, 0);
}

static void these_mistakes_show_in_every_order(void **state)
{
	static const enum mistake mistakes[] = {COUNTS_TWICE, DOES_NOT_COUNT,
	                                        DOES_NOT_TAKE_THE_TURN};

	(void)state;
	for (unsigned int i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		explore(mistakes[i], 1);
		assert_true(ends > 1000);
		assert_int_equal(noticed, ends);
	}
}

/* Those are about the order, so they show in some. */
static void these_mistakes_show_in_some_orders(void **state)
{
	static const enum mistake mistakes[] = {DOES_NOT_LOOK, SAYS_SENT_TOO_EARLY, NEVER_SAYS_SENT,
	                                        SENDS_TWICE};

	(void)state;
	for (unsigned int i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		explore(mistakes[i], 1);
		assert_true(noticed > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_right_device_has_right_books_in_every_order),
	        cmocka_unit_test(these_mistakes_show_in_every_order),
	        cmocka_unit_test(these_mistakes_show_in_some_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
