// SPDX-License-Identifier: MIT
/*
 * A trapped page, with memory of the host's behind it: accesses of every width do what they would
 * do to memory. What is no plain load or store there ends the guest.
 */
#include <asm-generic/errno.h>

#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "kernel/virt/guest/host.h"
#include "kernel/virt/trap.h"
#include "tests/glob.h"
#include "tests/virt/run.h"

#define PAGE 0 /* argument: its address */

static uint8_t behind[PAGE_SIZE]; /* the host's */

static uint64_t read_behind(void *owner, uint64_t offset, unsigned int size)
{
	uint64_t value = UINT64_MAX; /* what is more than `size` bytes is nobody's */

	(void)owner;
	memcpy(&value, behind + offset, size);
	return value;
}

static void write_behind(void *owner, uint64_t offset, unsigned int size, uint64_t value)
{
	(void)owner;
	memcpy(behind + offset, &value, size);
}

static const struct trap_ops ops = {.read = read_behind, .write = write_behind};

/* An address of the host's memory that no guest has. */
static void trap_page(struct guest *guest)
{
	static struct trap trap;
	static void *page;

	if (!page)
		page = memory_alloc_pages(1);
	memset(behind, 0, sizeof(behind));
	trap = (struct trap){.address = (uint64_t)page, .length = PAGE_SIZE, .ops = &ops};
	trap_add(guest, &trap);
	guest->shared->arguments[PAGE] = (uint64_t)page;
}

static volatile uint8_t *the_page(void)
{
	return memory_map_device(guest_shared.arguments[PAGE], PAGE_SIZE);
}

/* Each byte of the value and of its place makes a difference. */
static uint64_t value_at(unsigned int offset)
{
	return 0x8192a3b4c5d6e7f0 + offset * 0x0101010101010101;
}

static void touch_each_width(volatile uint8_t *at, unsigned int n)
{
	uint64_t value = value_at(n);

	mmio_write64(at, value);
	guest_check(mmio_read64(at) == value, "64 bits at %u: %lx", n, mmio_read64(at));
	guest_check(mmio_read32(at + 4) == value >> 32, "32 bits at %u", n + 4);
	guest_check(mmio_read16(at + 2) == (uint16_t)(value >> 16), "16 bits at %u", n + 2);
	guest_check(mmio_read8(at + 7) == value >> 56, "8 bits at %u", n + 7);
	mmio_write8(at + 1, 0x11);
	mmio_write16(at + 2, 0x2222);
	mmio_write32(at + 4, 0x44444444);
	guest_check(mmio_read64(at) == ((value & 0xff) | 0x4444444422221100),
	            "after writes at %u: %lx", n, mmio_read64(at));
}

/* What the compiler makes of its own loads and stores: sign and zero extended, constants, AH. */
static void touch_otherwise(volatile uint8_t *page)
{
	uint64_t a = UINT64_MAX, b = UINT64_MAX;

	*(volatile uint64_t *)page = 0xfedcba9876543210;
	__asm__ volatile("movzwl %1, %k0" : "+r"(a) : "m"(*(volatile uint16_t *)page));
	guest_check(a == 0x3210, "MOVZX: %lx", a);
	/* With a REX prefix there is no AH: RDI needs none. */
	__asm__ volatile("movb 3(%1), %%ah; movb 3(%1), %%al" : "+a"(b) : "D"(page) : "memory");
	guest_check(b == 0xffffffffffff7676, "AH and AL: %lx", b);
	__asm__ volatile("movb %%ah, (%1)" : : "a"(0x5500UL), "D"(page) : "memory");
	__asm__ volatile("movq $-2, %0" : "=m"(*(volatile uint64_t *)(page + 8)));
	guest_check(page[0] == 0x55, "a store of AH: %x", page[0]);
	guest_check(*(volatile uint64_t *)(page + 8) == -2ULL, "a store of a constant");
}

static void touch(struct guest_shared *shared)
{
	volatile uint8_t *page = the_page();

	(void)shared;
	for (unsigned int n = 0; n < PAGE_SIZE; n += 8 * 31)
		touch_each_width(page + n, n);
	touch_each_width(page + PAGE_SIZE - 8, PAGE_SIZE - 8);
	touch_otherwise(page);
}

static void trapped(struct test_run *run)
{
	static const struct guest_task task = {"touch", touch};
	struct guest *guest = virt_load(run, 1);
	uint64_t last;

	if (!guest)
		return;
	trap_page(guest);
	virt_run(run, guest, &task);
	memcpy(&last, behind + PAGE_SIZE - 8, sizeof(last));
	test_check(run, last == ((value_at(PAGE_SIZE - 8) & 0xff) | 0x4444444422221100),
	           "the host has %lx at the end of the page", last);
}

static void load_across(struct guest_shared *shared)
{
	shared->results[0] = mmio_read32(the_page() + PAGE_SIZE - 2);
}

static void load_unaligned(struct guest_shared *shared)
{
	shared->results[0] = mmio_read32(the_page() + 2);
}

static void copy_string(struct guest_shared *shared)
{
	volatile uint8_t *to = the_page();
	const uint64_t *from = shared->results;
	uint64_t count = 4;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

static void add_locked(struct guest_shared *shared)
{
	(void)shared;
	__asm__ volatile("lock addl $1, %0" : "+m"(*(volatile uint32_t *)the_page()));
}

static const struct bad_access {
	const char *label;
	struct guest_task task;
	const char *why; /* a pattern; of guest->why */
} bad_accesses[] = {
        {"across", {"across", load_across}, "reads from *, which it does not have"},
        {"unaligned", {"unaligned", load_unaligned}, "reads from *, which it does not have"},
        {"string", {"string", copy_string}, "writes to *, which it does not have"},
        {"locked", {"locked", add_locked}, "* *, which it does not have"},
};

static unsigned int count(enum test_phase phase)
{
	(void)phase;
	return sizeof(bad_accesses) / sizeof(bad_accesses[0]);
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s", bad_accesses[instance].label);
}

static void trapped_bad(struct test_run *run)
{
	static const uint8_t nothing[PAGE_SIZE];
	const struct bad_access *bad = &bad_accesses[run->instance];
	struct guest *guest = virt_load(run, 1);
	int error;

	if (!guest)
		return;
	trap_page(guest);
	if (!virt_start(run, guest, &bad->task))
		return;
	error = guest_wait_quietly(guest);
	test_check(run, error == -EFAULT, "it ended otherwise: error %d", error);
	test_check(run, glob_selects(bad->why, guest->why), "it \"%s\", and should have: %s",
	           guest->why, bad->why);
	test_check(run, !memcmp(behind, nothing, sizeof(behind)), "it has changed the page");
}

TEST(70, virt_trapped) = {
        .name = "virt.trapped",
        .checks = "loads and stores of a guest to a trapped page do what they do to memory, of "
                  "each width (Intel SDM vol. 2, MOV and MOVZX)",
        .failure = "what a guest's driver does to trapped registers does something else",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .run = trapped,
};

TEST(70, virt_trapped_bad) = {
        .name = "virt.trapped-bad",
        .checks = "an access to a trapped page that is not emulated ends the guest and changes "
                  "nothing",
        .failure = "a guest can make its host do what no instruction of its own says",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .instances = count,
        .label = label,
        .run = trapped_bad,
};
