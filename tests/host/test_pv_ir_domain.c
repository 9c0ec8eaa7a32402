// SPDX-License-Identifier: MIT
// links: kernel/virt/guest/pv_ir_domain.c kernel/irq/source.c
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/hotplug.c
// links: kernel/irq/irq.c kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c
// links: kernel/irq/message.c kernel/irq/protocol.c kernel/irq/protocols/naive.c
// links: kernel/irq/vector.c kernel/irq/vector_domain.c tests/host/fake_machine.c
// links: tests/host/fake_remapping.c tests/host/fake_store.c tests/host/irq_fixture.c
//
// The guest's remapping layer against a host that is a function: what it is told and when, and what
// becomes of the irq when it says no.
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/irq/dispatch.h"
#include "kernel/irq/hotplug.h"
#include "kernel/irq/source.h"
#include "kernel/irq/vector.h"
#include "kernel/virt/guest/pv_ir_domain.h"
#include "kernel/virt/guest/vmmcall.h"
#include "kernel/virt/hypercall.h"
#include "tests/host/fake_machine.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define DEVICE   0x00fa /* requester id */
#define SLOTS    3
#define SLOT     2 /* fixture.store's; the others have none */
#define ENTRY    0xfedc
#define ANY      -EIO
#define NONE     HYPERCALL_VECTOR_NONE
#define RESERVED HYPERCALL_VECTOR_RESERVED

/* A host that remembers what it has been told of the one handle. */
static struct {
	unsigned int calls;
	uint64_t vector, vcpu; /* in force; NONE: it has nothing */
	int64_t error;         /* what it answers, and does nothing; 0: it does it */
	uint64_t error_for;    /* only for this vector; 0: for any */
} host;

int64_t fake_vmmcall(enum hypercall_number number, uint64_t handle, uint64_t vector, uint64_t vcpu)
{
	host.calls++;
	assert_int_equal(number, HYPERCALL_IRTE_UPDATE);
	assert_int_equal(handle, (uint64_t)DEVICE << 16 | SLOT);
	if (vector == NONE)
		assert_int_not_equal(host.vector, NONE);
	else if (host.error && (!host.error_for || host.error_for == vector))
		return host.error;
	host.vector = vector;
	host.vcpu = vcpu;
	return vector == NONE ? 0 : ENTRY;
}

static struct message_store *store_of(struct source *source, unsigned int slot)
{
	(void)source;
	return slot == SLOT ? &fixture.store.store : NULL;
}

static int begin(void **state)
{
	static const struct source_ops ops = {.store = store_of};
	static struct source source = {
	        .name = "assigned", .requester.id = DEVICE, .slots = SLOTS, .ops = &ops};
	int error = irq_fixture_begin(state);

	memset(&host, 0, sizeof(host));
	fake_store_init(&fixture.store, true);
	if (!source_get(0))
		error |= source_register(&source);
	return error | irq_set_remapping_domain(&pv_ir_domain);
}

/* What the guest gave back the host has got back. */
static int end(void **state)
{
	assert_int_equal(host.vector, NONE);
	return irq_fixture_end(state);
}

static struct irq_request request_of(const struct irq_leaf *leaf)
{
	return (struct irq_request){
	        .leaf = leaf, .store = &fixture.store.store, .requester.id = DEVICE};
}

static int allocate(const struct irq_leaf *leaf)
{
	const struct irq_request request = request_of(leaf);

	return irq_alloc(&request, &fixture.irq);
}

static void take(const struct irq_leaf *leaf, uint32_t cpu)
{
	assert_int_equal(allocate(leaf), 0);
	assert_int_equal(request_irq(fixture.irq, cpu), 0);
}

static void assert_host_delivers_to(uint32_t cpu)
{
	const struct irq_target *target = &fixture.irq->target;
	unsigned int before = fixture.arrivals;

	assert_int_equal(target->cpu, cpu);
	assert_int_equal(host.vector, target->vector);
	assert_int_equal(host.vcpu, FAKE_APIC_ID(cpu));
	fake_machine_interrupt((uint32_t)host.vcpu, (uint8_t)host.vector);
	assert_int_equal(fixture.arrivals, before + 1);
}

