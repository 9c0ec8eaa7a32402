// SPDX-License-Identifier: MIT
#include "tests/host/backing_fixture.h"

#include <string.h>

#include "kernel/irq/protocol.h"
#include "kernel/virt/hypercall.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

struct guest_fixture guest;

static bool post(void *context, uint32_t vcpu, uint8_t vector)
{
	assert_ptr_equal(context, &guest);
	guest.posts++;
	guest.vcpu = vcpu;
	guest.vector = vector;
	return !guest.merges;
}

static uint32_t cpu_of(void *context, uint32_t vcpu)
{
	assert_ptr_equal(context, &guest);
	assert_true(vcpu < GUEST_VCPUS);
	return guest.cpu_of[vcpu];
}

static struct message_store *store_of(struct source *source, unsigned int slot)
{
	(void)source;
	return &guest.stores[slot].store;
}

static const struct backing_ops backing_ops = {.post = post, .cpu_of = cpu_of};
static const struct source_ops source_ops = {.store = store_of};

static int begin(bool guest_writes)
{
	memset(&guest, 0, sizeof(guest));
	for (unsigned int slot = 0; slot < GUEST_SLOTS; slot++)
		fake_store_init(&guest.stores[slot], true);
	guest.cpu_of[0] = 1;
	guest.cpu_of[1] = 2;
	guest.source = (struct source){
	        .name = "fake",
	        .leaf = &irq_leaf_msix,
	        .requester.id = GUEST_DEVICE,
	        .slots = GUEST_SLOTS,
	        .ops = &source_ops,
	};
	backing_init(&guest.backings, &backing_ops, &guest, GUEST_VCPUS);
	return backing_assign(&guest.backings, &guest.source, guest_writes,
	                      guest_writes ? NULL : protocol_find("masked"));
}

int guest_begin(void **state)
{
	return irq_fixture_begin_remapped(state) || begin(true);
}

int guest_begin_trapped(void **state)
{
	return irq_fixture_begin_remapped(state) || begin(false);
}

int guest_begin_direct(void **state)
{
	return irq_fixture_begin(state) || begin(true);
}

int guest_begin_trapped_direct(void **state)
{
	return irq_fixture_begin(state) || begin(false);
}

int64_t guest_update(unsigned int slot, uint64_t vector, uint64_t vcpu)
{
	return backing_update(&guest.backings, hypercall_handle(GUEST_DEVICE, (uint16_t)slot),
	                      vector, vcpu);
}

void assert_posted(unsigned int slot, uint32_t vcpu, uint8_t vector)
{
	unsigned int before = guest.posts;

	fake_store_fire(&guest.stores[slot]);
	assert_int_equal(guest.posts, before + 1);
	assert_int_equal(guest.vcpu, vcpu);
	assert_int_equal(guest.vector, vector);
}

void assert_not_posted(unsigned int slot)
{
	unsigned int before = guest.posts;

	fake_store_fire(&guest.stores[slot]);
	assert_int_equal(guest.posts, before);
}
