// SPDX-License-Identifier: MIT
// links: kernel/virt/msix_trap.c kernel/virt/route.c kernel/virt/backing.c
// links: tests/host/backing_fixture.c
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/protocols/naive.c kernel/irq/vector.c
// links: kernel/irq/vector_domain.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c tests/host/irq_fixture.c kernel/irq/protocols/masked.c
//
// The image of an MSI-X table that a guest writes: what becomes of its words, and of what the host
// cannot do.
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>

#include "kernel/irq/vector.h"
#include "kernel/virt/hypercall.h"
#include "kernel/virt/msix_trap.h"
#include "kernel/virt/route.h"
#include "tests/host/backing_fixture.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define ENTRIES 6 /* two more than the source has slots */
#define MASK    PCI_MSIX_ENTRY_CTRL_MASKBIT

static struct msix_trap trap;

static uint64_t at(unsigned int n, unsigned int word)
{
	return n * PCI_MSIX_ENTRY_SIZE + word;
}

static void write32(unsigned int n, unsigned int word, uint32_t value)
{
	msix_trap_ops.write(&trap, at(n, word), 4, value);
}

static uint32_t read32(unsigned int n, unsigned int word)
{
	return (uint32_t)msix_trap_ops.read(&trap, at(n, word), 4);
}

/* As a guest's leaf and its protocol do. */
static void write_message(unsigned int n, uint32_t vcpu, uint8_t vector)
{
	struct message message;

	assert_int_equal(message_compatibility(vcpu, vector, &message), 0);
	write32(n, PCI_MSIX_ENTRY_LOWER_ADDR, message.address_lo);
	write32(n, PCI_MSIX_ENTRY_UPPER_ADDR, message.address_hi);
	write32(n, PCI_MSIX_ENTRY_DATA, message.data);
}

static void mask(unsigned int n)
{
	write32(n, PCI_MSIX_ENTRY_VECTOR_CTRL, MASK);
}

