// SPDX-License-Identifier: MIT
// links: tests/host/fake_nic.c drivers/pci/sources/intel_nic.c drivers/pci/sources/igb.c
/*
 * The driver igb on the registers of its data sheet, which QEMU's device differs from: there a read
 * clears EICR, so that nobody sees whether EIAC does.
 */
#include <asm-generic/errno.h>
#include <string.h>

#include "drivers/pci/sources/intel_nic.h"
#include "kernel/bits.h"
#include "kernel/mmio.h"
#include "tests/host/fake_nic.h"
#include "tests/host/unit.h"

#define GPIE 0x1514
#define EICS 0x1520
#define EIMS 0x1524
#define EIMC 0x1528
#define EIAC 0x152c
#define EIAM 0x1530
#define EICR 0x1580
#define EITR 0x1680
#define IVAR 0x1700
#define MISC 0x1740
#define SIZE 0x1744

#define OTHER_CAUSE BIT_ULL(31)
#define LSC         BIT_ULL(2) /* the link changes */

/* Bounds of section pci_drivers; the linker names them after it. */
extern const struct pci_driver *const __start_pci_drivers[];

static uint32_t registers[SIZE / 4];
static bool stuck;             /* it sends nothing, and causes stay */
static bool touched[SIZE / 4]; /* read or written */

static uint32_t *reg(unsigned int offset)
{
	return &registers[offset / 4];
}

static bool several(void)
{
	return *reg(GPIE) & BIT_ULL(4);
}

/* 8.8.7: sending clears what EIAC says, even into a masked entry. */
static void send_vectors(uint32_t raised)
{
	for (unsigned int n = 0; n < nic.vectors; n++) {
		if (stuck || !(raised & *reg(EIMS) & BIT_ULL(n)))
			continue;
		assert_int_equal(*reg(EITR + 4 * n), 0);
		fake_nic_send_msix(n, true);
		*reg(EICR) &= ~(*reg(EIAC) & (uint32_t)BIT_ULL(n));
	}
}

static void set_eicr(uint32_t bits)
{
	uint32_t raised = bits & ~*reg(EICR);

	*reg(EICR) |= bits;
	if (nic.msix && several())
		send_vectors(raised);
}

static void set_icr(uint32_t bits)
{
	bool was_raised = *reg(NIC_ICR) & *reg(NIC_IMS);

	*reg(NIC_ICR) |= bits;
	if (was_raised || !(*reg(NIC_ICR) & *reg(NIC_IMS)))
		return;
	if (nic.msi && !stuck && *reg(EIMS) & OTHER_CAUSE)
		fake_nic_send_msi();
	if (nic.msix && *reg(MISC) & BIT_ULL(15))
		set_eicr((uint32_t)BIT_ULL(*reg(MISC) >> 8 & 0x1f));
}

static void tcp_timer(void)
{
	if (*reg(MISC) & BIT_ULL(7))
		set_eicr((uint32_t)BIT_ULL(*reg(MISC) & 0x1f));
}

static unsigned int offset_of(const volatile void *address, unsigned int size)
{
	unsigned int offset = (unsigned int)((uintptr_t)address - (uintptr_t)registers);

	assert_int_equal(size, 4);
	assert_true(offset < SIZE && offset % 4 == 0);
	touched[offset / 4] = true;
	return offset;
}

uint64_t fake_mmio_read(const volatile void *address, unsigned int size)
{
	unsigned int offset = offset_of(address, size);
	uint32_t value = *reg(offset);

	if (offset == NIC_ICR && value & *reg(NIC_IMS) && !stuck) {
		*reg(NIC_ICR) = 0;
		nic.msi_pending = false; /* whose event is over takes it back */
	}
	if (offset == EICR && !several())
		*reg(EICR) = 0;
	return value;
}

void fake_mmio_write(volatile void *address, unsigned int size, uint64_t wide)
{
	unsigned int offset = offset_of(address, size);
	uint32_t value = (uint32_t)wide;

	if (offset == NIC_ICR || offset == EICR)
		*reg(offset) &= ~value;
	else if (offset == NIC_IMS || offset == EIMS)
		*reg(offset) |= value;
	else if (offset == NIC_IMC)
		*reg(NIC_IMS) &= ~value;
	else if (offset == EIMC)
		*reg(EIMS) &= ~value;
	else if (offset == NIC_ICS)
		set_icr(value);
	else if (offset == EICS)
		set_eicr(value);
	else
		*reg(offset) = value;
}

static bool hide_msi; /* from the next probe(), as whoever hands a device on may do */

