// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/irq_dump.c kernel/irq/leaf.c kernel/irq/matrix.c
// links: kernel/irq/message.c kernel/irq/protocol.c kernel/irq/protocols/naive.c
// links: kernel/irq/vector.c kernel/irq/vector_domain.c tests/host/fake_machine.c
// links: tests/host/fake_remapping.c tests/host/fake_store.c tests/host/irq_fixture.c
//
// The dump of all irqs, word by word: who has taken how many messages, and each layer's words.
#include "kernel/irq/protocol.h"
#include "tests/host/fake_machine.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/shim.h"
#include "tests/host/unit.h"

#define CPUS 18 /* two more than a line has columns */

static struct fake_store stores[2];
static struct irq *irqs[2];

/* One irq that has been on CPUs 0, 1, 16 and 17, and one that is only allocated. */
static void begin(void)
{
	struct irq_request request = {.leaf = &irq_leaf_msi, .name = "edu"};

	fake_store_init(&stores[0], false);
	request.store = &stores[0].store;
	request.protocol = protocol_find("naive-address-first");
	assert_int_equal(irq_alloc(&request, &irqs[0]), 0);
	fake_store_init(&stores[1], true);
	request = (struct irq_request){.leaf = &irq_leaf_msix, .store = &stores[1].store};
	assert_int_equal(irq_alloc(&request, &irqs[1]), 0);

	assert_int_equal(request_irq(irqs[0], 1), 0);
	for (int n = 0; n < 3; n++)
		fake_store_fire(&stores[0]);
	assert_int_equal(irq_set_affinity(irqs[0], 16), 0);
	for (int n = 0; n < 5; n++)
		fake_store_fire(&stores[0]);
	assert_int_equal(irq_set_affinity(irqs[0], 17), 0);
	for (int n = 0; n < 21; n++)
		fake_store_fire(&stores[0]);
}

static void end(void)
{
	assert_int_equal(irq_release(irqs[0]), 0);
	irq_free(irqs[1]);
	irq_free(irqs[0]);
}

static void assert_dumped(const char *expected)
{
	shim_forget_printed();
	irq_dump();
	assert_string_equal(shim_printed(), expected);
}

#define HEAD                                                                                       \
	"# irq        CPU0        CPU1        CPU2        CPU3        CPU4        CPU5    "        \
	"    CPU6        CPU7        CPU8        CPU9        CPU10       CPU11       CPU12"        \
	"       CPU13       CPU14       CPU15    others  leaf, device\n"
#define ZEROS_OF_14                                                                                \
	"           0           0           0           0           0           0           0"     \
	"           0           0           0           0           0           0           0"

static void a_chain_without_remapping_can_be_read(void **state)
{
	(void)state;
	begin();
	assert_dumped(
	        HEAD
	        "#   0:           0           3" ZEROS_OF_14 "        26  msi, edu\n"
	        "#      msi          address 00000000_fee2a000, data 00000033\n"
	        "#      vector       cpu 17 (APIC id 42), vector 33, 4 kept in all\n"
	        "#   1:           0           0" ZEROS_OF_14 "         0  msix, no device "
	        "(not requested)\n"
	        "#      msix         address 00000000_fee08000, data 000000ef\n"
	        "#      vector       cpu 0 (APIC id 8), vector ef (shutdown), 0 kept in all\n");
	end();
}

static void a_chain_with_remapping_can_be_read(void **state)
{
	(void)state;
	begin();
	assert_dumped(
	        HEAD
	        "#   0:           0           3" ZEROS_OF_14 "        26  msi, edu\n"
	        "#      msi          address 00000000_fee00010, data 00000000 (remappable)\n"
	        "#      fake-ir      entry 0: APIC id 42, vector 33\n"
	        "#      vector       cpu 17 (APIC id 42), vector 33, 4 kept in all\n"
	        "#   1:           0           0" ZEROS_OF_14 "         0  msix, no device "
	        "(not requested)\n"
	        "#      msix         address 00000000_fee00030, data 00000000 (remappable)\n"
	        "#      fake-ir      entry 1: APIC id 8, vector ef\n"
	        "#      vector       cpu 0 (APIC id 8), vector ef (shutdown), 0 kept in all\n");
	end();
}

static void a_layer_with_nothing_to_say_says_so(void **state)
{
	static const struct irq_leaf leaf = {
	        .domain =
	                {
	                        .name = "mute",
	                        .activate = leaf_activate,
	                        .deactivate = leaf_deactivate,
	                        .set_affinity = leaf_set_affinity,
	                },
	        .reservation = IRQ_RESERVES_ALWAYS,
	};

	(void)state;
	fake_store_init(&stores[0], true);
	assert_int_equal(allocate_irq(&leaf, &stores[0], &irqs[0]), 0);
	assert_dumped(
	        HEAD
	        "#   0:           0           0" ZEROS_OF_14 "         0  mute, no device "
	        "(not requested)\n"
	        "#      mute         nothing\n"
	        "#      vector       cpu 0 (APIC id 8), vector ef (shutdown), 0 kept in all\n");
	irq_free(irqs[0]);
}

static void without_irqs_there_is_only_the_head(void **state)
{
	(void)state;
	assert_dumped(HEAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DIRECT(without_irqs_there_is_only_the_head),
	        DIRECT(a_chain_without_remapping_can_be_read),
	        REMAPPED(a_chain_with_remapping_can_be_read),
	        DIRECT(a_layer_with_nothing_to_say_says_so),
	};

	fake_machine_set_cpus(CPUS);
	return cmocka_run_group_tests_name("irq_dump", tests, irq_fixture_start, NULL);
}