static void unmask(unsigned int n)
{
	write32(n, PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
}

static void take(unsigned int n, uint32_t vcpu, uint8_t vector)
{
	write_message(n, vcpu, vector);
	unmask(n);
	assert_posted(n, vcpu, vector);
}

static int begin(void **state)
{
	return guest_begin_trapped(state) ||
	       msix_trap_init(&trap, &guest.backings, &guest.source, ENTRIES);
}

static int end(void **state)
{
	backing_end(&guest.backings);
	return irq_fixture_end(state);
}

static void the_image_reads_as_it_was_written(void **state)
{
	(void)state;
	assert_int_equal(read32(1, PCI_MSIX_ENTRY_VECTOR_CTRL), MASK);
	write32(1, PCI_MSIX_ENTRY_LOWER_ADDR, 0x12345678);
	write32(1, PCI_MSIX_ENTRY_UPPER_ADDR, 0x9abcdef0);
	msix_trap_ops.write(&trap, at(1, PCI_MSIX_ENTRY_DATA), 8, (uint64_t)MASK << 32 | 0xcafe);
	assert_int_equal(msix_trap_ops.read(&trap, at(1, 0), 8), 0x9abcdef012345678);
	assert_int_equal(msix_trap_ops.read(&trap, at(1, 8), 8), (uint64_t)MASK << 32 | 0xcafe);
	assert_int_equal(read32(0, PCI_MSIX_ENTRY_LOWER_ADDR), 0);
	assert_nothing_left(); /* the host has heard of nothing yet */
}

static void what_is_no_such_access_does_nothing(void **state)
{
	static const struct {
		uint64_t offset;
		unsigned int size;
	} accesses[] = {{0, 1},
	                {0, 2},
	                {2, 4},
	                {4, 8},
	                {96, 4},
	                {92, 8},
	                {UINT64_MAX - 3, 4},
	                {UINT64_MAX - 7, 8}};

	(void)state;
	for (unsigned int n = 0; n < 8; n++) {
		msix_trap_ops.write(&trap, accesses[n].offset, accesses[n].size, UINT64_MAX);
		assert_int_equal(msix_trap_ops.read(&trap, accesses[n].offset, accesses[n].size),
		                 0);
	}
	for (unsigned int n = 0; n < ENTRIES; n++)
		assert_int_equal(msix_trap_ops.read(&trap, at(n, 0), 8), 0);
}

static void a_backing_comes_with_the_unmask(void **state)
{
	(void)state;
	write_message(0, 0, 0x41);
	assert_int_equal(irq_count(), 0);
	unmask(0);
	assert_int_equal(irq_count(), 1);
	assert_false(guest.stores[0].masked);
	assert_true(message_is_remappable(&guest.stores[0].words));
	assert_posted(0, 0, 0x41);
	assert_int_equal(trap.routed, 1);
	assert_int_equal(trap.silent, 0);
}

static void a_masked_rewrite_is_a_move(void **state)
{
	(void)state;
	take(0, 0, 0x41);
	mask(0);
	assert_true(guest.stores[0].masked);
	assert_not_posted(0); /* held back */
	write_message(0, 1, 0x52);
	assert_int_equal(trap.routed, 1);
	unmask(0);
	assert_int_equal(trap.routed, 2);
	assert_int_equal(guest.vcpu, 1);
	assert_int_equal(guest.vector, 0x52);
	assert_posted(0, 1, 0x52);
}

static void another_vcpu_alone_is_a_move_too(void **state)
{
	(void)state;
	take(0, 0, 0x41);
	mask(0);
	write_message(0, 1, 0x41);
	unmask(0);
	assert_int_equal(trap.routed, 2);
	assert_posted(0, 1, 0x41);
}

static void a_mask_alone_is_none(void **state)
{
	(void)state;
	take(0, 0, 0x41);
	mask(0);
	unmask(0);
	assert_int_equal(trap.routed, 1);
	assert_int_equal(guest.backings.counts.updates, 1);
	assert_posted(0, 0, 0x41);
}

/* So a torn message is one here, too. */
static void a_word_counts_at_once_where_it_is_not_masked(void **state)
{
	struct message message;

	(void)state;
	take(0, 0, 0x41);
	assert_int_equal(message_compatibility(1, 0x52, &message), 0);
	write32(0, PCI_MSIX_ENTRY_LOWER_ADDR, message.address_lo);
	assert_posted(0, 1, 0x41);
	write32(0, PCI_MSIX_ENTRY_DATA, message.data);
	assert_posted(0, 1, 0x52);
}

static void a_first_target_that_the_host_refuses_is_silence(void **state)
{
	(void)state;
	fake_remapping_errors.alloc = -ENOSPC;
	write_message(0, 0, 0x41);
	unmask(0);
	assert_int_equal(read32(0, PCI_MSIX_ENTRY_VECTOR_CTRL), 0); /* as far as the guest sees */
	assert_not_posted(0);
	assert_int_equal(trap.silent, 1);
	assert_int_equal(irq_count(), 0);
	fake_remapping_errors.alloc = 0;
	assert_not_posted(0); /* nobody tries again by himself */
	unmask(0);
	assert_posted(0, 0, 0x41);
}

static void another_target_that_the_host_refuses_leaves_the_old_one(void **state)
{
	(void)state;
	take(0, 0, 0x41);
	mask(0);
	write_message(0, 1, 0x52);
	inject(VECTOR, IRQ_STEP_SET_AFFINITY, -ENOSPC);
	unmask(0);
	inject_nothing();
	assert_int_equal(trap.silent, 1);
	assert_posted(0, 0, 0x41);
	mask(0);
	unmask(0);
	assert_posted(0, 1, 0x52);
}

/* vCPUs, vectors and formats that the guest cannot have, and entries without a slot. */
static void nonsense_is_silence(void **state)
{
	static const struct message nonsense[] = {
	        {0xfee02000, 0, 0x41},     /* no such vCPU */
	        {0xfee00000, 0, 0x1f},     /* an exception's vector */
	        {0xfee00000, 0x100, 0x41}, /* beyond 8 bits */
	        {0xfee00010, 0, 0},        /* remappable */
	        {0xfee0000c, 0, 0x41},     /* redirected, logical */
	        {0xfee00000, 0, 0x441},    /* an NMI */
	        {0xfee00000, 0, 0xc041},   /* a level */
	        {0x00001000, 0, 0x41},     /* memory */
	        {0xfeeff000, 0, 0x41},     /* all of them */
	};
	const unsigned int count = sizeof(nonsense) / sizeof(nonsense[0]);

	(void)state;
	for (unsigned int n = 0; n < count; n++) {
		mask(0);
		write32(0, PCI_MSIX_ENTRY_LOWER_ADDR, nonsense[n].address_lo);
		write32(0, PCI_MSIX_ENTRY_UPPER_ADDR, nonsense[n].address_hi);
		write32(0, PCI_MSIX_ENTRY_DATA, nonsense[n].data);
		unmask(0);
		assert_int_equal(trap.silent, n + 1);
		assert_not_posted(0);
	}
	write_message(GUEST_SLOTS, 0, 0x41);
	unmask(GUEST_SLOTS);
	assert_int_equal(trap.silent, count + 1);
	assert_int_equal(irq_count(), 0);
}

static int64_t call(uint64_t address, uint64_t data)
{
	return backing_write(&guest.backings, hypercall_handle(GUEST_DEVICE, 2), address, data);
}

static void a_call_in_the_place_of_the_write_is_the_same(void **state)
{
	(void)state;
	assert_in_range(call(0xfee01000, 0x52), 0, UINT16_MAX);
	assert_posted(2, 1, 0x52);
	assert_in_range(call(0xfee00000, 0x41), 0, UINT16_MAX);
	assert_posted(2, 0, 0x41);
	assert_int_equal(call(0xfee01000, 0x100000052), -EINVAL);
	assert_int_equal(call(0x1fee01000, 0x52), -EINVAL);
	assert_posted(2, 0, 0x41);
}

static void a_table_too_long_is_refused(void **state)
{
	(void)state;
	assert_int_equal(
	        msix_trap_init(&trap, &guest.backings, &guest.source, MSIX_TRAP_ENTRIES_MAX + 1),
	        -EINVAL);
}

#define TRAPPED(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TRAPPED(the_image_reads_as_it_was_written),
	        TRAPPED(what_is_no_such_access_does_nothing),
	        TRAPPED(a_backing_comes_with_the_unmask),
	        TRAPPED(a_masked_rewrite_is_a_move),
	        TRAPPED(another_vcpu_alone_is_a_move_too),
	        TRAPPED(a_mask_alone_is_none),
	        TRAPPED(a_word_counts_at_once_where_it_is_not_masked),
	        TRAPPED(a_first_target_that_the_host_refuses_is_silence),
	        TRAPPED(another_target_that_the_host_refuses_leaves_the_old_one),
	        TRAPPED(nonsense_is_silence),
	        TRAPPED(a_call_in_the_place_of_the_write_is_the_same),
	        TRAPPED(a_table_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, irq_fixture_start, NULL);
}
