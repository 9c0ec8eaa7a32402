// SPDX-License-Identifier: MIT
// links: kernel/cpu/ioapic.c kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c
// links: kernel/irq/ioapic_leaf.c kernel/irq/irq.c kernel/irq/irq_list.c kernel/irq/leaf.c
// links: kernel/irq/matrix.c kernel/irq/message.c kernel/irq/protocol.c
// links: kernel/irq/protocols/level.c kernel/irq/protocols/remapped.c kernel/irq/vector.c
// links: kernel/irq/vector_domain.c tests/host/fake_ioapic.c tests/host/fake_machine.c
// links: tests/host/fake_remapping.c tests/host/fake_store.c tests/host/irq_fixture.c
//
// A level-triggered irq is moved while its remote IRR is set: with every kind of message under way,
// and with the line moving between any two writes to the IO-APIC.
#include "kernel/cpu/cpu.h"
#include "kernel/irq/ioapic_leaf.h"
#include "kernel/irq/protocol.h"
#include "tests/host/fake_ioapic.h"
#include "tests/host/fake_machine.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define GSI       20
#define OLD_CPU   1
#define NEW_CPU   2
#define MOVER_CPU 3
#define NEVER     ~0u

/* Where the first interrupt is as the irq is moved. */
enum under_way {
	NOTHING,   /* there is none */
	PENDING,   /* in the old CPU's IRR */
	ASSERTED,  /* in its handler, which has not acknowledged the device yet */
	QUIET,     /* in its handler, which has */
	UNDER_WAY, /* how many there are */
};

static const char *const names[UNDER_WAY] = {"nothing", "pending", "asserted", "quiet"};

static struct ioapic_store store;
static struct irq *irq;
static enum under_way under_way;
static unsigned int asserted; /* how often the device asserted its line */
static unsigned int handled;  /* how many handlers found it so */
static uint32_t handled_on;
static unsigned int strays;
static bool line;
static bool moved;
static unsigned int rise_at, done; /* the line rises after this write */

/* A device that asserts its line already has nothing new to say. */
static void rise(void)
{
	if (line)
		return;
	asserted++;
	line = true;
	fake_ioapic_line(GSI, true);
}

static void after_write(void)
{
	if (done++ == rise_at)
		rise();
}

/* By another CPU, in the middle of a handler on the old one. */
static void move_away(void)
{
	uint32_t here = this_cpu()->index;

	moved = true;
	done = 0;
	fake_ioapic_after_write(after_write);
	fake_machine_run_on(MOVER_CPU);
	assert_int_equal(irq_set_affinity(irq, NEW_CPU), 0);
	fake_machine_run_on(here);
}

static void acknowledge(uint32_t cpu)
{
	if (!line)
		return;
	line = false;
	fake_ioapic_line(GSI, false);
	handled++;
	handled_on = cpu;
}

static void handler(struct irq *which, const struct irq_arrival *arrival, void *context)
{
	(void)context;
	assert_ptr_equal(which, irq);
	if (under_way == ASSERTED && !moved)
		move_away();
	acknowledge(arrival->cpu);
	if (under_way == QUIET && !moved)
		move_away();
}

static void stray_handler(struct irq *which, const struct irq_arrival *arrival, void *context)
{
	(void)which, (void)arrival, (void)context;
	strays++;
}

/*
 * Each CPU that is let go takes what is pending. They take turns, until there is nothing: an end of
 * interrupt on one may make the pin send to another, which must not take it at once, for real ones
 * would not wait for each other's handlers.
 */
static void let_all_run(void)
{
	for (int turn = 0; turn < 4; turn++) {
		for (uint32_t cpu = OLD_CPU; cpu <= NEW_CPU; cpu++) {
			fake_machine_let_go(cpu);
			fake_machine_hold(cpu);
		}
	}
}

static void begin(uint8_t version, bool remapped)
{
	struct ioapic_pin pin;
	struct irq_request request = {.leaf = &irq_leaf_ioapic_level, .store = &store.store};

	fake_machine_run_on(0);
	fake_ioapic_start(version);
	assert_int_equal(ioapic_pin_by_gsi(GSI, &pin), 0);
	ioapic_store_init(&store, &pin);
	request.protocol = protocol_find(remapped ? "remapped" : "level");
	asserted = handled = strays = 0;
	line = moved = false;
	assert_int_equal(irq_alloc(&request, &irq), 0);
	assert_int_equal(irq_request(irq, OLD_CPU, handler, stray_handler, NULL), 0);
	fake_machine_hold(OLD_CPU);
	fake_machine_hold(NEW_CPU);
}

