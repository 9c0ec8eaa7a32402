// SPDX-License-Identifier: MIT
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/vector.c kernel/irq/vector_domain.c
// links: kernel/irq/protocols/linux_direct.c kernel/irq/protocols/masked.c
// links: kernel/irq/protocols/naive.c kernel/irq/protocols/two_step.c tests/host/fake_machine.c
// links: tests/host/fake_remapping.c tests/host/fake_store.c tests/host/irq_fixture.c
// links: tests/host/storm_check.c tests/host/storm_model.c
//
// A storm: 100,000 random steps over forty irqs, of which one in eight has a failure somewhere, and
// all of them held against a model (storm_model.h): no pair of CPU and vector has two owners, the
// counts are right, a step that fails leaves the target as it was, and each requested irq gets each
// message once. STORM_SEED=N in the environment makes it another storm.
#include <asm-generic/errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/irq/dispatch.h"
#include "kernel/irq/protocol.h"
#include "kernel/irq/vector.h"
#include "kernel/random.h"
#include "tests/host/shim.h"
#include "tests/host/storm_check.h"
#include "tests/host/unit.h"

#define STEPS          100000
#define STEPS_OF_EPOCH 2500 /* between two moments at which nothing is allocated */
#define BLOCK_MAX      8
#define LEVELS         3

static unsigned int block_first[STORM_IRQS], block_size[STORM_IRQS];

static uint64_t seed;
static struct random numbers;
static unsigned int steps;
static const char *doing;

static uint32_t below(uint32_t limit)
{
	return random_below(&numbers, limit);
}

static void choose_failure(struct storm_failure *failure)
{
	int *const errors[] = {&failure->errors.alloc, &failure->errors.activate,
	                       &failure->errors.set_affinity, &failure->errors.compose};

	memset(failure, 0, sizeof(*failure));
	if (below(8))
		return;
	if (below(3) == 0) {
		*errors[below(4)] = STORM_ERROR;
		return;
	}
	failure->injected = true;
	failure->layer = below(LEVELS);
	failure->step = below(3);
	failure->after = below(4) ? 0 : below(BLOCK_MAX);
}

static void fail_sometimes(void)
{
	struct storm_failure failure;

	choose_failure(&failure);
	storm_fail(&failure);
}

static int a_slot(bool allocated)
{
	uint32_t start = below(STORM_IRQS);

	for (uint32_t n = 0; n < STORM_IRQS; n++) {
		int i = (int)((start + n) % STORM_IRQS);

		if (model.irqs[i].allocated == allocated)
			return i;
	}
	return -1;
}

static const struct protocol *a_protocol(bool maskable, bool *expects_intermediate)
{
	static const char *const names[] = {"naive-address-first", "two-step", "linux-direct",
	                                    "naive-data-first", "masked"};
	const struct protocol *protocol = protocol_find(names[below(maskable ? 5 : 4)]);

	*expects_intermediate =
	        protocol->replays || (maskable && protocol == protocol_find(names[2]));
	return protocol;
}

static struct irq_request prepare(int i, const struct irq_leaf *leaf, bool maskable,
                                  uint32_t offset)
{
	struct irq_request request = {
	        .leaf = leaf, .name = "storm", .store = &storm_stores[i].store};
	struct model_irq *m = &model.irqs[i];

	fake_store_init(&storm_stores[i], maskable);
	storm_stores[i].number = offset;
	request.protocol = a_protocol(maskable, &m->expects_intermediate);
	request.without_reservation = below(4) == 0;
	m->reserves = !request.without_reservation &&
	              (leaf->reservation == IRQ_RESERVES_ALWAYS || maskable);
	return request;
}

static void step_alloc(void)
{
	static const struct irq_leaf *const leaves[] = {&irq_leaf_msi, &irq_leaf_msix,
	                                                &irq_leaf_ims};
	const struct irq_leaf *leaf = leaves[below(3)];
	int i = a_slot(false), error;
	struct irq_request request;

	if (i < 0)
		return;
	request = prepare(i, leaf, below(2), 0);
	block_first[i] = (unsigned int)i;
	block_size[i] = 1;
	fail_sometimes();
	error = irq_alloc(&request, &model.irqs[i].irq);
	storm_agree(error, model_alloc(&model.irqs[i], leaf));
	if (error)
		model_free(&model.irqs[i]);
}

