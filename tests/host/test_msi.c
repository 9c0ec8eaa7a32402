// SPDX-License-Identifier: MIT
// links: drivers/pci/msi.c
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stdbool.h>
#include <string.h>

#include "drivers/pci/stores.h"
#include "kernel/bits.h"
#include "tests/host/unit.h"

#define CAPABILITY 0x50

/* A function with an MSI capability in its 256 bytes of configuration space. */
static struct pci_function function;
static uint8_t config[256];
static bool has_capability;
static unsigned int writes;

static struct msi_store stores[32];

static uint32_t load(uint16_t offset, unsigned int size)
{
	uint32_t value = 0;

	assert_true(offset % size == 0 && offset + size <= sizeof(config));
	memcpy(&value, &config[offset], size);
	return value;
}

static void put(uint16_t offset, uint32_t value, unsigned int size)
{
	assert_true(offset % size == 0 && offset + size <= sizeof(config));
	memcpy(&config[offset], &value, size);
	writes++;
}

uint16_t pci_read16(const struct pci_function *f, uint16_t offset)
{
	assert_ptr_equal(f, &function);
	return (uint16_t)load(offset, 2);
}

uint32_t pci_read32(const struct pci_function *f, uint16_t offset)
{
	assert_ptr_equal(f, &function);
	return load(offset, 4);
}

void pci_write16(const struct pci_function *f, uint16_t offset, uint16_t value)
{
	assert_ptr_equal(f, &function);
	put(offset, value, 2);
}

void pci_write32(const struct pci_function *f, uint16_t offset, uint32_t value)
{
	assert_ptr_equal(f, &function);
	put(offset, value, 4);
}

uint8_t pci_capability(const struct pci_function *f, uint8_t id)
{
	assert_ptr_equal(f, &function);
	return has_capability && id == PCI_CAP_ID_MSI ? CAPABILITY : 0;
}

void msix_disable(const struct pci_function *f)
{
	assert_ptr_equal(f, &function);
}

/* `flags`: PCI_MSI_FLAGS_64BIT, PCI_MSI_FLAGS_MASKBIT; of 2^width messages. */
static void make_function(uint16_t flags, unsigned int width)
{
	memset(config, 0, sizeof(config));
	has_capability = true;
	flags |= field_set(PCI_MSI_FLAGS_QMASK, width);
	put(CAPABILITY + PCI_MSI_FLAGS, flags, 2);
	writes = 0;
}

static uint16_t control(void)
{
	return (uint16_t)load(CAPABILITY + PCI_MSI_FLAGS, 2);
}

static unsigned int used_width(void)
{
	return (unsigned int)field_get(PCI_MSI_FLAGS_QSIZE, control());
}

static void write_message(struct msi_store *msi, uint32_t address, uint32_t data)
{
	struct message_store *store = &msi->store;

	store->ops->write(store, MESSAGE_ADDRESS_LO, address);
	store->ops->write(store, MESSAGE_ADDRESS_HI, 0);
	store->ops->write(store, MESSAGE_DATA, data);
}

static void offers_what_the_capability_says(void **state)
{
	(void)state;
	for (unsigned int width = 0; width <= 5; width++) {
		make_function(0, width);
		assert_int_equal(msi_size(&function), 1 << width);
	}
	for (unsigned int reserved = 6; reserved <= 7; reserved++) {
		make_function(0, reserved);
		assert_int_equal(msi_size(&function), 1);
	}
	has_capability = false;
	assert_int_equal(msi_size(&function), -ENODEV);
	assert_int_equal(msi_store_init(stores, &function), -ENODEV);
}

static void refuses_what_the_capability_does_not_have(void **state)
{
	static const unsigned int refused[] = {0, 3, 5, 6, 7, 16, 32, 64};

	(void)state;
	make_function(0, 3);
	for (unsigned int n = 0; n < sizeof(refused) / sizeof(refused[0]); n++)
		assert_int_equal(msi_stores_init(stores, refused[n], &function), -EINVAL);
	assert_int_equal(writes, 0);
}

static void uses_as_many_as_asked_for_and_starts_disabled(void **state)
{
	(void)state;
	make_function(PCI_MSI_FLAGS_64BIT, 4);
	config[CAPABILITY + PCI_MSI_FLAGS] |= PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE;
	for (unsigned int width = 0; width <= 4; width++) {
		assert_int_equal(msi_stores_init(stores, 1 << width, &function), 0);
		assert_int_equal(used_width(), width);
		assert_false(control() & PCI_MSI_FLAGS_ENABLE);
	}
	assert_int_equal(msi_store_init(stores, &function), 0);
	assert_int_equal(used_width(), 0);
}

