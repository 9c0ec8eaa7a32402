// SPDX-License-Identifier: MIT
// links: drivers/vtd/unit.c drivers/vtd/quiet.c drivers/vtd/command.c drivers/vtd/queue.c
// links: drivers/vtd/fault.c drivers/vtd/irte.c drivers/vtd/indexes.c tests/host/fake_vtd.c
/*
 * A remapping unit against registers that do what the specification says, and against such as never
 * answer: the order of commands, the end of every wait, errors of the queue, and what is done to a
 * queue that somebody left on.
 */
#include "drivers/vtd/unit.h"

#include <asm-generic/errno.h>
#include <string.h>

#include "drivers/vtd/regs.h"
#include "kernel/mmio.h"
#include "tests/host/fake_vtd.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

#define ENTRIES    256
#define DEVICE_TLB 3

static struct vtd_unit unit;

/* In the place of drivers/vtd/event.c: the mask is all that a unit asks of its events. */
static void event_mask(struct message_store *store)
{
	volatile uint8_t *control = ((struct vtd_event *)store)->registers;

	mmio_write32(control, mmio_read32(control) | (uint32_t)FECTL_IM);
}

void vtd_event_init(struct vtd_event *event, volatile uint8_t *registers)
{
	static const struct message_store_ops ops = {.mask = event_mask};

	*event = (struct vtd_event){.store.ops = &ops, .registers = registers};
}

bool vtd_event_widen(struct vtd_event *event)
{
	return event->store.wide = true;
}

static int init(void)
{
	struct dmar_drhd drhd = fake_vtd_drhd();

	return vtd_unit_init(&unit, 0, &drhd, ENTRIES);
}

static void assert_said(const char *line)
{
	if (!strstr(shim_printed(), line))
		fail_msg("\"%s\" is not in \"%s\"", line, shim_printed());
}

static void assert_not_said(const char *line)
{
	if (strstr(shim_printed(), line))
		fail_msg("\"%s\" is in \"%s\"", line, shim_printed());
}

static int fresh(void **state)
{
	(void)state;
	fake_vtd_start();
	shim_forget_printed();
	return 0;
}

static int ready(void **state)
{
	fresh(state);
	assert_int_equal(init(), 0);
	assert_string_equal(fake_vtd_told(), "");
	assert_not_said("left on");
	shim_forget_printed();
	return 0;
}

/* VT-d r5.10, 6.7, Set Interrupt Remapping Table Pointer Operation. */
static void remapping_is_switched_on_in_order(void **state)
{
	(void)state;
	assert_int_equal(vtd_unit_enable(&unit, false), 0);
	assert_string_equal(fake_vtd_told(), "IQT IQA +QIE IRTA SIRTP IEC WAIT +IRE ");
	assert_int_equal(fake_vtd.irta, (uint64_t)unit.table | 7);
	fake_vtd_forget();
	assert_int_equal(vtd_unit_disable(&unit), 0);
	assert_string_equal(fake_vtd_told(), "-IRE WAIT -QIE ");
	fake_vtd_forget();
	assert_int_equal(vtd_unit_enable(&unit, true), 0);
	assert_string_equal(fake_vtd_told(), "IQT IQA +QIE IRTA SIRTP IEC WAIT +IRE ");
	assert_int_equal(fake_vtd.irta, (uint64_t)unit.table | IRTA_EIME | 7);
}

/* Hardware that invalidates by itself is told to all the same: CAP.ESIRTPS. */
static void esirtps_changes_nothing(void **state)
{
	(void)state;
	fake_vtd.cap |= CAP_ESIRTPS;
	assert_int_equal(init(), 0);
	assert_int_equal(vtd_unit_enable(&unit, false), 0);
	assert_string_equal(fake_vtd_told(), "IQT IQA +QIE IRTA SIRTP IEC WAIT +IRE ");
}

