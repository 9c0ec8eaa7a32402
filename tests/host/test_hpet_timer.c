// SPDX-License-Identifier: MIT
// links: drivers/platform/hpet.c kernel/acpi/hpet.c kernel/cpu/hpet.c
#include <asm-generic/errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/platform/hpet.h"
#include "drivers/vtd/vtd.h"
#include "kernel/cpu/hpet_regs.h"
#include "kernel/irq/irq.h"
#include "kernel/registers.h"
#include "tests/host/fixture.h"
#include "tests/host/unit.h"

#define TIMERS     3
#define PERIOD     69841279 /* femtoseconds: 14.318180 MHz */
#define CAPABLE    (HPET_TN_FSB_INT_DEL_CAP | 0x30)
#define UNIT       ((void *)0x1234)
#define REQUESTER  0x00f8
#define TABLE_BASE 0xfed00000

/* The registers, and as they were before. */
static uint32_t registers[HPET_SIZE / 4], before[HPET_SIZE / 4];
static struct acpi_header *table;
static bool mapped;

static struct hpet_timer timer;
static const char *why;

const struct acpi_header *acpi_table(const char *signature, unsigned int n)
{
	assert_string_equal(signature, "HPET");
	assert_int_equal(n, 0);
	return table;
}

volatile void *registers_claim(const char *owner, uint64_t physical, uint64_t length,
                               const char **claim_why)
{
	assert_string_equal(owner, "the HPET");
	assert_int_equal(physical, TABLE_BASE);
	assert_int_equal(length, HPET_SIZE);
	*claim_why = mapped ? NULL : "memory is there";
	return mapped ? registers : NULL;
}

void registers_give_up(const volatile void *given_up)
{
	assert_ptr_equal(given_up, registers);
}

int vtd_requester_hpet(uint8_t number, struct requester *out)
{
	assert_int_equal(number, 3); /* as the table says */
	*out = (struct requester){.by_name = true, .id = REQUESTER, .unit = UNIT};
	return 0;
}

/* What irq_leaf_hpet shares with all leaves. */
int leaf_activate(struct irq *irq, struct irq_layer *layer)
{
	(void)irq, (void)layer;
	return 0;
}

void leaf_deactivate(struct irq *irq, struct irq_layer *layer)
{
	(void)irq, (void)layer;
}

int leaf_set_affinity(struct irq *irq, struct irq_layer *layer, uint32_t cpu)
{
	(void)irq, (void)layer, (void)cpu;
	return 0;
}

void leaf_describe(struct irq *irq, struct irq_layer *layer, char *buffer, size_t size)
{
	(void)irq, (void)layer, (void)buffer, (void)size;
}

static uint32_t *reg(unsigned int offset)
{
	return &registers[offset / 4];
}

/* As firmware may leave it: counting, timer 0 silent, 1 periodic on a pin, 2 level-triggered. */
static int set_up(void **state)
{
	(void)state;
	table = fixture_table("hpet");
	mapped = true;
	memset(registers, 0, sizeof(registers));
	*reg(HPET_CAPABILITIES) = 0x8086a001 | field_set(HPET_NUM_TIM_CAP, TIMERS - 1);
	*reg(HPET_COUNTER_CLK_PERIOD) = PERIOD;
	*reg(HPET_CONFIGURATION) = HPET_ENABLE_CNF | HPET_LEG_RT_CNF;
	*reg(HPET_MAIN_COUNTER) = 0x11111111;
	*reg(HPET_MAIN_COUNTER + 4) = 0x22;
	for (unsigned int n = 0; n < TIMERS; n++) {
		*reg(HPET_TIMER_CONFIGURATION(n)) = CAPABLE;
		*reg(HPET_TIMER_COMPARATOR(n)) = 0x33333330 + n;
		*reg(HPET_TIMER_COMPARATOR(n) + 4) = 0x40 + n;
		*reg(HPET_TIMER_FSB_INT_VAL(n)) = 0x50 + n;
		*reg(HPET_TIMER_FSB_INT_ADDR(n)) = 0xfee00000 + n;
	}
	*reg(HPET_TIMER_CONFIGURATION(0)) = 0x30; /* no messages */
	*reg(HPET_TIMER_CONFIGURATION(1)) = CAPABLE | HPET_TN_TYPE_CNF | HPET_TN_INT_ENB_CNF;
	*reg(HPET_TIMER_CONFIGURATION(2)) =
	        CAPABLE | HPET_TN_INT_TYPE_CNF | HPET_TN_32MODE_CNF | HPET_TN_INT_ENB_CNF;
	memcpy(before, registers, sizeof(before));
	memset(&timer, 0, sizeof(timer));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(table);
	return 0;
}

