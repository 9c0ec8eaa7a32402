// SPDX-License-Identifier: MIT
#include "drivers/pci/assign.h"

#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/stores.h"
#include "kernel/bits.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/string.h"

#define WORD        sizeof(uint32_t)
#define ENTRY_WORDS 4
#define PAGE_OF(a)  ((a) & -PAGE_SIZE)
#define NOT_A_WORD  UINT64_MAX

/* assign_describe()'s second word. */
#define DESCRIBE_SEGMENT GENMASK_ULL(31, 16)
#define DESCRIBE_BUS     GENMASK_ULL(15, 8)
#define DESCRIBE_DEVFN   GENMASK_ULL(7, 0)

static uint64_t address_of(const volatile void *pointer)
{
	return (uint64_t)(uintptr_t)pointer; /* registers are mapped at their physical address */
}

/* Where an access falls in an MSI-X table, or in one that its IMS would fill; or NOT_A_WORD. */
static uint64_t place_of(const struct assigned *assigned, uint64_t address)
{
	const struct source *source = assigned->source;

	if (assigned->table) {
		uint64_t offset = address - address_of(assigned->table);

		return offset < assigned->entries * PCI_MSIX_ENTRY_SIZE ? offset : NOT_A_WORD;
	}
	for (unsigned int n = 0; n < source->slots; n++) {
		const struct ims_store *ims =
		        (struct ims_store *)source->ops->store(assigned->source, n);
		uint64_t entry = n * PCI_MSIX_ENTRY_SIZE;

		if (address - address_of(ims->address) < WORD)
			return entry + PCI_MSIX_ENTRY_LOWER_ADDR + address % WORD;
		if (address - address_of(ims->data) < WORD)
			return entry + PCI_MSIX_ENTRY_DATA + address % WORD;
	}
	return NOT_A_WORD;
}

static uint64_t device_read(uint64_t address, unsigned int size)
{
	const volatile void *at = (const volatile void *)address;

	switch (size) {
	case 1:
		return mmio_read8(at);
	case 2:
		return mmio_read16(at);
	case 4:
		return mmio_read32(at);
	default:
		return mmio_read64(at);
	}
}

static void device_write(uint64_t address, unsigned int size, uint64_t value)
{
	volatile void *at = (volatile void *)address;

	switch (size) {
	case 1:
		mmio_write8(at, (uint8_t)value);
		break;
	case 2:
		mmio_write16(at, (uint16_t)value);
		break;
	case 4:
		mmio_write32(at, (uint32_t)value);
		break;
	default:
		mmio_write64(at, value);
	}
}

/* Eight bytes of which only four may be a message word are two accesses. */
static bool is_split(const struct assigned *assigned, unsigned int size)
{
	return size > WORD && !assigned->table;
}

static uint64_t storage_read(void *owner, uint64_t offset, unsigned int size)
{
	const struct assigned *assigned = owner;
	uint64_t address = assigned->storage.address + offset;
	uint64_t place = place_of(assigned, address);

	if (is_split(assigned, size))
		return storage_read(owner, offset, WORD) | storage_read(owner, offset + WORD, WORD)
		                                                   << 32;
	return place == NOT_A_WORD ? device_read(address, size)
	                           : assigned->words->read(assigned->owner, place, size);
}

static void storage_write(void *owner, uint64_t offset, unsigned int size, uint64_t value)
{
	const struct assigned *assigned = owner;
	uint64_t address = assigned->storage.address + offset;
	uint64_t place = place_of(assigned, address);

	if (is_split(assigned, size)) {
		storage_write(owner, offset, WORD, (uint32_t)value);
		storage_write(owner, offset + WORD, WORD, value >> 32);
	} else if (place == NOT_A_WORD) {
		device_write(address, size, value);
	} else {
		assigned->words->write(assigned->owner, place, size, value);
	}
}

static const struct trap_ops storage_ops = {.read = storage_read, .write = storage_write};

