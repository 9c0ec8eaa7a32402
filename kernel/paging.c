// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>
#include <stdbool.h>

#include "kernel/bits.h"
#include "kernel/cpu/instructions.h"
#include "kernel/image.h"
#include "kernel/lock.h"
#include "kernel/memory.h"
#include "kernel/paging.h"
#include "kernel/panic.h"

/*
 * Intel SDM vol. 3, 4.5.4 "Linear-Address Translation with 4-Level Paging and 5-Level Paging".
 */
#define PTE_P         BIT_ULL(0)
#define PTE_RW        BIT_ULL(1)
#define PTE_PWT       BIT_ULL(3)
#define PTE_PCD       BIT_ULL(4)
#define PTE_PS        BIT_ULL(7)
#define PTE_XD        BIT_ULL(63)
#define PTE_ADDRESS   GENMASK_ULL(51, 12)
#define TABLE_BITS    9
#define LARGE_PAGE    (2ULL << 20)
#define CANONICAL_LOW (1ULL << 47)

#define IA32_EFER 0xc0000080
#define EFER_NXE  BIT_ULL(11)
#define CR0_WP    BIT_ULL(16)
#define CPUID_NX  BIT_ULL(20) /* leaf 80000001h, EDX */

/*
 * Intel SDM vol. 3, 11.12 "Page Attribute Table (PAT)". PA1, which PWT alone selects, is
 * write-through at power-up, and nothing here uses that. Write-combining there holds whatever the
 * MTRRs say of a framebuffer (table 11-7).
 */
#define CPUID_PAT           BIT_ULL(16) /* leaf 1, EDX */
#define IA32_PAT            0x277
#define PAT_PA1             GENMASK_ULL(15, 8)
#define PAT_WRITE_COMBINING 1ULL

#define DEVICE_PAGE (PTE_P | PTE_RW | PTE_PCD | PTE_PWT | PTE_XD)
#define FRAME_PAGE  (PTE_P | PTE_RW | PTE_PWT | PTE_XD)
#define TABLE_PAGE  (PTE_P | PTE_XD)
#define DATA_PAGE   (PTE_P | PTE_RW | PTE_XD)
#define TEXT_PAGE   PTE_P
#define LOW_CODE    (PTE_P | PTE_RW)

static uint64_t *root;
static uint64_t physical_limit;
static struct spinlock lock;

static unsigned int table_index(uint64_t address, int level)
{
	return (address >> (12 + TABLE_BITS * level)) & 511;
}

static uint64_t *table_of(uint64_t entry)
{
	return (uint64_t *)(entry & PTE_ADDRESS);
}

/* The entry for `address` at `level` (0: 4 KiB pages, 1: 2 MiB); makes the tables above it. */
static uint64_t *entry_of(uint64_t address, int level)
{
	uint64_t *table = root;

	for (int l = 3; l > level; l--) {
		uint64_t *entry = &table[table_index(address, l)];

		if (!(*entry & PTE_P)) {
			uint64_t *below = memory_alloc_pages(1);

			if (!below)
				return NULL;
			*entry = (uint64_t)below | PTE_P | PTE_RW;
		} else if (*entry & PTE_PS) {
			return entry;
		}
		table = table_of(*entry);
	}
	return &table[table_index(address, level)];
}

/*
 * Large pages where addresses and length allow it and nothing finer is there already. What is
 * mapped stays as it is.
 */
static int map(uint64_t virtual, uint64_t physical, uint64_t length, uint64_t flags)
{
	while (length) {
		bool large = !((virtual | physical) & (LARGE_PAGE - 1)) && length >= LARGE_PAGE;
		uint64_t *entry = entry_of(virtual, large);
		uint64_t step;

		if (entry && large && (*entry & PTE_P) && !(*entry & PTE_PS)) {
			large = false;
			entry = entry_of(virtual, 0);
		}
		if (!entry)
			return -ENOMEM;
		if (!(*entry & PTE_P))
			*entry = physical | flags | (large ? PTE_PS : 0);
		else if ((*entry ^ flags) & PTE_PCD)
			return -EBUSY; /* memory that is to be registers, or the reverse */
		step = large ? LARGE_PAGE : PAGE_SIZE;
		virtual += step;
		physical += step;
		length -= step < length ? step : length;
	}
	return 0;
}