static void refused_because(const char *reason)
{
	memcpy(before, registers, sizeof(before));
	assert_int_equal(hpet_take(&timer, &why), -ENODEV);
	assert_string_equal(why, reason);
	assert_memory_equal(registers, before, sizeof(before));
}

static void refuses_what_is_not_there(void **state)
{
	(void)state;
	mapped = false;
	refused_because("HPET at fed00000 refused: memory is there");
	mapped = true;
	*reg(HPET_COUNTER_CLK_PERIOD) = 0;
	refused_because("HPET at fed00000 refused: nothing there has an HPET's clock period");
	memset(registers, 0xff, sizeof(registers));
	refused_because("HPET at fed00000 refused: nothing there has an HPET's clock period");
	free(table);
	table = NULL;
	refused_because("there is no HPET");
}

static void refuses_timers_that_send_none_or_are_periodic(void **state)
{
	(void)state;
	*reg(HPET_TIMER_CONFIGURATION(2)) &= ~HPET_TN_FSB_INT_DEL_CAP;
	refused_because("no one-shot timer of the HPET can send messages (Tn_FSB_INT_DEL_CAP)");
	*reg(HPET_TIMER_CONFIGURATION(2)) |= HPET_TN_FSB_INT_DEL_CAP | HPET_TN_TYPE_CNF;
	refused_because("no one-shot timer of the HPET can send messages (Tn_FSB_INT_DEL_CAP)");
}

static void takes_the_first_that_can(void **state)
{
	(void)state;
	assert_int_equal(hpet_take(&timer, &why), 0);
	assert_int_equal(timer.number, 2);
	assert_int_equal(timer.requester.id, REQUESTER);
	assert_ptr_equal(timer.requester.unit, UNIT);
	assert_int_equal(*reg(HPET_CONFIGURATION), HPET_LEG_RT_CNF); /* halted */
	assert_int_equal(*reg(HPET_TIMER_CONFIGURATION(1)), CAPABLE | HPET_TN_TYPE_CNF);
	assert_int_equal(*reg(HPET_TIMER_CONFIGURATION(2)), CAPABLE | HPET_TN_FSB_EN_CNF);
}

static void the_message_is_in_the_route_register(void **state)
{
	struct message_store *store = &timer.store;
	struct message message;

	(void)state;
	assert_int_equal(hpet_take(&timer, &why), 0);
	assert_false(store_maskable(store));
	store->ops->write(store, MESSAGE_ADDRESS_LO, 0xfee03000);
	store->ops->write(store, MESSAGE_ADDRESS_HI, 0);
	store->ops->write(store, MESSAGE_DATA, 0x61);
	store->ops->flush(store);
	assert_int_equal(registers[0x154 / 4], 0xfee03000);
	assert_int_equal(registers[0x150 / 4], 0x61);
	store->ops->read(store, &message);
	assert_int_equal(message.address_lo, 0xfee03000);
	assert_int_equal(message.address_hi, 0);
	assert_int_equal(message.data, 0x61);
}

static void startup_and_shutdown_are_the_enable_bit(void **state)
{
	struct irq irq = {.store = &timer.store};

	(void)state;
	assert_int_equal(hpet_take(&timer, &why), 0);
	irq_leaf_hpet.startup(&irq);
	assert_int_equal(*reg(HPET_TIMER_CONFIGURATION(2)),
	                 CAPABLE | HPET_TN_FSB_EN_CNF | HPET_TN_INT_ENB_CNF);
	irq_leaf_hpet.shutdown(&irq);
	assert_int_equal(*reg(HPET_TIMER_CONFIGURATION(2)), CAPABLE | HPET_TN_FSB_EN_CNF);
}

/* 14.31818 MHz: 1000 us are 14318.18 ticks. */
static void counts_from_zero_to_the_comparator(void **state)
{
	(void)state;
	assert_int_equal(hpet_take(&timer, &why), 0);
	hpet_start(&timer, 1000);
	assert_int_equal(*reg(HPET_MAIN_COUNTER), 0);
	assert_int_equal(*reg(HPET_MAIN_COUNTER + 4), 0);
	assert_int_equal(*reg(HPET_TIMER_COMPARATOR(2)), 14319);
	assert_int_equal(*reg(HPET_TIMER_COMPARATOR(2) + 4), 0);
	assert_int_equal(*reg(HPET_CONFIGURATION), HPET_LEG_RT_CNF | HPET_ENABLE_CNF);
	hpet_halt(&timer);
	assert_int_equal(*reg(HPET_CONFIGURATION), HPET_LEG_RT_CNF);
}