/* A chip with so many vectors; what firmware left is in its registers. */
static void probe(uint16_t device, unsigned int vectors)
{
	fake_nic_reset();
	nic.without_msi = hide_msi;
	stuck = false;
	memset(touched, 0, sizeof(touched));
	for (unsigned int n = 0; n < SIZE / 4; n++)
		registers[n] = 0x5a000000 + n * 0x101;
	*reg(NIC_RCTL) |= RCTL_EN;
	*reg(NIC_TCTL) |= TCTL_EN;
	*reg(NIC_ICR) = *reg(EICR) = 0;
	*reg(NIC_ICS) = *reg(NIC_IMC) = *reg(EICS) = *reg(EIMC) = 0;
	nic.vectors = vectors;
	nic.msi_maskable = true;
	nic.registers = registers;
	nic.registers_size = sizeof(registers);
	nic.function.device = device;
	assert_int_equal(__start_pci_drivers[0]->probe(&nic.function), 0);
}

static void open_source(struct source *source)
{
	assert_int_equal(source->ops->open(source), 0);
	for (unsigned int n = 0; n < FAKE_NIC_VECTORS; n++)
		nic.address[n] = LOCAL_APIC;
	nic.msi_address = LOCAL_APIC;
	for (unsigned int slot = 0; slot < source->slots; slot++) {
		struct message_store *store = source->ops->store(source, slot);

		store->ops->unmask(store);
	}
}

static void chips_have_their_names_and_vectors(void **state)
{
	(void)state;
	probe(0x10c9, 10);
	assert_string_equal(nic.sources[0]->chip, "82576");
	assert_int_equal(nic.sources[0]->slots, 8);
	probe(0x1521, 16);
	assert_string_equal(nic.sources[1]->chip, "I350");
	probe(0x1539, 5);
	assert_string_equal(nic.sources[0]->chip, "I211");
	assert_int_equal(nic.sources[0]->slots, 5);
	assert_int_equal(nic.sources[1]->slots, 1);
	probe(0x10d3, 5); /* an 82574L */
	assert_int_equal(nic.source_count, 0);
}

static void one_capability_is_enough(void **state)
{
	(void)state;
	probe(0x1533, 0);
	assert_int_equal(nic.source_count, 1);
	assert_string_equal(nic.sources[0]->kind, "msi");
	open_source(nic.sources[0]);
	assert_int_equal(nic.sources[0]->ops->fire(nic.sources[0], 0), 0);
	assert_int_equal(nic.msi_sent, 1);
	nic.sources[0]->ops->close(nic.sources[0]);

	hide_msi = true;
	probe(0x1533, 5);
	hide_msi = false;
	assert_int_equal(nic.source_count, 1);
	assert_string_equal(nic.sources[0]->kind, "msix");
}

static void one_fire_is_one_message_of_its_vector(void **state)
{
	struct source *source;

	(void)state;
	probe(0x1533, 5);
	source = nic.sources[0];
	open_source(source);
	for (unsigned int n = 0; n < 20; n++) {
		assert_int_equal(source->ops->fire(source, n % 5), 0);
		assert_int_equal(nic.sent[n % 5], n / 5 + 1);
	}
	source->ops->flush(source);
	source->ops->close(source);
	for (unsigned int n = 0; n < 5; n++)
		assert_int_equal(nic.sent[n], 4);
}

static void what_a_mask_holds_back_is_sent_later(void **state)
{
	struct message_store *store;
	struct source *source;

	(void)state;
	probe(0x1533, 5);
	source = nic.sources[0];
	open_source(source);
	store = source->ops->store(source, 1);
	store->ops->mask(store);
	assert_int_equal(source->ops->fire(source, 1), 0);
	assert_int_equal(source->ops->fire(source, 2), 0);
	assert_int_equal(nic.sent[1], 0);
	store->ops->unmask(store);
	assert_int_equal(nic.sent[1], 1);
	source->ops->close(source);
}

static void msi_sends_one_for_each_fire_and_no_other_cause(void **state)
{
	struct source *source;

	(void)state;
	probe(0x1533, 5);
	source = nic.sources[1];
	open_source(source);
	for (unsigned int n = 1; n <= 10; n++) {
		assert_int_equal(source->ops->fire(source, 0), 0);
		assert_int_equal(nic.msi_sent, n);
	}
	source->ops->flush(source);
	set_icr(LSC);
	assert_int_equal(nic.msi_sent, 10);
	source->ops->close(source);
}

