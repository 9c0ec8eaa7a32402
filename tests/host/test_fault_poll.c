// SPDX-License-Identifier: MIT
// links: drivers/vtd/fault.c
/*
 * The driver that reads fault records, against a unit that records them: a ring of as many
 * registers as one likes (VT-d r5.10, 7.2.1, Primary Fault Logging), where an emulated machine has
 * but one.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/vtd/fault.h"
#include "drivers/vtd/regs.h"
#include "kernel/mmio.h"
#include "tests/host/unit.h"

#define FRO           0x22 /* the ring is at 220h */
#define REGISTERS_MAX 8
#define F             0x80000000U
#define BYTES         (16 * FRO + REGISTERS_MAX * FRCD_SIZE)

static uint8_t space[BYTES];
static unsigned int size, next_register;
static struct vtd_fault_log faults;

/* Called as the driver clears a record. NULL: nothing happens meanwhile. */
static void (*meanwhile)(void);

static uint32_t *word(unsigned int offset)
{
	return (uint32_t *)&space[offset];
}

static uint32_t *last_word(unsigned int n)
{
	return word(16 * FRO + n * FRCD_SIZE + 12);
}

static bool any_pending(void)
{
	for (unsigned int n = 0; n < size; n++)
		if (*last_word(n) & F)
			return true;
	return false;
}

/* A new ring of `registers`; hardware starts anywhere. */
static void start(unsigned int registers)
{
	memset(space, 0, sizeof(space));
	size = registers;
	next_register = registers / 2;
	faults = (struct vtd_fault_log){
	        .name = "vtd0",
	        .registers = space,
	        .cap = field_set(CAP_NFR, registers - 1) | field_set(CAP_FRO, FRO),
	};
}

/* Hardware: records a fault 22h of `source`, without compression. False when there is no room. */
static bool record(uint16_t source, uint16_t index)
{
	uint32_t *status = word(FSTS_REG);

	if (*status & FSTS_PFO)
		return false;
	if (*last_word(next_register) & F) {
		*status |= FSTS_PFO;
		return false;
	}
	/* In memory order: FI 31:0, FI 63:32, the source id, the reason and F. */
	last_word(next_register)[-3] = 0;
	last_word(next_register)[-2] = (uint32_t)index << 16;
	last_word(next_register)[-1] = source;
	last_word(next_register)[0] = F | VTD_FAULT_NOT_PRESENT;
	if (!(*status & FSTS_PPF))
		*status = (*status & ~(uint32_t)FSTS_FRI) | field_set(FSTS_FRI, next_register) |
		          FSTS_PPF;
	next_register = (next_register + 1) % size;
	return true;
}

uint64_t fake_mmio_read(const volatile void *address, unsigned int bytes)
{
	uint64_t value = 0;

	assert_true((const uint8_t *)address >= space);
	assert_true((const uint8_t *)address + bytes <= space + BYTES);
	memcpy(&value, (const void *)address, bytes);
	return value;
}

/* PFO and F are cleared by writing ones; PPF follows from F; all else is read only. */
void fake_mmio_write(volatile void *address, unsigned int bytes, uint64_t value)
{
	unsigned int offset = (unsigned int)((volatile uint8_t *)address - space);

	assert_int_equal(bytes, 4);
	if (offset == FSTS_REG) {
		*word(FSTS_REG) &= ~(uint32_t)(value & FSTS_PFO);
		return;
	}
	assert_true(offset >= 16 * FRO && offset % FRCD_SIZE == 12);
	*word(offset) &= ~((uint32_t)value & F);
	if (!any_pending())
		*word(FSTS_REG) &= ~(uint32_t)FSTS_PPF;
	if (meanwhile)
		meanwhile();
}

static void nothing_recorded_nothing_read(void **state)
{
	struct vtd_fault fault;

	(void)state;
	start(8);
	assert_int_equal(vtd_fault_poll(&faults, &fault, 1), 0);
	assert_int_equal(faults.overflows, 0);
}

static void oldest_first_wherever_the_ring_begins(void **state)
{
	struct vtd_fault read[REGISTERS_MAX];

	(void)state;
	start(8);
	for (unsigned int times = 0; times < 20; times++) {
		for (uint16_t n = 0; n < 3; n++)
			assert_true(record(0x100 + n, 7 * n));
		assert_int_equal(vtd_fault_poll(&faults, read, REGISTERS_MAX), 3);
		for (uint16_t n = 0; n < 3; n++) {
			assert_int_equal(read[n].source_id, 0x100 + n);
			assert_int_equal(read[n].index, 7 * n);
			assert_int_equal(read[n].reason, VTD_FAULT_NOT_PRESENT);
		}
		assert_int_equal(*word(FSTS_REG) & (FSTS_PPF | FSTS_PFO), 0);
	}
	assert_int_equal(vtd_fault_blocked(&faults, 0x101, NULL), 20);
}

