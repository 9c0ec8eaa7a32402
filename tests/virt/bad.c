// SPDX-License-Identifier: MIT
/*
 * Guests that do what they may not. Each ends with one sentence about what it did, and harms
 * neither the host nor the next guest.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/ports.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/print.h"
#include "tests/glob.h"
#include "tests/virt/run.h"

#define NO_MSR          0x00001234
#define MSR_VM_HSAVE_PA 0xc0010117

/* guest_shared.arguments: a page of the host's that it does not have, one that it may read. */
enum { FOREIGN, READ_ONLY };

static volatile uint64_t *mapped(int argument)
{
	return memory_map_device(guest_shared.arguments[argument], PAGE_SIZE);
}

static void read_foreign(struct guest_shared *shared)
{
	shared->results[0] = *mapped(FOREIGN);
}

static void write_foreign(struct guest_shared *shared)
{
	(void)shared;
	*mapped(FOREIGN) = 1;
}

static void write_read_only(struct guest_shared *shared)
{
	shared->results[0] = *mapped(READ_ONLY);
	*mapped(READ_ONLY) = 1;
}

static void use_foreign_tables(struct guest_shared *shared)
{
	write_cr3(shared->arguments[FOREIGN]);
}

static void read_port(struct guest_shared *shared)
{
	shared->results[0] = io_read8(0x64);
}

static void write_port(struct guest_shared *shared)
{
	(void)shared;
	io_write8(0x80, 1);
}

static void fault_three_times(struct guest_shared *shared)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = {0, 0};

	(void)shared;
	__asm__ volatile("lidt %0; int3" : : "m"(none));
}

static void read_no_msr(struct guest_shared *shared)
{
	shared->results[0] = rdmsr(NO_MSR);
}

static void give_up(struct guest_shared *shared)
{
	(void)shared;
	panic("on purpose");
}

static void send_nmi(struct guest_shared *shared)
{
	(void)shared;
	apic_stop_others();
}

static void be_a_host(struct guest_shared *shared)
{
	__asm__ volatile("vmrun" : : "a"(shared->arguments[FOREIGN]) : "memory");
}

static void load_state(struct guest_shared *shared)
{
	__asm__ volatile("vmload" : : "a"(shared->arguments[FOREIGN]) : "memory");
}

static void save_state(struct guest_shared *shared)
{
	__asm__ volatile("vmsave" : : "a"(shared->arguments[FOREIGN]) : "memory");
}

static void let_interrupts_in(struct guest_shared *shared)
{
	(void)shared;
	__asm__ volatile("stgi" : : : "memory");
}

static void hold_interrupts(struct guest_shared *shared)
{
	(void)shared;
	__asm__ volatile("clgi" : : : "memory");
}

static void start_anew(struct guest_shared *shared)
{
	(void)shared;
	__asm__ volatile("skinit" : : "a"(0) : "memory");
}

static void flush_other(struct guest_shared *shared)
{
	(void)shared;
	__asm__ volatile("invlpga" : : "a"(0), "c"(0) : "memory");
}

/* Where VMRUN would leave the host's state. */
static void move_host_state(struct guest_shared *shared)
{
	wrmsr(MSR_VM_HSAVE_PA, shared->arguments[FOREIGN]);
}

static void hide_interrupts(struct guest_shared *shared)
{
	(void)shared;
	__asm__ volatile("mov %0, %%cr8" : : "r"(15UL) : "memory");
}

static const struct bad {
	const char *label;
	struct guest_task task;
	const char *why; /* a pattern; of guest->why */
} bads[] = {
        {"read", {"read", read_foreign}, "reads from *, which it does not have"},
        {"write", {"write", write_foreign}, "writes to *, which it does not have"},
        {"read-only", {"read-only", write_read_only}, "writes to *, which it does not have"},
        {"tables", {"tables", use_foreign_tables}, "*, which it does not have (its page tables)"},
        {"port-read", {"port-read", read_port}, "reads from port 64"},
        {"port-write", {"port-write", write_port}, "writes to port 80"},
        {"triple-fault", {"triple-fault", fault_three_times}, "had a triple fault*"},
        {"msr", {"msr", read_no_msr}, "panics"},
        {"panic", {"panic", give_up}, "panics"},
        {"nmi", {"nmi", send_nmi}, "sends an interrupt of delivery mode 4*"},
        {"msr-host", {"msr-host", move_host_state}, "panics"},
        {"vmrun", {"vmrun", be_a_host}, "does what it may not (#VMEXIT 80)"},
        {"vmload", {"vmload", load_state}, "does what it may not (#VMEXIT 82)"},
        {"vmsave", {"vmsave", save_state}, "does what it may not (#VMEXIT 83)"},
        {"stgi", {"stgi", let_interrupts_in}, "does what it may not (#VMEXIT 84)"},
        {"clgi", {"clgi", hold_interrupts}, "does what it may not (#VMEXIT 85)"},
        {"skinit", {"skinit", start_anew}, "does what it may not (#VMEXIT 86)"},
        {"invlpga", {"invlpga", flush_other}, "does what it may not (#VMEXIT 7a)"},
        {"cr8", {"cr8", hide_interrupts}, "does what it may not (#VMEXIT 18)"},
};

static unsigned int count(enum test_phase phase)
{
	(void)phase;
	return sizeof(bads) / sizeof(bads[0]);
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s", bads[instance].label);
}

static uint64_t host_page(int which)
{
	static void *pages[2];

	if (!pages[which])
		pages[which] = memory_alloc_pages(1);
	return (uint64_t)pages[which];
}

#define MARK 0x1234567812345678

static void check_pages(struct test_run *run, const struct guest *guest)
{
	for (int i = FOREIGN; i <= READ_ONLY; i++)
		test_check(run, *(volatile uint64_t *)host_page(i) == MARK,
		           "the guest wrote to page %d of the host", i);
	test_check(run,
	           guest->shared->results[0] != MARK ||
	                   bads[run->instance].task.run == write_read_only,
	           "the guest has read the host's memory");
}

static void ends(struct test_run *run)
{
	const struct bad *bad = &bads[run->instance];
	struct guest *guest = virt_load(run, 2);
	int error;

	if (!guest)
		return;
	for (int i = FOREIGN; i <= READ_ONLY; i++) {
		*(volatile uint64_t *)host_page(i) = MARK;
		guest->shared->arguments[i] = host_page(i);
	}
	error = guest_map(guest, host_page(READ_ONLY), PAGE_SIZE, false);
	test_check(run, !error, "no page for the guest: error %d", error);
	if (!virt_start(run, guest, &bad->task))
		return;
	error = guest_wait_quietly(guest);
	test_check(run, error == -EFAULT && guest->why_vcpu == 0, "it ended otherwise: %d, vcpu %u",
	           error, guest->why_vcpu);
	test_check(run, glob_selects(bad->why, guest->why), "it \"%s\", and should have: %s",
	           guest->why, bad->why);
	check_pages(run, guest);
}

TEST(70, virt_bad) = {
        .name = "virt.bad",
        .checks = "a guest reaches nothing that it was not given, and what it did is said",
        .failure = "a guest can harm its host, or a test of guests hangs instead of failing",
        .phase = PHASE_DIRECT,
        .cpus = 3,
        .instances = count,
        .label = label,
        .run = ends,
};
