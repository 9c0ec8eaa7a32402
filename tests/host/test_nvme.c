// SPDX-License-Identifier: MIT
// links: drivers/pci/sources/nvme_device.c drivers/pci/sources/nvme_queue.c
//
// The admin queue and how a controller is taken and given back, against one that does as NVMe 1.4
// says, or does not.
#include <asm-generic/errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/pci/sources/nvme_device.h"
#include "kernel/cpu/wait.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/time.h"
#include "tests/host/unit.h"

#define STRIDE      3 /* CAP.DSTRD: doorbells 32 bytes apart */
#define BAR_SIZE    0x2000
#define ATTRIBUTES  0x001f001f
#define QUEUE_FOUND 0x12345000u
#define ALL_ONES    0xffffffffu

static struct {
	uint32_t registers[0x40 / 4];
	uint32_t tail, head;    /* doorbells */
	uint32_t next, written; /* command, completion */
	uint16_t status;        /* of its completions */
	bool gone;              /* reads as all ones */
	bool deaf;              /* completes nothing */
	bool stuck;             /* CSTS.RDY does not follow CC.EN */
	bool other_id;          /* completes commands that nobody has given */
	unsigned int writes;
} fake;

static uint64_t clock_us;
static const uint64_t *renewed_by; /* of the wait that the watchdog would see, or NULL */
static uint64_t renewals;
static struct nvme_device device;
static uint8_t bar[BAR_SIZE];

struct deadline deadline_in_us(uint64_t us)
{
	return (struct deadline){.ticks = clock_us + us};
}

bool deadline_passed(struct deadline *deadline)
{
	bool was_up = deadline->up;

	if (renewed_by)
		renewals = *renewed_by;
	clock_us += 10;
	deadline->up = clock_us > deadline->ticks;
	return was_up && deadline->up;
}

void wait_begin_renewed(const char *what, uint64_t which, const uint64_t *by)
{
	(void)what;
	(void)which;
	assert_null(renewed_by);
	renewed_by = by;
}

void wait_end(void)
{
	assert_non_null(renewed_by);
	renewed_by = NULL;
}

void *memory_alloc_pages(size_t count)
{
	void *pages = aligned_alloc(PAGE_SIZE, count * PAGE_SIZE);

	memset(pages, 0, count * PAGE_SIZE);
	return pages;
}

uint64_t memory_physical(const void *pointer)
{
	return (uint64_t)pointer;
}

static uint64_t pair(unsigned int offset)
{
	return fake.registers[offset / 4] | (uint64_t)fake.registers[offset / 4 + 1] << 32;
}

static void enable(bool on)
{
	uint32_t *status = &fake.registers[NVME_CSTS / 4];

	if (!on)
		*status &= ~(uint32_t)CSTS_CFS;
	fake.tail = fake.head = fake.next = fake.written = 0;
	if (!fake.stuck)
		*status = on ? *status | CSTS_RDY : *status & ~(uint32_t)CSTS_RDY;
}

/* Completions go round in a ring of the size that ACQS says, with the phase of the round. */
static void complete(void)
{
	const struct nvme_command *commands = (void *)pair(NVME_ASQ);
	struct nvme_completion *completions = (void *)pair(NVME_ACQ);
	uint32_t entries = field_get(AQA_ACQS, fake.registers[NVME_AQA / 4]) + 1;

	while (!fake.deaf && fake.next != fake.tail) {
		const uint32_t *words = commands[fake.next].dword;
		uint32_t id = field_get(COMMAND_DWORD0_ID, words[0]) + fake.other_id;
		uint32_t phase = fake.written / entries % 2 ? 0 : COMPLETION_PHASE;

		assert_int_equal(field_get(COMMAND_DWORD0_OPCODE, words[0]), NVME_GET_FEATURES);
		assert_int_equal(words[10], FEATURE_ARBITRATION);
		for (unsigned int n = 1; n < 16; n++) /* no namespace, no data */
			assert_int_equal(n == 10 ? 0 : words[n], 0);
		completions[fake.written++ % entries].state =
		        id | phase | field_set(COMPLETION_STATUS, fake.status);
		fake.next =
		        (fake.next + 1) % (field_get(AQA_ASQS, fake.registers[NVME_AQA / 4]) + 1);
	}
}

uint64_t fake_mmio_read(const volatile void *address, unsigned int size)
{
	uint64_t offset = (const volatile uint8_t *)address - bar;

	assert_int_equal(size, 4);
	assert_true(offset < sizeof(fake.registers));
	return fake.gone ? ALL_ONES : fake.registers[offset / 4];
}