static void all_that_was_left_on_goes_off_in_order(void **state)
{
	static uint8_t queue[4096] __attribute__((aligned(4096)));

	(void)state;
	fake_vtd.gsts =
	        (uint32_t)(GSTS_TES | GSTS_RTPS | GSTS_QIES | GSTS_IRES | GSTS_IRTPS | GSTS_CFIS);
	fake_vtd.pmen = (uint32_t)(PMEN_EPM | PMEN_PRS);
	fake_vtd.rtaddr = 0x400;
	fake_vtd.irta = IRTA_EIME;
	fake_vtd.iqa = (uint64_t)queue;
	fake_vtd.iqh = fake_vtd.iqt = 0xff0; /* the last one: the tail wraps */
	fake_vtd.fectl = 0;
	fake_vtd.iectl = 0;
	fake_vtd.ics = ICS_IWC;
	assert_int_equal(init(), 0);
	assert_string_equal(fake_vtd_told(), "-TE PMEN -IRE -CFI WAIT -QIE SRTP ");
	assert_int_equal(fake_vtd.gsts & GSTS_PERSISTENT, 0);
	assert_int_equal(fake_vtd.pmen, 0);
	assert_int_equal(fake_vtd.rtaddr, 0);
	assert_int_equal(fake_vtd.fectl, FECTL_IM);
	assert_int_equal(fake_vtd.iectl, IECTL_IM);
	assert_int_equal(fake_vtd.ics, 0);
	assert_said("left on by what ran before: DMA translation, protected memory, interrupt "
	            "remapping in x2APIC format, compatibility format allowed, the invalidation "
	            "queue, scalable mode, the fault event, the completion event\n");
}

/* One wait each that hardware never ends: what is on, what does not answer, what has to be said. */
struct silence {
	uint64_t left_on, never_clears, never_sets;
	bool pmen, scalable;
	const char *says;
};

static void every_wait_of_the_take_over_ends(void **state)
{
	static const struct silence silences[] = {
	        {.left_on = GSTS_TES,
	         .never_clears = GSTS_TES,
	         .says = "GSTS.TES does not become 0"},
	        {.left_on = GSTS_IRES,
	         .never_clears = GSTS_IRES,
	         .says = "GSTS.IRES does not become 0"},
	        {.left_on = GSTS_CFIS,
	         .never_clears = GSTS_CFIS,
	         .says = "GSTS.CFIS does not become 0"},
	        {.left_on = GSTS_QIES,
	         .never_clears = GSTS_QIES,
	         .says = "GSTS.QIES does not become 0"},
	        {.pmen = true, .says = "PMEN.PRS does not become 0"},
	        {.scalable = true, .never_sets = GSTS_RTPS, .says = "GSTS.RTPS does not become 1"},
	};
	static uint8_t queue[4096] __attribute__((aligned(4096)));

	for (size_t i = 0; i < sizeof(silences) / sizeof(silences[0]); i++) {
		const struct silence *silence = &silences[i];

		fresh(state);
		fake_vtd.gsts = (uint32_t)silence->left_on;
		fake_vtd.never_clears = (uint32_t)silence->never_clears;
		fake_vtd.never_sets = (uint32_t)silence->never_sets;
		fake_vtd.pmen = silence->pmen ? (uint32_t)(PMEN_EPM | PMEN_PRS) : 0;
		fake_vtd.pmen_never_clears = silence->pmen;
		fake_vtd.rtaddr = silence->scalable ? 0x400 : 0;
		fake_vtd.iqa = (uint64_t)queue;
		assert_int_equal(init(), -ETIMEDOUT);
		assert_said(silence->says);
	}
}