/* Whether a BAR of another function begins in the same page: then the guest would have both. */
static bool is_shared(const struct assigned *assigned, uint64_t page)
{
	const struct pci_function *other;
	struct pci_bar bar;

	for (unsigned int n = 0; (other = pci_function_get(n)); n++)
		for (unsigned int i = 0; other != assigned->function && i < ASSIGN_BARS; i++)
			if (pci_read_bar(other, i, &bar) && bar.address &&
			    PAGE_OF(bar.address) == page)
				return true;
	return false;
}

static int give_pages(struct assigned *assigned, uint64_t start, uint64_t end)
{
	const struct trap *storage = &assigned->storage;
	char location[16];

	for (uint64_t page = PAGE_OF(start); page < end; page += PAGE_SIZE) {
		int error = 0;

		if (is_shared(assigned, page)) {
			pci_location(assigned->function, location);
			print("# virt: %s cannot be assigned: the page at %lx has registers of "
			      "another device, too\n",
			      location, page);
			return -EADDRINUSE;
		}
		if (page - storage->address >= storage->length)
			error = guest_map(assigned->guest, page, PAGE_SIZE, true);
		if (error)
			return error;
	}
	return 0;
}

static uint64_t bar_size(const struct assigned *assigned, unsigned int n, bool wide)
{
	uint64_t high = wide ? (uint64_t)assigned->bar_bits[n + 1] << 32 : ~0ULL << 32;

	return -(high | assigned->bar_bits[n]);
}

/* Also such pages as the guest has not been given. */
static void take_bars(const struct assigned *assigned)
{
	for (unsigned int n = 0; n < ASSIGN_BARS; n++) {
		struct pci_bar bar;

		if (!assigned->bar_bits[n] || !pci_read_bar(assigned->function, n, &bar))
			continue;
		guest_unmap(assigned->guest, PAGE_OF(bar.address), bar_size(assigned, n, bar.wide));
		n += bar.wide;
	}
}

static int give_bars(struct assigned *assigned)
{
	int error = 0;

	for (unsigned int n = 0; n < ASSIGN_BARS && !error; n++) {
		struct pci_bar bar;

		if (!assigned->bar_bits[n] || !pci_read_bar(assigned->function, n, &bar))
			continue;
		error = give_pages(assigned, bar.address,
		                   bar.address + bar_size(assigned, n, bar.wide));
		n += bar.wide;
	}
	if (error)
		take_bars(assigned);
	return error;
}

/* The pages with the message words, and what answers for them. */
static int trap_storage(struct assigned *assigned)
{
	struct source *source = assigned->source;
	uint64_t first = UINT64_MAX, last = 0;

	for (unsigned int n = 0; !assigned->table && n < source->slots; n++) {
		const struct ims_store *ims = (struct ims_store *)source->ops->store(source, n);
		uint64_t a = address_of(ims->address), d = address_of(ims->data);

		first = a < first ? a : first;
		first = d < first ? d : first;
		last = a > last ? a : last;
		last = d > last ? d : last;
	}
	if (assigned->table) {
		first = address_of(assigned->table);
		last = first + assigned->entries * PCI_MSIX_ENTRY_SIZE - 1;
	}
	assigned->storage = (struct trap){.address = PAGE_OF(first),
	                                  .length = PAGE_OF(last) + PAGE_SIZE - PAGE_OF(first),
	                                  .ops = &storage_ops,
	                                  .owner = assigned};
	return memory_is_ram(assigned->storage.address, assigned->storage.length) ? -ENXIO : 0;
}

/* 0 or -ENOMEM. */
static int make_room(struct assigned *assigned)
{
	if (assigned->entries <= assigned->found_entries)
		return 0;
	assigned->found = memory_alloc(assigned->entries * PCI_MSIX_ENTRY_SIZE, WORD);
	assigned->found_entries = assigned->found ? assigned->entries : 0;
	return assigned->found ? 0 : -ENOMEM;
}

