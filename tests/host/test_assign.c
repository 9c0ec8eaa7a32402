// SPDX-License-Identifier: MIT
// links: drivers/pci/assign.c drivers/pci/assign_config.c drivers/pci/bar.c drivers/pci/function.c
// links: drivers/pci/msi.c drivers/pci/msix.c tests/host/fake_config.c
//
// Which pages of a device a guest gets, which go to a function of the host's, when it gets none,
// and what is put back. Registers are memory of this program, BARs its addresses.
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/pci/assign.h"
#include "drivers/pci/stores.h"
#include "kernel/memory.h"
#include "tests/host/fake_config.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

#define PAGES   4
#define TABLE   0x2000 /* in the BAR */
#define ENTRIES 16
#define MSIX    0x70
#define SMALL   0x400

const struct irq_leaf irq_leaf_msix, irq_leaf_ims, irq_leaf_msi;

static struct pci_function functions[2];
static struct fake_function *fake, *other;
static uint8_t *registers;
static struct msix_store msix;
static struct ims_store ims[2];
static struct source source;
static int open_error;
static unsigned int opened, closed;
static struct guest guest;
static struct assigned assigned;
static bool mapped[PAGES];
static unsigned int traps, mapped_elsewhere;
static int map_error;
static bool no_memory;

struct pci_function *pci_function_get(unsigned int n)
{
	return n < 2 ? &functions[n] : NULL;
}

struct pci_function *pci_function_of(const struct requester *requester)
{
	return requester->by_name ? NULL : &functions[0];
}

void pci_probe_drivers(void)
{
}

int pci_adopt(uint16_t segment, uint8_t bus, uint8_t devfn, volatile uint8_t *config)
{
	assert_int_equal(segment, 7);
	assert_int_equal(bus, 4);
	assert_int_equal(devfn, DEVFN(3, 0));
	assert_ptr_equal(config, functions[0].config);
	return 0;
}

volatile void *memory_map_device(uint64_t physical, uint64_t length)
{
	(void)length;
	return (volatile void *)physical;
}

/* For the copy of the table; assign() keeps it. */
void *memory_alloc(size_t size, size_t align)
{
	static uint8_t memory[2 * ENTRIES * PCI_MSIX_ENTRY_SIZE] __attribute__((aligned(8)));

	assert_true(size <= sizeof(memory) && align <= 8);
	return no_memory ? NULL : memory;
}

bool memory_is_ram(uint64_t physical, uint64_t length)
{
	(void)length;
	return physical - (uint64_t)registers >= PAGES * PAGE_SIZE;
}

int guest_map(struct guest *to, uint64_t physical, uint64_t length, bool writable)
{
	uint64_t offset = physical - (uint64_t)registers;

	(void)to;
	assert_true(writable);
	assert_int_equal(length, PAGE_SIZE);
	if (offset < PAGES * PAGE_SIZE)
		mapped[offset / PAGE_SIZE] = true;
	else
		mapped_elsewhere++;
	return map_error;
}

void guest_unmap(struct guest *from, uint64_t physical, uint64_t length)
{
	uint64_t offset = physical - (uint64_t)registers;

	(void)from;
	for (uint64_t page = 0; page < PAGES; page++)
		if (page * PAGE_SIZE - offset < length)
			mapped[page] = false;
}

void trap_add(struct guest *to, struct trap *trap)
{
	(void)to, (void)trap;
	traps++;
}

int source_open(struct source *of)
{
	return of->ops->open(of);
}

static int open(struct source *of)
{
	(void)of;
	opened++;
	return open_error;
}

static void close(struct source *of)
{
	(void)of;
	closed++;
}

static struct message_store *store(struct source *of, unsigned int slot)
{
	return of->leaf == &irq_leaf_msix ? &msix.store : &ims[slot].store;
}

static void put_bar(struct fake_function *in, unsigned int bar, uint64_t address, uint64_t size)
{
	uint16_t offset = (uint16_t)(PCI_BASE_ADDRESS_0 + 4 * bar);

	fake_register(in, offset, (uint32_t)address | PCI_BASE_ADDRESS_MEM_TYPE_64,
	              (uint32_t)-size & ~0xfU);
	fake_register(in, offset + 4, (uint32_t)(address >> 32), UINT32_MAX);
}

static void set_up_device(void)
{
	fake_config_reset();
	fake = fake_function(0, 4, DEVFN(3, 0));
	other = fake_function(0, 4, DEVFN(4, 0));
	functions[0] = (struct pci_function){
	        .segment = 7, .bus = 4, .devfn = DEVFN(3, 0), .config = (volatile uint8_t *)fake};
	functions[0].segment = 0;
	functions[1] = (struct pci_function){.bus = 4, .devfn = DEVFN(4, 0)};
	fake_register(fake, PCI_COMMAND,
	              PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_STATUS_CAP_LIST << 16, 0xffff);
	fake_register(fake, PCI_CAPABILITY_LIST, MSIX, 0);
	fake_register(fake, MSIX, PCI_CAP_ID_MSIX | (PCI_MSIX_FLAGS_ENABLE | (ENTRIES - 1U)) << 16,
	              0xc0000000);
	put_bar(fake, 0, (uint64_t)registers, PAGES * PAGE_SIZE);
}