static void words_lie_where_the_capability_has_them(void **state)
{
	(void)state;
	make_function(0, 0);
	assert_int_equal(msi_store_init(stores, &function), 0);
	put(CAPABILITY + PCI_MSI_DATA_32 + 2, 0x5a5a, 2);
	write_message(stores, 0xfee01000, 0x12341);
	assert_int_equal(load(CAPABILITY + PCI_MSI_ADDRESS_LO, 4), 0xfee01000);
	assert_int_equal(load(CAPABILITY + PCI_MSI_DATA_32, 4), 0x5a5a2341); /* neighbour left */

	make_function(PCI_MSI_FLAGS_64BIT, 0);
	assert_int_equal(msi_store_init(stores, &function), 0);
	put(CAPABILITY + PCI_MSI_ADDRESS_HI, 7, 4);
	write_message(stores, 0xfee02000, 0x42);
	assert_int_equal(load(CAPABILITY + PCI_MSI_ADDRESS_LO, 4), 0xfee02000);
	assert_int_equal(load(CAPABILITY + PCI_MSI_ADDRESS_HI, 4), 0);
	assert_int_equal(load(CAPABILITY + PCI_MSI_DATA_64, 2), 0x42);
}

static void only_the_first_writes_and_each_reads_its_own(void **state)
{
	struct message message;

	(void)state;
	make_function(PCI_MSI_FLAGS_64BIT, 2);
	assert_int_equal(msi_stores_init(stores, 4, &function), 0);
	write_message(&stores[0], 0xfee00098, 0);
	writes = 0;
	for (unsigned int n = 1; n < 4; n++)
		write_message(&stores[n], 0xdead0000 + n, n);
	assert_int_equal(writes, 0);

	/* What the register has in the bits of the number is not sent. */
	put(CAPABILITY + PCI_MSI_DATA_64, 0x43, 2);
	for (unsigned int n = 0; n < 4; n++) {
		stores[n].store.ops->read(&stores[n].store, &message);
		assert_int_equal(message.address_lo, 0xfee00098);
		assert_int_equal(message.address_hi, 0);
		assert_int_equal(message.data, 0x40 | n);
	}

	/* The only message has its data whole. */
	assert_int_equal(msi_store_init(stores, &function), 0);
	stores[0].store.ops->read(&stores[0].store, &message);
	assert_int_equal(message.data, 0x43);
}

static void each_masks_and_looks_at_its_own_bit(void **state)
{
	static const uint16_t shapes[][3] = {
	        {PCI_MSI_FLAGS_MASKBIT, PCI_MSI_MASK_32, PCI_MSI_PENDING_32},
	        {PCI_MSI_FLAGS_MASKBIT | PCI_MSI_FLAGS_64BIT, PCI_MSI_MASK_64, PCI_MSI_PENDING_64},
	};

	(void)state;
	for (unsigned int shape = 0; shape < 2; shape++) {
		uint16_t mask = CAPABILITY + shapes[shape][1];
		uint16_t pending = CAPABILITY + shapes[shape][2];

		make_function(shapes[shape][0], 5);
		assert_int_equal(msi_stores_init(stores, 32, &function), 0);
		for (unsigned int n = 0; n < 32; n++) {
			struct message_store *store = &stores[n].store;

			assert_true(store_maskable(store));
			put(mask, 0, 4);
			store->ops->mask(store);
			assert_int_equal(load(mask, 4), 1u << n);
			put(mask, ~0u, 4);
			store->ops->unmask(store);
			assert_int_equal(load(mask, 4), ~(1u << n));
			put(pending, ~(1u << n), 4);
			assert_false(store->ops->pending(store));
			put(pending, 1u << n, 4);
			assert_true(store->ops->pending(store));
		}
	}
	make_function(PCI_MSI_FLAGS_64BIT, 5);
	assert_int_equal(msi_stores_init(stores, 32, &function), 0);
	assert_false(store_maskable(&stores[31].store));
}

static void enabling_masks_what_is_used(void **state)
{
	static const uint32_t masked[] = {0x1, 0x3, 0xf, 0xff, 0xffff, 0xffffffff};

	(void)state;
	for (unsigned int width = 0; width <= 5; width++) {
		make_function(PCI_MSI_FLAGS_MASKBIT | PCI_MSI_FLAGS_64BIT, 5);
		assert_int_equal(msi_stores_init(stores, 1 << width, &function), 0);
		msi_enable(&function);
		assert_int_equal(load(CAPABILITY + PCI_MSI_MASK_64, 4), masked[width]);
		assert_true(control() & PCI_MSI_FLAGS_ENABLE);
		assert_int_equal(used_width(), width);
		assert_int_equal(load(PCI_COMMAND, 2), PCI_COMMAND_INTX_DISABLE);
		msi_disable(&function);
		assert_false(control() & PCI_MSI_FLAGS_ENABLE);
	}
	make_function(PCI_MSI_FLAGS_64BIT, 5);
	assert_int_equal(msi_stores_init(stores, 32, &function), 0);
	msi_enable(&function);
	assert_int_equal(load(CAPABILITY + PCI_MSI_MASK_64, 4), 0); /* is another's there */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(offers_what_the_capability_says),
	        cmocka_unit_test(refuses_what_the_capability_does_not_have),
	        cmocka_unit_test(uses_as_many_as_asked_for_and_starts_disabled),
	        cmocka_unit_test(words_lie_where_the_capability_has_them),
	        cmocka_unit_test(only_the_first_writes_and_each_reads_its_own),
	        cmocka_unit_test(each_masks_and_looks_at_its_own_bit),
	        cmocka_unit_test(enabling_masks_what_is_used),
	};

	return cmocka_run_group_tests_name("msi", tests, NULL, NULL);
}
