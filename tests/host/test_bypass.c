// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/protocols/naive.c kernel/irq/vector.c
// links: kernel/irq/vector_domain.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c tests/host/irq_fixture.c
/* A device that no remapping hardware covers, while remapping is on. */
#include <asm-generic/errno.h>

#include "kernel/irq/protocol.h"
#include "tests/host/fake_machine.h"
#include "tests/host/fake_remapping.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

static struct irq_request request_of(const struct irq_leaf *leaf)
{
	return (struct irq_request){
	        .leaf = leaf,
	        .store = &fixture.store.store,
	        .requester = {.bypasses = true},
	        .name = "device",
	        .protocol = protocol_find("naive-address-first"),
	};
}

static void it_goes_without(void **state)
{
	const struct irq_request request = request_of(&irq_leaf_msi);

	(void)state;
	assert_int_equal(irq_alloc(&request, &fixture.irq), 0);
	assert_int_equal(fixture.irq->levels, 2);
	assert_int_equal(fake_remapping_allocated(), 0);
	assert_int_equal(request_irq(fixture.irq, 1), 0);
	assert_false(message_is_remappable(&fixture.store.words));
	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++) {
		assert_int_equal(irq_set_affinity(fixture.irq, cpu), 0);
		assert_delivered_on(cpu);
	}
	give_irq_back();
	assert_nothing_left();
}

static void ims_is_refused_to_it(void **state)
{
	struct irq_request request = request_of(&irq_leaf_ims);

	(void)state;
	assert_int_equal(irq_alloc(&request, &fixture.irq), -ENODEV);
	assert_nothing_left();
	request.without_remapping_on_purpose = true;
	assert_int_equal(irq_alloc(&request, &fixture.irq), 0);
	irq_free(fixture.irq);
	assert_nothing_left();
}

static void a_block_is_refused_to_it(void **state)
{
	const struct irq_request request = request_of(&irq_leaf_msi);
	struct message_store *stores[4] = {&fixture.store.store, &fixture.store.store,
	                                   &fixture.store.store, &fixture.store.store};
	struct irq *irqs[4];

	(void)state;
	shim_forget_printed();
	assert_int_equal(irq_alloc_block(&request, stores, 4, irqs), 1);
	assert_string_not_equal(shim_printed(), "");
	irq_free(irqs[0]);
	assert_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        REMAPPED(it_goes_without),
	        REMAPPED(ims_is_refused_to_it),
	        REMAPPED(a_block_is_refused_to_it),
	};

	return cmocka_run_group_tests_name("bypass", tests, irq_fixture_start, NULL);
}