static void every_wait_of_switching_on_ends(void **state)
{
	static const struct silence silences[] = {
	        {.never_sets = GSTS_QIES, .says = "vtd0: GSTS.QIES does not become 1"},
	        {.never_sets = GSTS_IRTPS, .says = "vtd0: GSTS.IRTPS does not become 1"},
	        {.never_sets = GSTS_IRES, .says = "vtd0: GSTS.IRES does not become 1"},
	};

	for (size_t i = 0; i < sizeof(silences) / sizeof(silences[0]); i++) {
		ready(state);
		fake_vtd.never_sets = (uint32_t)silences[i].never_sets;
		assert_int_equal(vtd_unit_enable(&unit, false), -ETIMEDOUT);
		assert_said(silences[i].says);
		assert_int_equal(fake_vtd.gsts & GSTS_PERSISTENT, 0); /* quiet again */
	}
}

static void a_wait_descriptor_without_answer_ends(void **state)
{
	(void)state;
	fake_vtd.completes_nothing = true;
	assert_int_equal(vtd_unit_enable(&unit, false), -ETIMEDOUT);
	assert_said(
	        "vtd0: no answer to invalidation wait descriptor 1 (GSTS 05000000, FSTS 00000000");
	assert_said("takes no wait descriptor: error -110");
	assert_int_equal(fake_vtd.gsts & GSTS_PERSISTENT, 0);
}

static void on(void)
{
	assert_int_equal(vtd_unit_enable(&unit, false), 0);
	shim_forget_printed();
}

static void works(void)
{
	assert_int_equal(fake_vtd.fsts, 0);
	for (unsigned int i = 0; i < 300; i++)
		assert_int_equal(vtd_queue_submit(&unit.queue, vtd_iec_global()), 0);
}

static void a_bad_descriptor_is_named_and_replaced(void **state)
{
	(void)state;
	on();
	fake_vtd.iqercd = 3;
	assert_int_equal(vtd_queue_submit(&unit.queue, (struct vtd_descriptor){.lo = 0xe}), -EIO);
	assert_string_equal(
	        shim_printed(),
	        "# vtd0: invalidation queue error (FSTS.IQE): invalid descriptor type, in "
	        "descriptor 2 = 0000000000000000 000000000000000e; replaced, that "
	        "invalidation is not done\n");
	works();
}

static void a_tail_beyond_the_end_costs_nothing(void **state)
{
	(void)state;
	on();
	fake_vtd.iqercd = 1;
	mmio_write32(unit.registers + IQT_REG, 4096);
	assert_int_equal(fake_vtd.fsts, FSTS_IQE);
	assert_int_equal(vtd_queue_submit(&unit.queue, vtd_iec_global()), 0);
	assert_string_equal(
	        shim_printed(),
	        "# vtd0: invalidation queue error (FSTS.IQE): invalid tail; cleared, all "
	        "descriptors up to 4 are done\n");
	works();
}

static void a_device_that_does_not_answer_is_an_error(void **state)
{
	const struct vtd_descriptor device = {.lo = DEVICE_TLB};

	(void)state;
	on();
	fake_vtd.device_error = (uint32_t)FSTS_ITE;
	assert_int_equal(vtd_queue_submit(&unit.queue, device), -EIO);
	assert_said("vtd0: device TLB error (FSTS.ITE) at descriptor 4: ");
	works();
	shim_forget_printed();
	fake_vtd.device_error = (uint32_t)FSTS_ICE;
	assert_int_equal(vtd_queue_submit(&unit.queue, device), -EIO);
	assert_said("vtd0: device TLB error (FSTS.ICE) at descriptor ");
	works();
}

static void a_queue_that_stays_stuck_is_given_up(void **state)
{
	(void)state;
	on();
	fake_vtd.fetches_nothing = true;
	fake_vtd.fsts = (uint32_t)FSTS_ITE;
	assert_int_equal(vtd_queue_submit(&unit.queue, vtd_iec_global()), -EIO);
	assert_said("vtd0: the invalidation queue stays stuck");
	shim_forget_printed();
	assert_int_equal(vtd_queue_submit(&unit.queue, vtd_iec_global()), -EIO);
	assert_string_equal(shim_printed(), "");
	fake_vtd.fetches_nothing = false;
	assert_int_equal(vtd_unit_disable(&unit), 0);
	on();
	works();
}