void fake_mmio_write(volatile void *address, unsigned int size, uint64_t value)
{
	uint64_t offset = (volatile uint8_t *)address - bar;
	bool was_enabled = fake.registers[NVME_CC / 4] & CC_EN;

	assert_int_equal(size, 4);
	fake.writes++;
	if (fake.gone)
		return;
	if (offset == NVME_DOORBELLS) {
		fake.tail = (uint32_t)value;
		complete();
	} else if (offset == NVME_DOORBELLS + (4u << STRIDE)) {
		fake.head = (uint32_t)value;
	} else {
		assert_true(offset < sizeof(fake.registers));
		/* 3.1.8 to 3.1.10: not while it is enabled. */
		assert_true(offset == NVME_CC || !was_enabled);
		fake.registers[offset / 4] = (uint32_t)value;
		if (offset == NVME_CC && was_enabled != (value & CC_EN))
			enable(value & CC_EN);
	}
}

static int look(void)
{
	return nvme_device_init(&device, bar, sizeof(bar));
}

/* As firmware leaves it: enabled, with queues of its own. */
static int reset(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	memset(&device, 0, sizeof(device));
	clock_us = 0;
	fake.registers[NVME_CAP_LO / 4] = field_set(CAP_LO_TO, 4) | 63;
	fake.registers[NVME_CAP_HI / 4] = CAP_HI_CSS_NVM | STRIDE;
	fake.registers[NVME_CC / 4] = 0x00460001;
	fake.registers[NVME_CSTS / 4] = CSTS_RDY;
	fake.registers[NVME_AQA / 4] = ATTRIBUTES;
	fake.registers[NVME_ASQ / 4] = QUEUE_FOUND;
	fake.registers[NVME_ACQ / 4] = QUEUE_FOUND + PAGE_SIZE;
	fake.registers[NVME_ACQ / 4 + 1] = 1;
	assert_int_equal(look(), 0);
	return 0;
}

static int taken(void **state)
{
	reset(state);
	assert_int_equal(nvme_device_disable(&device), 0);
	nvme_device_remember(&device);
	assert_int_equal(nvme_device_enable(&device), 0);
	return 0;
}

static int release(void **state)
{
	(void)state;
	free((void *)device.queue.commands);
	free((void *)device.queue.completions);
	return 0;
}

static void looking_writes_nothing(void **state)
{
	(void)state;
	assert_int_equal(fake.writes, 0);
	assert_true(nvme_device_enabled(&device));
	assert_int_equal(device.ready_timeout_us, 3000000);
}

static void what_cannot_be_driven_is_refused(void **state)
{
	uint32_t *high = &fake.registers[NVME_CAP_HI / 4];

	(void)state;
	release(NULL);
	assert_int_equal(nvme_device_init(&device, bar, NVME_DOORBELLS + 32), -EINVAL);
	*high = CAP_HI_CSS_NVM | field_set(CAP_HI_MPSMIN, 1);
	assert_int_equal(look(), -EOPNOTSUPP);
	*high = 0;
	assert_int_equal(look(), -EOPNOTSUPP);
	fake.gone = true;
	assert_int_equal(look(), -EIO);
	fake.gone = false;
	*high = CAP_HI_CSS_ADMIN;
	assert_int_equal(look(), 0);
	assert_int_equal(device.command_set, CC_CSS_ADMIN);
	assert_int_equal(fake.writes, 0);
}

/* More commands than both rings have entries, so that phases and identifiers go round. */
static void one_completion_for_each_command(void **state)
{
	(void)state;
	device.queue.id = UINT16_MAX - 3;
	for (unsigned int n = 1; n < 5 * NVME_QUEUE_ENTRIES; n++) {
		assert_false(nvme_queue_completed(&device.queue));
		nvme_queue_get_feature(&device.queue, FEATURE_ARBITRATION);
		assert_true(device.queue.outstanding);
		assert_int_equal(nvme_device_await(&device), 0);
		assert_int_equal(nvme_queue_consume(&device.queue), 0);
		assert_false(device.queue.outstanding);
		assert_int_equal(fake.head, n % NVME_QUEUE_ENTRIES);
		assert_int_not_equal(device.queue.id, UINT16_MAX);
	}
}

static void it_is_given_back_disabled_and_as_found(void **state)
{
	(void)state;
	assert_int_equal(nvme_device_give_back(&device), 0);
	assert_int_equal(fake.registers[NVME_CC / 4], 0x00460000);
	assert_int_equal(fake.registers[NVME_CSTS / 4], 0);
	assert_int_equal(fake.registers[NVME_AQA / 4], ATTRIBUTES);
	assert_int_equal(pair(NVME_ASQ), QUEUE_FOUND);
	assert_int_equal(pair(NVME_ACQ), 0x100000000 + QUEUE_FOUND + PAGE_SIZE);
}

static void a_command_that_fails_is_an_error(void **state)
{
	(void)state;
	fake.status = 0x2002;
	nvme_queue_get_feature(&device.queue, FEATURE_ARBITRATION);
	assert_int_equal(nvme_device_await(&device), 0);
	assert_int_equal(nvme_queue_consume(&device.queue), -EIO);
	assert_string_equal(nvme_device_explain(&device, -EIO), "it refused");
}