static int find_table(struct assigned *assigned)
{
	if (assigned->source->leaf != &irq_leaf_msix)
		return assigned->source->leaf == &irq_leaf_ims ? 0 : -EOPNOTSUPP;
	assigned->entries = (unsigned int)msix_size(assigned->function);
	assigned->table = (volatile uint32_t *)((struct msix_store *)assigned->source->ops->store(
	                                                assigned->source, 0))
	                          ->entry;
	return make_room(assigned);
}

/* What the guest finds: no bus mastering, MSI-X off; and what the host will want back. */
static void set_aside(struct assigned *assigned)
{
	const struct pci_function *function = assigned->function;

	assigned->command = 0;
	pci_write16(function, PCI_COMMAND,
	            (pci_read16(function, PCI_COMMAND) & ~PCI_COMMAND_MASTER) |
	                    PCI_COMMAND_INTX_DISABLE);
	if (!assigned->table)
		return;
	for (unsigned int n = 0; n < assigned->entries * ENTRY_WORDS; n++)
		assigned->found[n] = mmio_read32(&assigned->table[n]);
	msix_disable(function);
}

/*
 * For the driver's close(), which sees to all else. Masked first: no entry is ever live with half
 * of its words.
 */
static void put_back(struct assigned *assigned)
{
	const struct pci_function *function = assigned->function;

	pci_write16(function, PCI_COMMAND, pci_read16(function, PCI_COMMAND) & ~PCI_COMMAND_MASTER);
	if (!assigned->table)
		return;
	for (unsigned int n = 0; n < assigned->entries; n++)
		mmio_write32(&assigned->table[n * ENTRY_WORDS + 3], PCI_MSIX_ENTRY_CTRL_MASKBIT);
	for (unsigned int n = 0; n < assigned->entries * ENTRY_WORDS; n++)
		mmio_write32(&assigned->table[n], assigned->found[n]);
}

static int give(struct assigned *assigned)
{
	int error = find_table(assigned);

	if (error)
		return error;
	assign_config_init(assigned);
	if (assigned->words)
		error = trap_storage(assigned);
	if (error)
		return error;
	set_aside(assigned);
	error = give_bars(assigned);
	if (error)
		return error;
	trap_add(assigned->guest, &assigned->config);
	if (assigned->storage.length)
		trap_add(assigned->guest, &assigned->storage);
	return 0;
}

int assign(struct assigned *assigned, struct guest *guest, struct source *source,
           const struct trap_ops *words, void *owner)
{
	const struct pci_function *function = pci_function_of(&source->requester);
	int error;

	if (!function)
		return -ENODEV;
	if (!function->config || source->requester.bus_only ||
	    source->requester.id != (uint16_t)(function->bus << 8 | function->devfn))
		return -EOPNOTSUPP;
	*assigned = (struct assigned){.source = source,
	                              .guest = guest,
	                              .function = function,
	                              .words = words,
	                              .owner = owner,
	                              .found = assigned->found,
	                              .found_entries = assigned->found_entries};
	error = source_open(source);
	if (error)
		return error;
	error = give(assigned);
	if (error)
		source->ops->close(source);
	return error;
}

void assign_end(struct assigned *assigned)
{
	put_back(assigned);
	assigned->source->ops->close(assigned->source);
}

void assign_describe(const struct assigned *assigned, uint64_t words[2])
{
	const struct pci_function *function = assigned->function;

	words[0] = assigned->config.address;
	words[1] = field_set(DESCRIBE_SEGMENT, function->segment) |
	           field_set(DESCRIBE_BUS, function->bus) |
	           field_set(DESCRIBE_DEVFN, function->devfn);
}

int assigned_probe(const uint64_t words[2])
{
	volatile void *config = memory_map_device(words[0], PAGE_SIZE);
	int error = -ENOMEM;

	if (config)
		error = pci_adopt((uint16_t)field_get(DESCRIBE_SEGMENT, words[1]),
		                  (uint8_t)field_get(DESCRIBE_BUS, words[1]),
		                  (uint8_t)field_get(DESCRIBE_DEVFN, words[1]), config);
	if (!error)
		pci_probe_drivers();
	return error;
}