static bool has_pat(void)
{
	return cpuid(1, 0).edx & CPUID_PAT;
}

void paging_enable_protection(void)
{
	if (has_pat())
		wrmsr(IA32_PAT,
		      (rdmsr(IA32_PAT) & ~PAT_PA1) | field_set(PAT_PA1, PAT_WRITE_COMBINING));
	wrmsr(IA32_EFER, rdmsr(IA32_EFER) | EFER_NXE);
	write_cr0(read_cr0() | CR0_WP);
}

static void map_image(const char *start, const char *end, uint64_t image_physical, uint64_t flags)
{
	uint64_t offset = (uint64_t)(start - _image_start);

	if (map((uint64_t)start, image_physical + offset, (uint64_t)(end - start), flags))
		panic("no memory for page tables");
}

void paging_init(uint64_t image_physical, uint64_t arena_start, uint64_t arena_end)
{
	if (!(cpuid(0x80000001, 0).edx & CPUID_NX))
		panic("this CPU has no execute-disable (NX), or the firmware switched it off: "
		      "switch it on in the firmware's setup");
	physical_limit = BIT_ULL(cpuid(0x80000008, 0).eax & 0xff);

	root = memory_alloc_pages(1);
	map_image(_text_start, _text_end, image_physical, TEXT_PAGE);
	map_image(_rodata_start, _rodata_end, image_physical, TABLE_PAGE);
	map_image(_data_start, _data_end, image_physical, DATA_PAGE);
	if (map(arena_start, arena_start, arena_end - arena_start, DATA_PAGE))
		panic("no memory for page tables");
	paging_enable_protection();
	write_cr3((uint64_t)root);
}

uint64_t paging_root(void)
{
	return (uint64_t)root;
}

void paging_show_low_page(uint64_t physical)
{
	uint64_t *entry = entry_of(physical, 0);

	if (!entry)
		panic("no memory for page tables");
	*entry = physical | LOW_CODE;
	invlpg(physical);
}

void paging_hide_low_page(uint64_t physical)
{
	*entry_of(physical, 0) = 0;
	invlpg(physical);
}

bool memory_addressable(uint64_t physical, uint64_t length)
{
	uint64_t end = physical + length;

	return length && end >= physical && end <= physical_limit && end <= CANONICAL_LOW;
}

static void *map_at_itself(uint64_t physical, uint64_t length, uint64_t flags)
{
	uint64_t first = physical & -PAGE_SIZE;
	uint64_t end = physical + length;
	uint64_t saved;
	int error;

	if (!memory_addressable(physical, length))
		return NULL;
	if (first == 0) /* page 0 stays unmapped, so that a NULL pointer faults */
		return NULL;
	saved = spin_lock_irqsave(&lock);
	error = map(first, first, ((end + PAGE_SIZE - 1) & -PAGE_SIZE) - first, flags);
	spin_unlock_irqrestore(&lock, saved);
	return error ? NULL : (void *)physical;
}

volatile void *memory_map_device(uint64_t physical, uint64_t length)
{
	return map_at_itself(physical, length, DEVICE_PAGE);
}

void *memory_map_framebuffer(uint64_t physical, uint64_t length)
{
	return map_at_itself(physical, length, has_pat() ? FRAME_PAGE : DEVICE_PAGE);
}

const void *memory_map_table(uint64_t physical, uint64_t length)
{
	if (!memory_addressable(physical, length) || !memory_is_described(physical, length))
		return NULL;
	return map_at_itself(physical, length, TABLE_PAGE);
}