static void end(void)
{
	fake_ioapic_after_write(NULL);
	fake_machine_let_go(OLD_CPU);
	fake_machine_let_go(NEW_CPU);
	irq_release(irq);
	irq_free(irq);
	assert_int_equal(fake_ioapic_edges(), 0);
}

static void check(bool right, const char *what)
{
	if (!right)
		fail_msg("%s; under way: %s, the line rose after write %u; entry %lx", what,
		         names[under_way], rise_at, fake_ioapic_entry(GSI));
}

/* Returns how many writes there were from the move on. */
static unsigned int move_once(uint8_t version, bool remapped)
{
	unsigned int writes;

	begin(version, remapped);
	if (under_way != NOTHING)
		rise();
	if (under_way == NOTHING || under_way == PENDING)
		move_away();
	let_all_run();
	check(moved, "it was not moved");
	writes = done;
	fake_ioapic_after_write(NULL);

	check(!line, "the device asserts its line and nobody comes");
	check(!ioapic_store_remote_irr(&store.store), "remote IRR is stuck");
	check(handled == asserted, "not every interrupt was handled once");
	check(!strays, "a message was half old and half new");
	rise();
	let_all_run();
	check(handled == asserted && handled_on == NEW_CPU, "the next one is lost");
	check(!ioapic_store_remote_irr(&store.store), "remote IRR is stuck after the next one");
	end();
	return writes;
}

static void move_in_every_way(uint8_t version, bool remapped)
{
	for (under_way = NOTHING; under_way < UNDER_WAY; under_way++) {
		unsigned int writes;

		rise_at = NEVER;
		writes = move_once(version, remapped);
		for (rise_at = 0; rise_at < writes; rise_at++)
			move_once(version, remapped);
	}
}

static void a_move_neither_sticks_nor_loses(void **state)
{
	(void)state;
	move_in_every_way(0x20, false);
}

static void nor_without_an_eoi_register(void **state)
{
	(void)state;
	move_in_every_way(0x11, false);
}

static void nor_with_remapping(void **state)
{
	(void)state;
	move_in_every_way(0x20, true);
}

static void nor_with_remapping_and_without_an_eoi_register(void **state)
{
	(void)state;
	move_in_every_way(0x11, true);
}

/* There and back again while the first message waits: its end may end the second one's. */
static void back_and_forth(uint8_t version, bool remapped)
{
	begin(version, remapped);
	for (int n = 0; n < 100; n++) {
		rise();
		fake_machine_run_on(MOVER_CPU);
		for (int move = 0; move <= n % 5; move++)
			assert_int_equal(irq_set_affinity(irq, move % 2 ? OLD_CPU : NEW_CPU), 0);
		fake_machine_run_on(0);
		let_all_run();
		assert_false(line);
		assert_int_equal(handled, asserted);
		assert_false(ioapic_store_remote_irr(&store.store));
	}
	end();
}

static void moving_back_does_not_stick(void **state)
{
	(void)state;
	back_and_forth(0x20, false);
	back_and_forth(0x11, false);
}

static void nor_does_it_with_remapping(void **state)
{
	(void)state;
	back_and_forth(0x20, true);
	back_and_forth(0x11, true);
}

/* What it says of itself: for level-triggered pins and for nothing else. */
static void the_protocol_is_for_pins_alone(void **state)
{
	const struct protocol *level = protocol_find("level");

	(void)state;
	assert_true(level->for_level);
	assert_true(level->needs_mask);
	assert_false(level->on_old_cpu);
	assert_int_equal(level->promise, PROMISE_LOSSLESS);
	assert_false(protocol_find("remapped")->for_level);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(a_move_neither_sticks_nor_loses),
	        DIRECT(nor_without_an_eoi_register),
	        REMAPPED(nor_with_remapping),
	        REMAPPED(nor_with_remapping_and_without_an_eoi_register),
	        DIRECT(moving_back_does_not_stick),
	        REMAPPED(nor_does_it_with_remapping),
	        DIRECT(the_protocol_is_for_pins_alone),
	};

	return cmocka_run_group_tests_name("level", tests, irq_fixture_start, NULL);
}
