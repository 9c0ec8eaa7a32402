// SPDX-License-Identifier: MIT
// links: tests/host/fake_e1000e.c tests/host/fake_nic.c
// links: drivers/pci/sources/intel_nic.c
// links: drivers/pci/sources/e1000e_device.c drivers/pci/sources/e1000e_measure.c
/* One fire is one message, whatever the throttle does and whenever its interval ends. */
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/mmio.h"
#include "tests/host/fake_e1000e.h"
#include "tests/host/unit.h"

/* More accesses than a measurement and some fires are. */
#define ACCESSES 60

/* The behaviours that are a source of MSI-X. */
static void as_specified(void)
{
}

static void throttling(void)
{
	fake.throttles_at_0 = true;
}

static void repeating(void)
{
	fake.throttles_at_0 = true;
	fake.repeats = true;
}

/* As 10.2.2.3 has it, pending bits work with PBA support alone. */
static void with_pba_support(void)
{
	fake.needs_pba_support = true;
	fake.clears_pba = true;
}

static void clearing_pba(void)
{
	repeating();
	fake.clears_pba = true;
}

static void (*const good[])(void) = {as_specified, with_pba_support, throttling, repeating,
                                     clearing_pba};
#define GOOD (sizeof(good) / sizeof(good[0]))

static void expect_reason(const char *why, const char *part)
{
	assert_non_null(why);
	assert_non_null(strstr(why, part));
}

static struct e1000e *measured(unsigned int behaviour)
{
	struct e1000e *e1000e = fake_e1000e(E1000E_VECTORS_MAX);

	good[behaviour]();
	assert_null(e1000e_measure_msix(e1000e));
	return e1000e;
}

static void open_msix(struct e1000e *e1000e)
{
	assert_int_equal(e1000e_take_msix(e1000e), 0);
	for (unsigned int n = 0; n < E1000E_SLOTS_MAX; n++) {
		nic.address[n] = LOCAL_APIC;
		e1000e->msix[n].store.ops->unmask(&e1000e->msix[n].store);
	}
}

static void one_fire_is_one_message(void **state)
{
	(void)state;
	for (unsigned int behaviour = 0; behaviour < GOOD; behaviour++) {
		for (unsigned int at = 0; at < ACCESSES; at++) {
			struct e1000e *e1000e = measured(behaviour);

			open_msix(e1000e);
			fake.accesses = 0;
			fake.ends_before = at;
			for (unsigned int n = 0; n < 3 * E1000E_SLOTS_MAX; n++) {
				unsigned int slot = n % E1000E_SLOTS_MAX;

				assert_int_equal(e1000e_fire_msix(e1000e, slot), 0);
				assert_int_equal(nic.sent[slot], n / E1000E_SLOTS_MAX + 1);
			}
			e1000e_flush_msix(e1000e);
			e1000e_give_back(e1000e);
			for (unsigned int slot = 0; slot < E1000E_SLOTS_MAX; slot++)
				assert_int_equal(nic.sent[slot], 3);
			assert_int_equal(nic.sent[E1000E_SLOTS_MAX], 0);
		}
	}
}

static void what_a_mask_holds_back_is_sent_later(void **state)
{
	(void)state;
	for (unsigned int behaviour = 0; behaviour < GOOD; behaviour++) {
		for (unsigned int at = 0; at < ACCESSES; at++) {
			struct e1000e *e1000e = measured(behaviour);
			struct message_store *store = &e1000e->msix[1].store;

			open_msix(e1000e);
			store->ops->mask(store);
			fake.accesses = 0;
			fake.ends_before = at;
			assert_int_equal(e1000e_fire_msix(e1000e, 1), 0);
			assert_int_equal(e1000e_fire_msix(e1000e, 0), 0);
			assert_int_equal(e1000e_fire_msix(e1000e, 2), 0);
			assert_int_equal(nic.sent[1], 0);
			assert_true(store->ops->pending(store));
			store->ops->unmask(store);
			assert_int_equal(nic.sent[1], 1);
			assert_int_equal(e1000e_fire_msix(e1000e, 1), 0);
			assert_int_equal(nic.sent[1], 2);
			e1000e_give_back(e1000e);
		}
	}
}

static void without_throttle_the_plain_way_is_taken(void **state)
{
	(void)state;
	assert_false(measured(0)->behind_mask);
	assert_false(measured(1)->behind_mask);
	assert_true(measured(2)->behind_mask);
	assert_true(measured(3)->behind_mask);
	assert_true(measured(4)->behind_mask);
}