static void an_overflow_is_counted_and_cleared_when_all_is_read(void **state)
{
	struct vtd_fault fault;

	(void)state;
	for (unsigned int registers = 1; registers <= REGISTERS_MAX; registers++) {
		start(registers);
		for (unsigned int n = 0; n < registers; n++)
			assert_true(record((uint16_t)n, (uint16_t)n));
		assert_false(record(99, 99));
		for (unsigned int n = 0; n < registers; n++) {
			assert_true(*word(FSTS_REG) & FSTS_PFO);
			assert_int_equal(vtd_fault_poll(&faults, &fault, 1), 1);
			assert_int_equal(fault.source_id, n);
		}
		assert_int_equal(vtd_fault_poll(&faults, &fault, 1), 0);
		assert_int_equal(*word(FSTS_REG) & (FSTS_PPF | FSTS_PFO), 0);
		assert_int_equal(faults.overflows, 1);
		assert_true(record(99, 99));
		assert_int_equal(vtd_fault_poll(&faults, &fault, 1), 1);
		assert_int_equal(fault.source_id, 99);
	}
}

/* PFO alone, its records cleared by somebody else. */
static void an_overflow_without_records_is_cleared(void **state)
{
	struct vtd_fault fault;

	(void)state;
	start(2);
	*word(FSTS_REG) = FSTS_PFO;
	assert_int_equal(vtd_fault_poll(&faults, &fault, 1), 0);
	assert_int_equal(*word(FSTS_REG) & FSTS_PFO, 0);
	assert_int_equal(faults.overflows, 1);
}

/* Left over from reading one of two; then somebody else clears the other and the ring goes on. */
static void a_place_to_go_on_from_may_be_out_of_date(void **state)
{
	struct vtd_fault fault;

	(void)state;
	start(4);
	assert_true(record(1, 1));
	assert_true(record(2, 2));
	assert_int_equal(vtd_fault_poll(&faults, &fault, 1), 1);
	*last_word((next_register + 3) % 4) &= ~F;
	*word(FSTS_REG) &= ~(uint32_t)FSTS_PPF;
	assert_true(record(3, 3));
	assert_true(record(4, 4));
	assert_int_equal(vtd_fault_poll(&faults, &fault, 1), 1);
	assert_int_equal(fault.source_id, 3);
	assert_int_equal(vtd_fault_poll(&faults, &fault, 1), 1);
	assert_int_equal(fault.source_id, 4);
}

static uint16_t recorded;

static void record_next(void)
{
	recorded += record(recorded % 5, recorded);
}

static void record_at_times(void)
{
	if (rand() % 3)
		record_next();
}

/* One step at random: a fault, or a poll with room for any number; the next index to be read. */
static uint16_t step(uint16_t expected)
{
	struct vtd_fault read[REGISTERS_MAX + 1];
	unsigned int max = 1 + rand() % (REGISTERS_MAX + 1), count;

	if (rand() % 3) {
		record_next();
		return expected;
	}
	count = vtd_fault_poll(&faults, read, max);
	for (unsigned int n = 0; n < count; n++) {
		assert_int_equal(read[n].index, expected);
		assert_int_equal(read[n].source_id, expected % 5);
		expected++;
	}
	if (count < max && !meanwhile)
		assert_int_equal(expected, recorded);
	if (expected == recorded && !meanwhile)
		assert_int_equal(*word(FSTS_REG) & (FSTS_PPF | FSTS_PFO), 0);
	return expected;
}

static void steps(void)
{
	for (unsigned int registers = 1; registers <= REGISTERS_MAX; registers++) {
		uint16_t expected = 0;

		start(registers);
		srand(registers);
		recorded = 0;
		for (unsigned int n = 0; n < 20000; n++)
			expected = step(expected);
		assert_true(recorded > 1000);
	}
}

static void every_fault_is_read_once_in_order(void **state)
{
	(void)state;
	steps();
}

static void also_those_that_are_recorded_meanwhile(void **state)
{
	(void)state;
	meanwhile = record_at_times;
	steps();
	meanwhile = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_recorded_nothing_read),
	        cmocka_unit_test(oldest_first_wherever_the_ring_begins),
	        cmocka_unit_test(an_overflow_is_counted_and_cleared_when_all_is_read),
	        cmocka_unit_test(an_overflow_without_records_is_cleared),
	        cmocka_unit_test(a_place_to_go_on_from_may_be_out_of_date),
	        cmocka_unit_test(every_fault_is_read_once_in_order),
	        cmocka_unit_test(also_those_that_are_recorded_meanwhile),
	};

	return cmocka_run_group_tests_name("fault_poll", tests, NULL, NULL);
}
