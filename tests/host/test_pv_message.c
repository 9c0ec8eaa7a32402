// SPDX-License-Identifier: MIT
// links: kernel/virt/guest/pv_message.c
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/protocols/naive.c kernel/irq/protocols/masked.c
// links: kernel/irq/vector.c kernel/irq/vector_domain.c tests/host/fake_machine.c
// links: tests/host/fake_remapping.c tests/host/fake_store.c tests/host/irq_fixture.c
//
// A call in the place of the message write: when it comes, and that nobody learns of its error.
#include <asm-generic/errno.h>
#include <string.h>

#include "kernel/irq/dispatch.h"
#include "kernel/irq/protocol.h"
#include "kernel/virt/guest/pv_message.h"
#include "kernel/virt/guest/vmmcall.h"
#include "tests/host/fake_machine.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define DEVICE 0x0018
#define SLOTS  2
#define SLOT   1
#define ENTRY  77

static struct {
	unsigned int calls;
	struct message message; /* that it was told last */
	int64_t error;
} host;

static struct pv_message wrapper;

int64_t fake_vmmcall(enum hypercall_number number, uint64_t handle, uint64_t address, uint64_t data)
{
	assert_int_equal(number, HYPERCALL_MESSAGE_WRITE);
	assert_int_equal(handle, hypercall_handle(DEVICE, SLOT));
	host.calls++;
	if (host.error)
		return host.error;
	host.message =
	        (struct message){(uint32_t)address, (uint32_t)(address >> 32), (uint32_t)data};
	return ENTRY;
}

static int open_device(struct source *source)
{
	(void)source;
	return 0;
}

static struct message_store *store_of(struct source *source, unsigned int slot)
{
	static struct fake_store other;

	(void)source;
	if (!other.store.ops)
		fake_store_init(&other, true);
	return slot == SLOT ? &fixture.store.store : &other.store;
}

/* The device sends, and the host delivers where it was told. */
static int fire(struct source *source, unsigned int slot)
{
	(void)source;
	assert_int_equal(slot, SLOT);
	if (fixture.store.masked)
		fixture.store.pending = true;
	else
		fake_machine_interrupt(message_destination(&host.message),
		                       message_vector(&host.message));
	return 0;
}

static int begin(void **state)
{
	static const struct source_ops ops = {.open = open_device, .store = store_of, .fire = fire};
	static struct source source = {.name = "assigned",
	                               .leaf = &irq_leaf_msix,
	                               .requester.id = DEVICE,
	                               .slots = SLOTS,
	                               .ops = &ops};
	int error = irq_fixture_begin(state);

	memset(&host, 0, sizeof(host));
	fake_store_init(&fixture.store, true);
	error |= pv_message_wrap(&wrapper, &source);
	return error | wrapper.source.ops->open(&wrapper.source);
}

static int allocate(void)
{
	struct source *source = &wrapper.source;
	const struct irq_request request = {
	        .leaf = source->leaf,
	        .store = source->ops->store(source, SLOT),
	        .requester = source->requester,
	        .protocol = protocol_find("masked"),
	};

	return irq_alloc(&request, &fixture.irq);
}

static void assert_arrives_on(uint32_t cpu)
{
	unsigned int before = fixture.arrivals;

	assert_int_equal(wrapper.source.ops->fire(&wrapper.source, SLOT), 0);
	assert_int_equal(fixture.arrivals, before + 1);
	assert_int_equal(fixture.last.cpu, cpu);
}

static void a_move_is_one_call(void **state)
{
	const struct message expected = message_remappable(ENTRY);

	(void)state;
	assert_int_equal(allocate(), 0);
	assert_int_equal(host.calls, 1);
	assert_int_equal(message_vector(&host.message), VECTOR_SHUTDOWN);
	assert_memory_equal(&fixture.store.words, &expected, sizeof(expected));
	assert_true(fixture.store.masked);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_int_equal(host.calls, 2);
	assert_arrives_on(1);
	for (uint32_t n = 1; n <= 20; n++) {
		assert_int_equal(irq_set_affinity(fixture.irq, n % 2 ? 2 : 1), 0);
		assert_int_equal(host.calls, 2 + n);
		assert_arrives_on(n % 2 ? 2 : 1);
	}
	assert_memory_equal(&fixture.store.words, &expected, sizeof(expected));
	assert_int_equal(wrapper.calls, host.calls);
	give_irq_back();
}

/* The words go to the host before a message can be let go. */
static void the_host_is_told_before_the_unmask(void **state)
{
	struct message_store *store = wrapper.source.ops->store(&wrapper.source, SLOT);
	struct message words = {0xfee08000, 0, 0x41}, now;

	(void)state;
	store->ops->mask(store);
	assert_int_equal(host.calls, 0);
	store_write_message(store, &words);
	assert_int_equal(host.calls, 0);
	store->ops->read(store, &now);
	assert_memory_equal(&now, &words, sizeof(now));
	store->ops->unmask(store);
	assert_int_equal(host.calls, 1);
	assert_false(fixture.store.masked);
	store->ops->flush(store);
	store->ops->mask(store);
	store_write_message(store, &words);
	store->ops->unmask(store);
	assert_int_equal(host.calls, 1); /* the same words are none */
}

static void a_first_error_is_silence(void **state)
{
	unsigned int before = fixture.arrivals;

	(void)state;
	host.error = -ENOSPC;
	assert_int_equal(allocate(), 0);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_true(fixture.store.masked);
	assert_int_equal(wrapper.source.ops->fire(&wrapper.source, SLOT), 0);
	assert_int_equal(fixture.arrivals, before);
	assert_int_equal(wrapper.refused, 2);
	assert_int_equal(fixture.store.words.address_lo, 0);
	give_irq_back();
}

static void a_later_error_leaves_the_old_target(void **state)
{
	(void)state;
	assert_int_equal(allocate(), 0);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	host.error = -ENOSPC;
	assert_int_equal(irq_set_affinity(fixture.irq, 2), 0);
	assert_int_equal(fixture.irq->target.cpu, 2);
	assert_arrives_on(1);
	give_irq_back();
}

#define PV(test) cmocka_unit_test_setup_teardown(test, begin, irq_fixture_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        PV(a_move_is_one_call),
	        PV(the_host_is_told_before_the_unmask),
	        PV(a_first_error_is_silence),
	        PV(a_later_error_leaves_the_old_target),
	};

	return cmocka_run_group_tests(tests, irq_fixture_start, NULL);
}
