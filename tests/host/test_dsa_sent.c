// SPDX-License-Identifier: MIT
// links: drivers/pci/sources/dsa_loop.c
//
// How many messages a device that sends by itself has sent, by numbers of 24 bits of each slot.
#include "drivers/pci/sources/dsa.h"
#include "drivers/pci/sources/dsa_model.h"
#include "kernel/memory.h"
#include "kernel/time.h"
#include "tests/host/unit.h"

#define SLOTS 3

static uint8_t model[0x100];
static struct source_turn turns[SLOTS];
static struct dsa dsa;
static struct source source = {.device = &dsa, .slots = SLOTS};

int dsa_drain(struct dsa *of)
{
	(void)of;
	return 0;
}

struct deadline deadline_in_us(uint64_t us)
{
	return (struct deadline){.ticks = us};
}

bool deadline_passed(struct deadline *deadline)
{
	(void)deadline;
	return false;
}

uint64_t memory_physical(const void *pointer)
{
	return (uint64_t)pointer;
}

static uint32_t sent_when_each_has(uint32_t number)
{
	for (unsigned int n = 0; n < SLOTS; n++)
		turns[n].sent = number * TURN_NEXT;
	return dsa_source_loop.sent(&source);
}

static int start(void **state)
{
	(void)state;
	dsa.model = model;
	dsa.looping = false;
	assert_int_equal(dsa_source_loop.start(&source, SLOTS, turns), 0);
	return 0;
}

static void each_slot_says_its_last_number(void **state)
{
	(void)state;
	assert_int_equal(sent_when_each_has(0), 0);
	turns[1].sent = 7 * TURN_NEXT | 0x31; /* the target is in the low byte */
	assert_int_equal(dsa_source_loop.sent(&source), 7);
	assert_int_equal(sent_when_each_has(9), 27);
}

static void numbers_that_begin_anew_go_on(void **state)
{
	const uint32_t step = 1000000;
	uint32_t expected = 0;

	(void)state;
	for (uint32_t number = step; number < 40 * step; number += step) {
		expected += SLOTS * step;
		assert_int_equal(sent_when_each_has(number), expected);
	}
	start(NULL);
	assert_int_equal(sent_when_each_has(1), SLOTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(each_slot_says_its_last_number, start),
	        cmocka_unit_test_setup(numbers_that_begin_anew_go_on, start),
	};

	return cmocka_run_group_tests_name("dsa_sent", tests, NULL, NULL);
}