static void each_context_is_one_call(void **state)
{
	(void)state;
	assert_int_equal(allocate(&irq_leaf_ims), 0);
	assert_int_equal(fixture.irq->levels, 3);
	assert_ptr_equal(fixture.irq->chain[1].domain, &pv_ir_domain);
	assert_int_equal(host.calls, 1);
	assert_int_equal(host.vector, RESERVED);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_int_equal(host.calls, 2);
	assert_host_delivers_to(1);
	assert_int_equal(irq_set_affinity(fixture.irq, 3), 0);
	assert_int_equal(host.calls, 3);
	assert_host_delivers_to(3);
	assert_int_equal(irq_release(fixture.irq), 0);
	assert_int_equal(host.calls, 4);
	assert_int_equal(host.vector, RESERVED);
	irq_free(fixture.irq);
	assert_int_equal(host.calls, 5);
}

static void a_leaf_without_reservation_asks_for_a_vector_at_once(void **state)
{
	struct irq_request request = request_of(&irq_leaf_msix);

	(void)state;
	request.without_reservation = true;
	assert_int_equal(irq_alloc(&request, &fixture.irq), 0);
	assert_int_equal(host.vector, fixture.irq->target.vector);
	assert_true(host.vector >= HYPERCALL_VECTOR_FIRST);
	irq_free(fixture.irq);
}

static void the_message_is_written_once(void **state)
{
	const struct message expected = message_remappable(ENTRY);
	unsigned int calls;

	(void)state;
	take(&irq_leaf_msix, 0);
	assert_memory_equal(&fixture.store.words, &expected, sizeof(expected));
	fake_store_forget(&fixture.store);
	calls = host.calls;
	for (uint32_t n = 1; n <= 100; n++) {
		assert_int_equal(irq_set_affinity(fixture.irq, n % FAKE_CPUS), 0);
		assert_int_equal(host.calls, calls + n);
		assert_host_delivers_to(n % FAKE_CPUS);
	}
	assert_int_equal(fixture.store.count, 0);
	fixture.store.store.ops->mask(&fixture.store.store);
	fixture.store.store.ops->unmask(&fixture.store.store);
	assert_int_equal(host.calls, calls + 100);
	give_irq_back();
}

static void ims_is_had_only_with_this_layer(void **state)
{
	(void)state;
	assert_int_equal(irq_set_remapping_domain(NULL), 0);
	assert_int_equal(allocate(&irq_leaf_ims), -ENODEV);
	assert_int_equal(host.calls, 0);
	assert_int_equal(irq_set_remapping_domain(&pv_ir_domain), 0);
	take(&irq_leaf_ims, 1);
	give_irq_back();
}

static void an_allocation_that_the_host_refuses_leaves_nothing(void **state)
{
	static const int errors[] = {-ENOSPC, -ENODEV, -ENOSYS, -EINVAL};

	(void)state;
	for (unsigned int n = 0; n < 4; n++) {
		host.error = errors[n];
		assert_int_equal(allocate(&irq_leaf_msix), errors[n]);
		assert_int_equal(host.vector, NONE);
		assert_nothing_left();
		assert_int_equal(fixture.store.words.address_lo, 0);
	}
}

/* What the host has given for it goes back. */
static void an_allocation_that_the_leaf_refuses_goes_back_to_the_host(void **state)
{
	(void)state;
	inject(LEAF, IRQ_STEP_ACTIVATE, ANY);
	assert_int_equal(allocate(&irq_leaf_msix), ANY);
	assert_int_equal(host.calls, 2);
	assert_int_equal(host.vector, NONE);
	inject(LEAF, IRQ_STEP_ALLOC, ANY);
	assert_int_equal(allocate(&irq_leaf_msix), ANY);
	assert_int_equal(host.calls, 2);
	inject_nothing();
}