static int set_up(void **state)
{
	static const struct source_ops ops = {.open = open, .close = close, .store = store};

	(void)state;
	registers = aligned_alloc(PAGES * PAGE_SIZE, PAGES * PAGE_SIZE);
	memset(registers, 0x11, PAGES * PAGE_SIZE);
	set_up_device();
	msix.entry = registers + TABLE;
	for (unsigned int n = 0; n < 2; n++)
		ims[n] = (struct ims_store){
		        .address = (volatile uint32_t *)(registers + PAGE_SIZE + n * 64),
		        .data = (volatile uint32_t *)(registers + PAGE_SIZE + n * 64 + 20)};
	source = (struct source){.name = "device", .leaf = &irq_leaf_msix, .slots = 1, .ops = &ops};
	source.requester.id = 4 << 8 | DEVFN(3, 0);
	assigned = (struct assigned){0};
	open_error = map_error = 0;
	no_memory = false;
	opened = closed = traps = mapped_elsewhere = 0;
	memset(mapped, 0, sizeof(mapped));
	shim_forget_printed();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(registers);
	return 0;
}

/* What goes to the host's function. */
static struct {
	uint64_t offset, value;
	unsigned int size, reads, writes;
} last;

static uint64_t read_word(void *owner, uint64_t offset, unsigned int size)
{
	assert_ptr_equal(owner, &last);
	last.offset = offset;
	last.size = size;
	last.reads++;
	return 0x5a;
}

static void write_word(void *owner, uint64_t offset, unsigned int size, uint64_t value)
{
	assert_ptr_equal(owner, &last);
	last.offset = offset;
	last.size = size;
	last.value = value;
	last.writes++;
}

static const struct trap_ops words = {.read = read_word, .write = write_word};

static int give(const struct trap_ops *to)
{
	memset(&last, 0, sizeof(last));
	return assign(&assigned, &guest, &source, to, &last);
}

static void assert_pages(bool first, bool second, bool third, bool fourth)
{
	const bool expected[PAGES] = {first, second, third, fourth};

	assert_memory_equal(mapped, expected, sizeof(mapped));
	assert_int_equal(mapped_elsewhere, 0);
}

static void all_pages_are_the_guests(void **state)
{
	(void)state;
	assert_int_equal(give(NULL), 0);
	assert_pages(true, true, true, true);
	assert_int_equal(traps, 1); /* configuration space */
	assert_int_equal(pci_read16(&functions[0], PCI_COMMAND),
	                 PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_DISABLE);
	assert_int_equal(pci_read16(&functions[0], MSIX + PCI_MSIX_FLAGS), ENTRIES - 1);
}

static void the_page_with_the_table_can_be_kept_back(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(give(&words), 0);
	assert_pages(true, true, false, true);
	assert_int_equal(traps, 2);
	assert_int_equal(assigned.storage.address, (uint64_t)registers + TABLE);
	assert_int_equal(assigned.storage.length, PAGE_SIZE);

	assigned.storage.ops->write(&assigned, 8, 4, 0x41);
	assert_true(last.writes == 1 && last.offset == 8 && last.size == 4 && last.value == 0x41);
	assigned.storage.ops->write(&assigned, ENTRIES * 16 - 8, 8, 1);
	assert_true(last.writes == 2 && last.offset == ENTRIES * 16 - 8 && last.size == 8);
	assert_int_equal(assigned.storage.ops->read(&assigned, 16, 4), 0x5a);

	/* Behind the table it is the device's. */
	assigned.storage.ops->write(&assigned, ENTRIES * 16, 8, 0x1234);
	assert_true(last.writes == 2 && last.reads == 1);
	memcpy(&value, registers + TABLE + ENTRIES * 16, sizeof(value));
	assert_int_equal(value, 0x1234);
	assert_int_equal(assigned.storage.ops->read(&assigned, ENTRIES * 16, 2), 0x1234);
	assert_int_equal(registers[TABLE + 8], 0x11);
}

static void the_words_of_an_ims_are_told_from_what_lies_around(void **state)
{
	uint64_t value = 0;

	(void)state;
	source.leaf = &irq_leaf_ims;
	source.slots = 2;
	assert_int_equal(give(&words), 0);
	assert_pages(true, false, true, true);
	assigned.storage.ops->write(&assigned, 0, 4, 1);
	assert_true(last.writes == 1 && last.offset == PCI_MSIX_ENTRY_LOWER_ADDR);
	assigned.storage.ops->write(&assigned, 64 + 20, 4, 2);
	assert_true(last.writes == 2 && last.offset == 16 + PCI_MSIX_ENTRY_DATA);
	/* Of eight bytes the upper four are the data. */
	assigned.storage.ops->write(&assigned, 16, 8, 0x77777777ULL << 32 | 0x66666666);
	assert_true(last.writes == 3 && last.value == 0x77777777 && last.size == 4);
	memcpy(&value, registers + PAGE_SIZE + 16, 8);
	assert_true(value == 0x1111111166666666);
	assert_true(assigned.storage.ops->read(&assigned, 16, 8) == (0x5aULL << 32 | 0x66666666));
}