static void gives_back_what_it_found(void **state)
{
	struct irq irq = {.store = &timer.store};

	(void)state;
	assert_int_equal(hpet_take(&timer, &why), 0);
	timer.store.ops->write(&timer.store, MESSAGE_ADDRESS_LO, 0xfee03000);
	timer.store.ops->write(&timer.store, MESSAGE_DATA, 0x61);
	irq_leaf_hpet.startup(&irq);
	hpet_start(&timer, 1000);
	irq_leaf_hpet.shutdown(&irq);
	hpet_give_back(&timer);
	assert_memory_equal(registers, before, sizeof(before));
}

/* The last one with a pin that is not the ISA bus's; periodic or legacy ones are not touched. */
static void a_pin_takes_the_last_timer_that_can(void **state)
{
	(void)state;
	assert_int_equal(hpet_take_pin(&timer, &why), -ENODEV);
	*reg(HPET_TIMER_INT_ROUTE_CAP(0)) = 0x00ff0104;
	*reg(HPET_TIMER_INT_ROUTE_CAP(1)) = 0x00ff0104;
	*reg(HPET_TIMER_INT_ROUTE_CAP(2)) = 0x00000104;
	memcpy(before, registers, sizeof(before));
	assert_int_equal(hpet_take_pin(&timer, &why), -ENODEV);
	assert_string_equal(why, "no one-shot timer of the HPET can assert a pin from GSI 16 on "
	                         "(Tn_INT_ROUTE_CAP)");
	assert_memory_equal(registers, before, sizeof(before));

	*reg(HPET_CONFIGURATION) = HPET_ENABLE_CNF;
	assert_int_equal(hpet_find_pin(&timer, &why), 0);
	assert_int_equal(timer.number, 0);
	*reg(HPET_TIMER_INT_ROUTE_CAP(2)) = 0x00f00104;
	assert_int_equal(hpet_find_pin(&timer, &why), 0);
	assert_int_equal(timer.number, 2);
	assert_int_equal(hpet_pins(&timer), 0x00f00000);
}

static void a_pin_is_level_triggered_and_given_back(void **state)
{
	uint32_t *ours = reg(HPET_TIMER_CONFIGURATION(2));

	(void)state;
	*ours |= HPET_TN_FSB_EN_CNF | field_set(HPET_TN_INT_ROUTE_CNF, 11);
	*reg(HPET_TIMER_INT_ROUTE_CAP(2)) = 0x00f00804;
	memcpy(before, registers, sizeof(before));
	assert_int_equal(hpet_take_pin(&timer, &why), 0);
	assert_int_equal(*reg(HPET_CONFIGURATION), HPET_LEG_RT_CNF); /* halted */
	assert_int_equal(*ours,
	                 CAPABLE | HPET_TN_INT_TYPE_CNF | field_set(HPET_TN_INT_ROUTE_CNF, 11));
	hpet_route(&timer, 22);
	assert_int_equal(*ours, CAPABLE | HPET_TN_INT_TYPE_CNF | HPET_TN_INT_ENB_CNF |
	                                field_set(HPET_TN_INT_ROUTE_CNF, 22));

	/* Plain memory keeps what is written: silicon clears it. */
	assert_int_equal(*reg(HPET_INTERRUPT_STATUS), 1 << 2);
	assert_true(hpet_asserts(&timer));
	*reg(HPET_INTERRUPT_STATUS) = 1 << 1;
	assert_false(hpet_asserts(&timer));
	*reg(HPET_INTERRUPT_STATUS) = 0;

	hpet_start(&timer, 1);
	hpet_give_back(&timer);
	assert_memory_equal(registers, before, sizeof(before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(refuses_what_is_not_there, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(refuses_timers_that_send_none_or_are_periodic,
	                                        set_up, tear_down),
	        cmocka_unit_test_setup_teardown(takes_the_first_that_can, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(the_message_is_in_the_route_register, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(startup_and_shutdown_are_the_enable_bit, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(counts_from_zero_to_the_comparator, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(gives_back_what_it_found, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_pin_takes_the_last_timer_that_can, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(a_pin_is_level_triggered_and_given_back, set_up,
	                                        tear_down),
	};

	return cmocka_run_group_tests_name("hpet_timer", tests, NULL, NULL);
}