/* Slots in a row that are free, as many as a random power of two; 0: there are none. */
static unsigned int free_slots(unsigned int *first)
{
	unsigned int count = 2U << below(3);

	*first = below(STORM_IRQS - BLOCK_MAX);
	for (unsigned int i = *first; i < *first + count; i++)
		if (model.irqs[i].allocated)
			return 0;
	return count;
}

static int model_alloc_block(unsigned int first, unsigned int count)
{
	for (unsigned int i = first; i < first + count; i++) {
		int error = model_alloc(&model.irqs[i], &irq_leaf_msi);

		if (error) {
			for (unsigned int n = first; n < first + count; n++)
				model_free(&model.irqs[n]);
			return error;
		}
		block_first[i] = first;
		block_size[i] = count;
	}
	return (int)count;
}

static void step_alloc_block(void)
{
	struct message_store *of_stores[BLOCK_MAX];
	struct irq *irqs[BLOCK_MAX] = {NULL};
	struct irq_request request;
	unsigned int first, count = free_slots(&first);
	bool maskable = below(2);
	int result;

	if (!count)
		return;
	for (unsigned int n = count; n-- > 0;) {
		request = prepare((int)(first + n), &irq_leaf_msi, maskable, n);
		of_stores[n] = &storm_stores[first + n].store;
	}
	for (unsigned int n = 1; n < count; n++) {
		model.irqs[first + n].reserves = model.irqs[first].reserves;
		model.irqs[first + n].expects_intermediate = model.irqs[first].expects_intermediate;
	}
	fail_sometimes();
	result = irq_alloc_block(&request, of_stores, count, irqs);
	for (unsigned int n = 0; n < count; n++)
		model.irqs[first + n].irq = result < 0 ? NULL : irqs[n];
	storm_agree(result, model_alloc_block(first, model.remapped ? count : 1));
}

static void step_request(void)
{
	int i = a_slot(true), error;
	uint32_t cpu = below(FAKE_CPUS + 2);
	struct model_irq *m;
	bool pending;

	if (i < 0)
		return;
	m = &model.irqs[i];
	pending = storm_stores[i].pending;
	if (cpu > FAKE_CPUS)
		cpu = IRQ_CPU_ANY;
	fail_sometimes();
	error = request_irq(m->irq, cpu);
	storm_agree(error, model_request(m, cpu));
	if (!error && pending)
		storm_arrived(i, &m->target);
}

static void release(int i)
{
	int error = irq_release(model.irqs[i].irq);

	storm_agree(error, model_release(&model.irqs[i]));
}

static void step_release(void)
{
	int i = a_slot(true);

	if (i < 0 || !model.irqs[i].active)
		return;
	fail_sometimes();
	release(i);
}

/* With the rest of its block, the first one last. */
static void free_with_block(int slot)
{
	unsigned int first = block_first[slot], i = first + block_size[slot];

	while (i-- > first) {
		if (model.irqs[i].active)
			release((int)i);
		irq_free(model.irqs[i].irq);
		model_free(&model.irqs[i]);
	}
}

static void step_free(void)
{
	int i = a_slot(true);

	if (i < 0)
		return;
	fail_sometimes();
	free_with_block(i);
}

static void step_move(void)
{
	int i = a_slot(true), error;
	uint32_t cpu = below(FAKE_CPUS + 1);

	if (i < 0)
		return;
	fail_sometimes();
	fake_machine_run_on(below(FAKE_CPUS));
	error = irq_set_affinity(model.irqs[i].irq, cpu);
	fake_machine_run_on(0);
	storm_agree(error, model_set_affinity(&model.irqs[i], cpu));
}