static void a_completion_of_another_command_is_an_error(void **state)
{
	(void)state;
	fake.other_id = true;
	nvme_queue_get_feature(&device.queue, FEATURE_ARBITRATION);
	assert_int_equal(nvme_device_await(&device), 0);
	assert_int_equal(nvme_queue_consume(&device.queue), -EIO);
}

static void what_never_completes_has_a_deadline(void **state)
{
	(void)state;
	fake.deaf = true;
	nvme_queue_get_feature(&device.queue, FEATURE_ARBITRATION);
	assert_int_equal(nvme_device_await(&device), -ETIMEDOUT);
	assert_true(clock_us >= NVME_COMMAND_US);
	assert_string_equal(nvme_device_explain(&device, -ETIMEDOUT), "it did not answer");
}

/* Neither waits for the deadline. */
static void a_fatal_error_or_a_device_that_is_gone_is_found_at_once(void **state)
{
	(void)state;
	fake.deaf = true;
	nvme_queue_get_feature(&device.queue, FEATURE_ARBITRATION);
	fake.registers[NVME_CSTS / 4] |= CSTS_CFS;
	assert_int_equal(nvme_device_await(&device), -EIO);
	assert_string_equal(nvme_device_explain(&device, -EIO),
	                    "it reports a fatal error (CSTS.CFS)");
	assert_int_equal(nvme_device_disable(&device), 0); /* the way out of it */

	assert_int_equal(nvme_device_enable(&device), 0);
	nvme_queue_get_feature(&device.queue, FEATURE_ARBITRATION);
	fake.gone = true;
	assert_int_equal(nvme_device_await(&device), -EIO);
	assert_string_equal(nvme_device_explain(&device, -EIO), "its registers read as all ones");
	assert_int_equal(nvme_device_give_back(&device), -EIO);
	assert_true(clock_us < NVME_COMMAND_US);
}

/* Its memory of its queues, or even of where its registers are, goes with a reset. */
static void one_that_was_reset_is_found_at_once(void **state)
{
	(void)state;
	fake.deaf = true;
	nvme_queue_get_feature(&device.queue, FEATURE_ARBITRATION);
	fake.registers[NVME_CC / 4] = 0;
	fake.registers[NVME_CSTS / 4] = 0;
	assert_int_equal(nvme_device_await(&device), -EIO);
	assert_string_equal(nvme_device_explain(&device, -EIO), "somebody has reset it");
	fake.registers[NVME_CAP_LO / 4] = 0;
	assert_string_equal(nvme_device_explain(&device, -EIO),
	                    "its registers are not where they were");
	fake.writes = 0;
	assert_int_equal(nvme_device_disable(&device), -EIO);
	assert_int_equal(nvme_device_give_back(&device), -EIO);
	assert_int_equal(fake.writes, 0); /* it may be another's that answers there */
	assert_true(clock_us < NVME_COMMAND_US);
}

/* One that never was ready is disabled all the same, and one that stays ready is an error. */
static void a_state_that_does_not_follow_has_a_deadline(void **state)
{
	(void)state;
	assert_int_equal(nvme_device_disable(&device), 0);
	fake.stuck = true;
	assert_int_equal(nvme_device_enable(&device), -ETIMEDOUT);
	assert_true(clock_us >= device.ready_timeout_us);
	/* The watchdog, which looks once in a second, sees that it goes on. */
	assert_true(renewals >= device.ready_timeout_us / 1000000);
	assert_null(renewed_by);
	assert_int_equal(nvme_device_disable(&device), 0);
	assert_int_equal(fake.registers[NVME_CC / 4] & CC_EN, 0);

	fake.stuck = false;
	assert_int_equal(nvme_device_enable(&device), 0);
	fake.stuck = true;
	assert_int_equal(nvme_device_disable(&device), -ETIMEDOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(looking_writes_nothing, reset, release),
	        cmocka_unit_test_setup_teardown(what_cannot_be_driven_is_refused, reset, release),
	        cmocka_unit_test_setup_teardown(one_completion_for_each_command, taken, release),
	        cmocka_unit_test_setup_teardown(it_is_given_back_disabled_and_as_found, taken,
	                                        release),
	        cmocka_unit_test_setup_teardown(a_command_that_fails_is_an_error, taken, release),
	        cmocka_unit_test_setup_teardown(a_completion_of_another_command_is_an_error, taken,
	                                        release),
	        cmocka_unit_test_setup_teardown(what_never_completes_has_a_deadline, taken,
	                                        release),
	        cmocka_unit_test_setup_teardown(
	                a_fatal_error_or_a_device_that_is_gone_is_found_at_once, taken, release),
	        cmocka_unit_test_setup_teardown(one_that_was_reset_is_found_at_once, taken,
	                                        release),
	        cmocka_unit_test_setup_teardown(a_state_that_does_not_follow_has_a_deadline, taken,
	                                        release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