static void a_flush_leaves_what_the_mask_holds_back(void **state)
{
	struct message_store *store;
	struct source *source;

	(void)state;
	probe(0x1533, 5);
	source = nic.sources[1];
	open_source(source);
	store = source->ops->store(source, 0);
	for (unsigned int n = 1; n <= 3; n++) {
		store->ops->mask(store);
		assert_int_equal(source->ops->fire(source, 0), 0);
		source->ops->flush(source);
		assert_true(store->ops->pending(store));
		store->ops->unmask(store);
		source->ops->flush(source);
		assert_int_equal(nic.msi_sent, n);
	}
	source->ops->close(source);
}

static void the_link_and_the_timer_are_nobodys_message(void **state)
{
	struct source *source;

	(void)state;
	probe(0x1533, 5);
	*reg(MISC) = 0x8180; /* other causes: vector 1; TCP timer: vector 0 */
	source = nic.sources[0];
	open_source(source);
	set_icr(LSC);
	tcp_timer();
	assert_int_equal(nic.sent[0], 0);
	assert_int_equal(nic.sent[1], 0);
	source->ops->close(source);
}

/* And of a chip with five vectors there is no register of a sixth. */
static void registers_are_given_back_as_found(void **state)
{
	uint32_t found[SIZE / 4];

	(void)state;
	probe(0x1533, 5);
	memcpy(found, registers, sizeof(found));
	for (unsigned int kind = 0; kind < 2; kind++) {
		struct source *source = nic.sources[kind];

		open_source(source);
		assert_int_equal(source->ops->open(nic.sources[!kind]), -EBUSY);
		assert_false(*reg(NIC_RCTL) & RCTL_EN);
		assert_false(*reg(NIC_TCTL) & TCTL_EN);
		assert_int_equal(source->ops->fire(source, 0), 0);
		source->ops->close(source);
		assert_false(nic.command);
		assert_memory_equal(found, registers, sizeof(found));
	}
	for (unsigned int offset = EITR + 4 * 5; offset < IVAR; offset += 4)
		assert_false(touched[offset / 4]);
}

static void one_that_does_not_send_is_dropped(void **state)
{
	(void)state;
	for (unsigned int kind = 0; kind < 2; kind++) {
		struct source *source;

		probe(0x1533, 5);
		source = nic.sources[kind];
		open_source(source);
		stuck = true;
		assert_int_equal(source->ops->fire(source, 0), 0);
		assert_null(source->dropped);
		assert_int_equal(source->ops->fire(source, 0), -ETIMEDOUT);
		assert_string_equal(source->dropped, "it did not answer");
		source->ops->close(source);
	}
}

/* Registers that nobody answers for read as all ones, or as 0. */
static void one_that_is_gone_is_dropped(void **state)
{
	static const char *const why[] = {"its registers read as all ones",
	                                  "its registers are not as they were left"};

	(void)state;
	for (unsigned int n = 0; n < 4; n++) {
		unsigned int kind = n % 2;

		struct source *source;

		probe(0x1533, 5);
		source = nic.sources[kind];
		open_source(source);
		memset(registers, n < 2 ? 0xff : 0, sizeof(registers));
		stuck = true;
		assert_true(source->ops->fire(source, 0) < 0);
		assert_string_equal(source->dropped, why[n / 2]);
		source->ops->flush(source);
		source->ops->close(source);
		memset(registers, 0xff, sizeof(registers));
		assert_int_equal(source->ops->open(source), -ENODEV);
		assert_false(nic.command);
	}
}

static void one_without_power_is_left_alone(void **state)
{
	(void)state;
	probe(0x1533, 5);
	nic.source_count = 0;
	memset(registers, 0xff, sizeof(registers));
	assert_int_equal(__start_pci_drivers[0]->probe(&nic.function), -ENODEV);
	assert_int_equal(nic.source_count, 0);
	assert_false(nic.command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(chips_have_their_names_and_vectors),
	        cmocka_unit_test(one_capability_is_enough),
	        cmocka_unit_test(one_fire_is_one_message_of_its_vector),
	        cmocka_unit_test(what_a_mask_holds_back_is_sent_later),
	        cmocka_unit_test(msi_sends_one_for_each_fire_and_no_other_cause),
	        cmocka_unit_test(a_flush_leaves_what_the_mask_holds_back),
	        cmocka_unit_test(the_link_and_the_timer_are_nobodys_message),
	        cmocka_unit_test(registers_are_given_back_as_found),
	        cmocka_unit_test(one_that_does_not_send_is_dropped),
	        cmocka_unit_test(one_that_is_gone_is_dropped),
	        cmocka_unit_test(one_without_power_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