/* As stage.h's qi-... leave them; more sizes and places. */
struct left_queue {
	uint64_t head, tail, bits; /* of IQA */
	uint32_t fsts;
	bool hides_width;
	const char *says;
};

static void a_queue_that_was_left_on_ends_with_a_wait(void **state)
{
	static const char stands_still[] = "the invalidation queue stands still";
	static const struct left_queue left[] = {
	        {.head = 0, .tail = 0},
	        {.head = 0x70, .tail = 0x70},
	        {.head = 0xff0, .tail = 0xff0},
	        {.head = 0x1ff0, .tail = 0x1ff0, .bits = 1},
	        {.head = 0x20, .tail = 0x60, .fsts = FSTS_IQE, .says = stands_still},
	        {.head = 0x20, .tail = 0x1000, .fsts = FSTS_IQE, .says = stands_still},
	        {.head = 0x20, .tail = 0x20, .fsts = FSTS_ITE | FSTS_ICE, .says = stands_still},
	        {.head = 0x40, .tail = 0x40, .bits = IQA_DW},
	        {.head = 0xfe0, .tail = 0xfe0, .bits = IQA_DW, .hides_width = true},
	};
	static uint8_t queue[8192] __attribute__((aligned(8192)));

	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		fresh(state);
		memset(queue, 0xff, sizeof(queue)); /* what ran before has had many descriptors */
		fake_vtd.ecap |= ECAP_SMTS;
		fake_vtd.gsts = (uint32_t)GSTS_QIES;
		fake_vtd.iqa = (uint64_t)queue | left[i].bits;
		fake_vtd.iqh = left[i].head;
		fake_vtd.iqt = left[i].tail;
		fake_vtd.fsts = left[i].fsts;
		fake_vtd.hides_width = left[i].hides_width;
		assert_int_equal(init(), 0);
		assert_string_equal(fake_vtd_told(), "WAIT -QIE ");
		assert_int_equal(fake_vtd.fsts, 0);
		if (left[i].says)
			assert_said(left[i].says);
		else
			assert_not_said(stands_still);
		on();
		works();
	}
}

/* The queue is off, so nobody recovers it; hardware would fetch nothing from the next one. */
static void errors_of_a_queue_that_is_off_are_cleared(void **state)
{
	static const uint32_t errors[] = {FSTS_IQE, FSTS_ITE, FSTS_ICE};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fresh(state);
		fake_vtd.fsts = errors[i];
		assert_int_equal(init(), 0);
		assert_int_equal(fake_vtd.fsts, 0);
		on();
		works();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(remapping_is_switched_on_in_order, ready),
	        cmocka_unit_test_setup(esirtps_changes_nothing, fresh),
	        cmocka_unit_test_setup(all_that_was_left_on_goes_off_in_order, fresh),
	        cmocka_unit_test_setup(every_wait_of_the_take_over_ends, fresh),
	        cmocka_unit_test_setup(every_wait_of_switching_on_ends, fresh),
	        cmocka_unit_test_setup(a_wait_descriptor_without_answer_ends, ready),
	        cmocka_unit_test_setup(a_bad_descriptor_is_named_and_replaced, ready),
	        cmocka_unit_test_setup(a_tail_beyond_the_end_costs_nothing, ready),
	        cmocka_unit_test_setup(a_device_that_does_not_answer_is_an_error, ready),
	        cmocka_unit_test_setup(a_queue_that_stays_stuck_is_given_up, ready),
	        cmocka_unit_test_setup(a_queue_that_was_left_on_ends_with_a_wait, fresh),
	        cmocka_unit_test_setup(errors_of_a_queue_that_is_off_are_cleared, fresh),
	};

	return cmocka_run_group_tests_name("unit", tests, NULL, NULL);
}