static void slots_in_memory_are_not_trapped(void **state)
{
	static uint32_t memory[16];

	(void)state;
	source.leaf = &irq_leaf_ims;
	ims[0].address = &memory[0];
	ims[0].data = &memory[4];
	assert_int_equal(give(&words), -ENXIO);
	assert_int_equal(closed, 1);
	assert_int_equal(traps, 0);
	assert_int_equal(give(NULL), 0);
	assert_pages(true, true, true, true);
}

static void a_page_with_registers_of_others_is_not_given(void **state)
{
	(void)state;
	put_bar(other, 2, (uint64_t)registers + PAGE_SIZE + SMALL, SMALL);
	assert_int_equal(give(NULL), -EADDRINUSE);
	assert_int_equal(closed, 1);
	assert_int_equal(traps, 0);
	assert_pages(false, false, false, false);
	assert_non_null(strstr(shim_printed(), "has registers of another device, too"));
	assert_int_equal(pci_read16(&functions[0], MSIX + PCI_MSIX_FLAGS), ENTRIES - 1);
	put_bar(other, 2, (uint64_t)registers + PAGES * PAGE_SIZE, SMALL);
	assert_int_equal(give(NULL), 0);
}

static void what_cannot_be_assigned_is_left_alone(void **state)
{
	(void)state;
	source.requester.bus_only = true;
	assert_int_equal(give(NULL), -EOPNOTSUPP);
	source.requester.bus_only = false;
	source.requester.id++;
	assert_int_equal(give(NULL), -EOPNOTSUPP);
	source.requester.id--;
	functions[0].config = NULL;
	assert_int_equal(give(NULL), -EOPNOTSUPP);
	functions[0].config = (volatile uint8_t *)fake;
	source.requester.by_name = "a pin";
	assert_int_equal(give(NULL), -ENODEV);
	source.requester.by_name = NULL;
	assert_int_equal(opened, 0);
	open_error = -EBUSY;
	assert_int_equal(give(NULL), -EBUSY);
	assert_int_equal(closed, 0);
	open_error = 0;
	source.leaf = &irq_leaf_msi;
	assert_int_equal(give(NULL), -EOPNOTSUPP);
	assert_int_equal(closed, 1);
	source.leaf = &irq_leaf_msix;
	map_error = -ENOMEM;
	assert_int_equal(give(NULL), -ENOMEM);
	assert_int_equal(closed, 2);
	assert_int_equal(traps, 0);
}

static void the_table_is_put_back(void **state)
{
	uint8_t before[ENTRIES * PCI_MSIX_ENTRY_SIZE];

	(void)state;
	memcpy(before, registers + TABLE, sizeof(before));
	assert_int_equal(give(NULL), 0);
	memset(registers + TABLE, 0xee, sizeof(before));
	pci_write16(&functions[0], PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	assign_end(&assigned);
	assert_memory_equal(registers + TABLE, before, sizeof(before));
	assert_int_equal(pci_read16(&functions[0], PCI_COMMAND), PCI_COMMAND_MEMORY);
	assert_int_equal(closed, 1);
}

/* A longer table takes more; a shorter one takes none. */
static void the_copy_of_the_table_is_kept(void **state)
{
	(void)state;
	no_memory = true;
	assert_int_equal(give(NULL), -ENOMEM);
	assert_int_equal(closed, 1);
	assert_pages(false, false, false, false);
	no_memory = false;
	assert_int_equal(give(NULL), 0);
	assign_end(&assigned);
	no_memory = true;
	assert_int_equal(give(NULL), 0);
	assign_end(&assigned);
	fake_register(fake, MSIX, PCI_CAP_ID_MSIX | (2 * ENTRIES - 1U) << 16, 0xc0000000);
	assert_int_equal(give(NULL), -ENOMEM);
	assert_int_equal(assigned.found_entries, 0);
}

static void the_guest_is_told_where_it_is(void **state)
{
	uint64_t described[2];

	(void)state;
	assert_int_equal(give(NULL), 0);
	functions[0].segment = 7;
	assign_describe(&assigned, described);
	assert_int_equal(assigned_probe(described), 0);
}

#define SET_UP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        SET_UP(all_pages_are_the_guests),
	        SET_UP(the_page_with_the_table_can_be_kept_back),
	        SET_UP(the_words_of_an_ims_are_told_from_what_lies_around),
	        SET_UP(slots_in_memory_are_not_trapped),
	        SET_UP(a_page_with_registers_of_others_is_not_given),
	        SET_UP(what_cannot_be_assigned_is_left_alone),
	        SET_UP(the_table_is_put_back),
	        SET_UP(the_copy_of_the_table_is_kept),
	        SET_UP(the_guest_is_told_where_it_is),
	};

	return cmocka_run_group_tests_name("assign", tests, NULL, NULL);
}