static void a_request_that_the_host_refuses_fails(void **state)
{
	(void)state;
	assert_int_equal(allocate(&irq_leaf_msix), 0);
	host.error = -ENOSPC;
	assert_int_equal(request_irq(fixture.irq, 1), -ENOSPC);
	assert_int_equal(host.vector, RESERVED);
	assert_int_equal(vectors_in_use(), 0);
	assert_int_equal(vectors_reserved(), 1);
	assert_true(fixture.store.masked);
	host.error = 0;
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_host_delivers_to(1);
	give_irq_back();
}

static void a_move_that_the_host_refuses_leaves_the_old_target(void **state)
{
	(void)state;
	take(&irq_leaf_msix, 1);
	host.error = -ENOSPC;
	assert_int_equal(irq_set_affinity(fixture.irq, 2), -ENOSPC);
	assert_host_delivers_to(1);
	host.error = 0;
	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
	assert_host_delivers_to(2);
	give_irq_back();
}

/* The irq keeps its vector, as with hardware that does not let go; and is freed all the same. */
static void a_release_that_the_host_refuses_fails(void **state)
{
	(void)state;
	take(&irq_leaf_msix, 1);
	host.error = -ETIMEDOUT;
	host.error_for = RESERVED;
	assert_int_equal(irq_release(fixture.irq), -ETIMEDOUT);
	assert_int_equal(vectors_in_use(), 1);
	irq_free(fixture.irq);
}

static void a_block_is_refused(void **state)
{
	struct message_store *stores[2] = {&fixture.store.store, &fixture.store.store};
	const struct irq_request request = request_of(&irq_leaf_msi);
	struct irq *irqs[2];

	(void)state;
	assert_int_equal(irq_alloc_block(&request, stores, 2, irqs), -EOPNOTSUPP);
	assert_int_equal(host.calls, 0);
}

static void a_store_that_no_source_has_is_refused(void **state)
{
	struct irq_request request = request_of(&irq_leaf_msix);
	struct fake_store other;

	(void)state;
	fake_store_init(&other, true);
	request.store = &other.store;
	assert_int_equal(irq_alloc(&request, &fixture.irq), -ENODEV);
	request.store = &fixture.store.store;
	request.requester.id++;
	assert_int_equal(irq_alloc(&request, &fixture.irq), -ENODEV);
	assert_int_equal(host.calls, 0);
}

/* A vCPU leaves: its irqs move by one call each, and where the host says no it stays. */
static void a_vcpu_leaves_over_the_same_call(void **state)
{
	unsigned int calls;

	(void)state;
	take(&irq_leaf_msix, 2);
	host.error = -ENOSPC;
	assert_int_equal(cpu_unplug(2), -ENOSPC);
	assert_host_delivers_to(2);
	host.error = 0;
	calls = host.calls;
	assert_int_equal(cpu_unplug(2), 0);
	assert_int_equal(host.calls, calls + 1);
	assert_host_delivers_to(fixture.irq->target.cpu);
	assert_int_equal(cpu_return(2), 0);
	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
	assert_host_delivers_to(2);
	give_irq_back();
}

static void the_layer_describes_itself(void **state)
{
	struct irq_layer *layer;
	char text[64];

	(void)state;
	take(&irq_leaf_msix, 1);
	layer = &fixture.irq->chain[1];
	layer->domain->describe(fixture.irq, layer, text, sizeof(text));
	assert_string_equal(text, "slot 2 of assigned: entry 65244 of the host");
	give_irq_back();
}

#define PV(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        PV(each_context_is_one_call),
	        PV(a_leaf_without_reservation_asks_for_a_vector_at_once),
	        PV(the_message_is_written_once),
	        PV(ims_is_had_only_with_this_layer),
	        PV(an_allocation_that_the_host_refuses_leaves_nothing),
	        PV(an_allocation_that_the_leaf_refuses_goes_back_to_the_host),
	        PV(a_request_that_the_host_refuses_fails),
	        PV(a_move_that_the_host_refuses_leaves_the_old_target),
	        PV(a_release_that_the_host_refuses_fails),
	        PV(a_block_is_refused),
	        PV(a_store_that_no_source_has_is_refused),
	        PV(a_vcpu_leaves_over_the_same_call),
	        PV(the_layer_describes_itself),
	};

	return cmocka_run_group_tests(tests, irq_fixture_start, NULL);
}