static void a_pending_bit_that_never_works_is_found(void **state)
{
	struct e1000e *e1000e = fake_e1000e(E1000E_VECTORS_MAX);

	(void)state;
	repeating();
	with_pba_support();
	expect_reason(e1000e_measure_msix(e1000e), "held back by a mask");
	assert_false(nic.command);
}

static void msi_of_a_throttle_that_goes_on_is_no_source(void **state)
{
	struct e1000e *e1000e;

	(void)state;
	for (unsigned int at = 0; at < 2 * ACCESSES; at++) {
		e1000e = fake_e1000e(E1000E_VECTORS_MAX);
		repeating();
		fake.ends_before = at;
		expect_reason(e1000e_measure_msi(e1000e), "goes on at 0");
		assert_false(nic.msi || nic.command);
	}
}

static void msi_without_throttle_is_a_source(void **state)
{
	struct e1000e *e1000e = fake_e1000e(0);

	(void)state;
	assert_null(e1000e_measure_msi(e1000e));
	assert_int_equal(e1000e_take_msi(e1000e), 0);
	nic.msi_address = LOCAL_APIC;
	for (unsigned int n = 1; n <= 10; n++) {
		assert_int_equal(e1000e_fire_msi(e1000e), 0);
		assert_int_equal(nic.msi_sent, n);
	}
	mmio_write32(e1000e->registers + NIC_ICS, BIT_ULL(2)); /* the link changes */
	e1000e_flush_msi(e1000e);
	assert_int_equal(nic.msi_sent, 10);
	e1000e_give_back(e1000e);
	assert_int_equal(fake.registers[E1000E_ITR / 4], 0x1234);
}

static void one_that_sends_nothing_is_no_source(void **state)
{
	struct e1000e *e1000e = fake_e1000e(E1000E_VECTORS_MAX);

	(void)state;
	nic.mute = true;
	expect_reason(e1000e_measure_msi(e1000e), "does not arrive");
	expect_reason(e1000e_measure_msix(e1000e), "does not arrive");
	assert_false(e1000e->in_use);
}

static void a_cause_that_does_not_go_is_busy(void **state)
{
	struct e1000e *e1000e = measured(0);

	(void)state;
	open_msix(e1000e);
	fake.keeps_cause = true;
	assert_int_equal(e1000e_fire_msix(e1000e, 0), 0);
	assert_int_equal(e1000e_fire_msix(e1000e, 0), -EBUSY);
	assert_int_equal(nic.sent[0], 1);
	assert_int_equal(e1000e_take_msi(e1000e), -EBUSY);
}

/* All but ICR, which is causes, and ICS and IMC, which are orders. */
static void registers_are_given_back_as_found(void **state)
{
	uint32_t found[E1000E_REGISTERS_SIZE / 4];
	struct e1000e *e1000e = measured(3);

	(void)state;
	for (unsigned int n = 0; n < E1000E_REGISTERS_SIZE / 4; n++)
		fake.registers[n] = 0x5a000000 + n * 0x101;
	fake.registers[NIC_RCTL / 4] |= RCTL_EN;
	fake.registers[NIC_TCTL / 4] |= TCTL_EN;
	fake.registers[NIC_ICR / 4] = 0;
	memcpy(found, fake.registers, sizeof(found));
	nic.msi_address = LOCAL_APIC;
	for (unsigned int kind = 0; kind < 2; kind++) {
		assert_int_equal((kind ? e1000e_take_msi : e1000e_take_msix)(e1000e), 0);
		assert_false(fake.registers[NIC_RCTL / 4] & RCTL_EN);
		assert_false(fake.registers[NIC_TCTL / 4] & TCTL_EN);
		assert_int_equal(kind ? e1000e_fire_msi(e1000e) : e1000e_fire_msix(e1000e, 0), 0);
		e1000e_give_back(e1000e);
		assert_memory_equal(found, fake.registers, sizeof(found));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(one_fire_is_one_message),
	        cmocka_unit_test(what_a_mask_holds_back_is_sent_later),
	        cmocka_unit_test(without_throttle_the_plain_way_is_taken),
	        cmocka_unit_test(a_pending_bit_that_never_works_is_found),
	        cmocka_unit_test(msi_of_a_throttle_that_goes_on_is_no_source),
	        cmocka_unit_test(msi_without_throttle_is_a_source),
	        cmocka_unit_test(one_that_sends_nothing_is_no_source),
	        cmocka_unit_test(a_cause_that_does_not_go_is_busy),
	        cmocka_unit_test(registers_are_given_back_as_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