/* The old CPU has a message in its IRR, and takes it during the move or after it. */
static void step_move_with_a_message_in_flight(void)
{
	int i = a_slot(true), error;
	uint32_t cpu = below(FAKE_CPUS);
	struct irq_target old;

	if (i < 0 || !model.irqs[i].active)
		return;
	old = model.irqs[i].target;
	fail_sometimes();
	fake_machine_slow(old.cpu, true);
	fake_store_fire(&storm_stores[i]);
	error = irq_set_affinity(model.irqs[i].irq, cpu);
	fake_machine_slow(old.cpu, false);
	storm_agree(error, model_set_affinity(&model.irqs[i], cpu));
	storm_arrived(i, &old);
}

static void step_fire(void)
{
	int i = a_slot(true);

	if (i >= 0)
		storm_fire(i);
}

static void step_drain(void)
{
	irq_drain(NULL);
	model_drain();
}

/* CPU 0 never leaves. */
static void step_online(void)
{
	uint32_t cpu = 1 + below(FAKE_CPUS - 1);

	if (model.online[cpu])
		vector_offline(cpu);
	else
		vector_online(cpu);
	model.online[cpu] = !model.online[cpu];
}

static const struct {
	const char *name;
	unsigned int weight;
	void (*step)(void);
} kinds[] = {
        {"allocate", 14, step_alloc},
        {"allocate a block", 4, step_alloc_block},
        {"request", 20, step_request},
        {"release", 10, step_release},
        {"free", 7, step_free},
        {"move", 30, step_move},
        {"move with a message in flight", 8, step_move_with_a_message_in_flight},
        {"fire", 4, step_fire},
        {"drain", 2, step_drain},
        {"online or offline", 1, step_online},
};

static void step(void)
{
	unsigned int total = 0, what, kind = 0;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		total += kinds[k].weight;
	what = below(total);
	while (what >= kinds[kind].weight)
		what -= kinds[kind++].weight;
	doing = kinds[kind].name;
	kinds[kind].step();
	storm_fail(NULL);
	storm_check();
}

static void an_epoch(bool remapped)
{
	static const uint32_t limits[] = {3, 8, 16, 40,
	                                  VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1};
	uint32_t limit = limits[below(5)];
	bool far = below(3) == 0;

	/* Without remapping CPU 3 then cannot be reached. */
	fake_machine_set_apic_id(3, far ? 300 : FAKE_APIC_ID(3));
	assert_int_equal(irq_set_remapping_domain(remapped ? &fake_remapping_domain : NULL), 0);
	assert_int_equal(vector_limit(limit), 0);
	model_start(remapped, limit);
	for (int n = 0; n < STEPS_OF_EPOCH; n++, steps++)
		step();
	doing = "the end of an epoch";
	for (int i = 0; i < STORM_IRQS; i++)
		if (model.irqs[i].allocated)
			free_with_block(i);
	storm_check();
	assert_nothing_left();
	for (uint32_t cpu = 1; cpu < FAKE_CPUS; cpu++)
		if (!model.online[cpu])
			vector_online(cpu);
}

static void nothing_is_lost_or_leaked_in_a_storm(void **state)
{
	(void)state;
	numbers = random_init(seed);
	for (int epoch = 0; epoch < STEPS / STEPS_OF_EPOCH; epoch++)
		an_epoch(epoch % 2);
	storm_check_variety();
	doing = NULL;
}

static int say_where_it_ended(void **state)
{
	if (doing)
		print_message("# STORM_SEED=%lu: step %u, %s, remapping %s\n", seed, steps, doing,
		              model.remapped ? "on" : "off");
	return doing ? -1 : irq_fixture_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(nothing_is_lost_or_leaked_in_a_storm,
	                                        irq_fixture_begin, say_where_it_ended),
	};
	const char *wish = getenv("STORM_SEED");

	seed = wish ? strtoull(wish, NULL, 0) : 1;
	print_message("# STORM_SEED=%lu\n", seed);
	return cmocka_run_group_tests_name("storm", tests, irq_fixture_start, NULL);
}
