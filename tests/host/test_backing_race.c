// SPDX-License-Identifier: MIT
// links: kernel/virt/backing.c
// links: kernel/irq/barrier.c kernel/irq/dispatch.c kernel/irq/drain.c kernel/irq/irq.c
// links: kernel/irq/irq_list.c kernel/irq/leaf.c kernel/irq/matrix.c kernel/irq/message.c
// links: kernel/irq/protocol.c kernel/irq/protocols/naive.c kernel/irq/vector.c
// links: kernel/irq/vector_domain.c tests/host/fake_machine.c tests/host/fake_remapping.c
// links: tests/host/fake_store.c tests/host/irq_fixture.c
//
// A backing changes its target while its handler runs elsewhere, in two threads: no message gets
// the vCPU of one target with the vector of another, and after the call none goes to the old
// target.
#include <pthread.h>

#include "kernel/virt/backing.h"
#include "kernel/virt/hypercall.h"
#include "tests/host/fake_machine.h"
#include "tests/host/irq_fixture.h"
#include "tests/host/unit.h"

#define MOVES 2000

static const uint8_t vectors[] = {0x41, 0x52}; /* of vCPU 0 and of vCPU 1 */

static struct backings backings;
static uint32_t retired = UINT32_MAX; /* a vCPU that the mover has left for good, for now */
static uint32_t stop, torn, too_late;
static uint64_t handled;

/* It takes its time, as one on a busy host may: the target it was told must last until it ends. */
static bool post(void *context, uint32_t vcpu, uint8_t vector)
{
	(void)context;
	if (vcpu > 1 || vector != vectors[vcpu]) {
		torn++;
		return false;
	}
	for (volatile int n = 0; n < 50; n++)
		;
	too_late += __atomic_load_n(&retired, __ATOMIC_SEQ_CST) == vcpu;
	return true;
}

static uint32_t cpu_of(void *context, uint32_t vcpu)
{
	(void)context;
	return 1 + vcpu;
}

static struct message_store *store_of(struct source *source, unsigned int slot)
{
	(void)source, (void)slot;
	return &fixture.store.store;
}

/* The host's CPUs are one thread's; what the other one needs of them is the handler alone. */
static void *handle(void *context)
{
	struct irq *irq = context;
	const struct irq_arrival arrival = {0};

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		irq->handler(irq, &arrival, irq->context);
		__atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static int64_t update(uint64_t vector, uint64_t vcpu)
{
	return backing_update(&backings, 0, vector, vcpu);
}

/* Whoever was at it when the old target was over has ended after two more. */
static void wait_for_two_more(const uint64_t *count)
{
	uint64_t before = __atomic_load_n(count, __ATOMIC_SEQ_CST);

	while (__atomic_load_n(count, __ATOMIC_SEQ_CST) < before + 2)
		fake_machine_pause();
}

static void a_target_changes_as_one_and_the_old_one_is_over(void **state)
{
	static const struct backing_ops ops = {.post = post, .cpu_of = cpu_of};
	static const struct source_ops source_ops = {.store = store_of};
	static struct source source = {.name = "fake", .slots = 1, .ops = &source_ops};
	pthread_t handler;

	(void)state;
	fake_machine_has_threads();
	backing_init(&backings, &ops, NULL, 2);
	assert_int_equal(backing_assign(&backings, &source, true, NULL), 0);
	assert_int_equal(update(vectors[0], 0), 0);
	assert_int_equal(pthread_create(&handler, NULL, handle, backings.slot[0].irq), 0);
	for (uint32_t n = 1; n <= MOVES; n++) {
		__atomic_store_n(&retired, UINT32_MAX, __ATOMIC_SEQ_CST);
		assert_int_equal(update(vectors[n % 2], n % 2), 0);
		__atomic_store_n(&retired, (n - 1) % 2, __ATOMIC_SEQ_CST);
		wait_for_two_more(&handled);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(handler, NULL);
	backing_end(&backings);
	assert_int_equal(torn, 0);
	assert_int_equal(too_late, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        REMAPPED(a_target_changes_as_one_and_the_old_one_is_over),
	};

	return cmocka_run_group_tests(tests, irq_fixture_start, NULL);
}
