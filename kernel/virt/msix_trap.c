// SPDX-License-Identifier: MIT
#include "kernel/virt/msix_trap.h"

#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>

#include "kernel/string.h"
#include "kernel/virt/hypercall.h"
#include "kernel/virt/route.h"

#define WORD sizeof(uint32_t)

int msix_trap_init(struct msix_trap *trap, struct backings *backings, struct source *source,
                   uint32_t entries)
{
	if (entries > MSIX_TRAP_ENTRIES_MAX)
		return -EINVAL;
	memset(trap, 0, sizeof(*trap));
	trap->backings = backings;
	trap->source = source;
	trap->entries = entries;
	return 0;
}

static bool is_sound(const struct msix_trap *trap, uint64_t offset, unsigned int size)
{
	return (size == WORD || size == 2 * WORD) && !(offset % size) &&
	       offset < trap->entries * PCI_MSIX_ENTRY_SIZE;
}

static uint32_t read_word(const struct msix_trap_entry *entry, uint64_t word)
{
	switch (word) {
	case PCI_MSIX_ENTRY_LOWER_ADDR:
		return entry->words.address_lo;
	case PCI_MSIX_ENTRY_UPPER_ADDR:
		return entry->words.address_hi;
	case PCI_MSIX_ENTRY_DATA:
		return entry->words.data;
	default:
		return entry->unmasked ? 0 : PCI_MSIX_ENTRY_CTRL_MASKBIT;
	}
}

static uint64_t read_image(void *owner, uint64_t offset, unsigned int size)
{
	const struct msix_trap *trap = owner;
	const struct msix_trap_entry *entry;
	uint64_t word = offset % PCI_MSIX_ENTRY_SIZE;
	uint64_t value;

	if (!is_sound(trap, offset, size))
		return 0;
	entry = &trap->entry[offset / PCI_MSIX_ENTRY_SIZE];
	value = read_word(entry, word);
	if (size > WORD)
		value |= (uint64_t)read_word(entry, word + WORD) << 32;
	return value;
}

static struct message_store *store_of(const struct msix_trap *trap, uint32_t n)
{
	return trap->source->ops->store(trap->source, n);
}

static bool is_told(const struct msix_trap_entry *entry)
{
	return entry->delivers && entry->told.address_lo == entry->words.address_lo &&
	       entry->told.address_hi == entry->words.address_hi &&
	       entry->told.data == entry->words.data;
}

/* The host's error ends here, as the guest has only written to memory. */
static void route(struct msix_trap *trap, uint32_t n)
{
	struct msix_trap_entry *entry = &trap->entry[n];
	uint64_t handle = hypercall_handle(trap->source->requester.id, (uint16_t)n);

	if (is_told(entry))
		return;
	if (backing_route(trap->backings, handle, &entry->words) < 0) {
		__atomic_add_fetch(&trap->silent, 1, __ATOMIC_RELAXED);
		return;
	}
	__atomic_add_fetch(&trap->routed, 1, __ATOMIC_RELAXED);
	entry->told = entry->words;
	entry->delivers = true;
}

static void write_control(struct msix_trap *trap, uint32_t n, uint32_t value)
{
	struct msix_trap_entry *entry = &trap->entry[n];

	entry->unmasked = !(value & PCI_MSIX_ENTRY_CTRL_MASKBIT);
	if (entry->unmasked)
		route(trap, n);
	if (!entry->delivers)
		return;
	if (entry->unmasked)
		store_of(trap, n)->ops->unmask(store_of(trap, n));
	else
		store_of(trap, n)->ops->mask(store_of(trap, n));
}

static void write_word(struct msix_trap *trap, uint32_t n, uint64_t word, uint32_t value)
{
	struct msix_trap_entry *entry = &trap->entry[n];

	switch (word) {
	case PCI_MSIX_ENTRY_LOWER_ADDR:
		entry->words.address_lo = value;
		break;
	case PCI_MSIX_ENTRY_UPPER_ADDR:
		entry->words.address_hi = value;
		break;
	case PCI_MSIX_ENTRY_DATA:
		entry->words.data = value;
		break;
	default:
		write_control(trap, n, value);
		return;
	}
	if (entry->unmasked)
		route(trap, n);
}

static void write_image(void *owner, uint64_t offset, unsigned int size, uint64_t value)
{
	struct msix_trap *trap = owner;
	uint32_t n = (uint32_t)(offset / PCI_MSIX_ENTRY_SIZE);
	uint64_t word = offset % PCI_MSIX_ENTRY_SIZE;

	if (!is_sound(trap, offset, size))
		return;
	write_word(trap, n, word, (uint32_t)value);
	if (size > WORD)
		write_word(trap, n, word + WORD, (uint32_t)(value >> 32));
}

const struct trap_ops msix_trap_ops = {.read = read_image, .write = write_image};
