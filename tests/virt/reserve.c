// SPDX-License-Identifier: MIT
/*
 * Reservation reaches through: what a guest has allocated and not requested costs the host an entry
 * and no vector.
 */
#include <stddef.h>

#include "kernel/print.h"
#include "kernel/virt/guest_backings.h"
#include "tests/counts.h"
#include "tests/entries.h"
#include "tests/virt/costs.h"
#include "tests/virt/idle_source.h"
#include "tests/virt/run.h"
#include "tests/virt/within.h"

/* Marks: what the guest has done by then. */
enum { NOTHING, ALLOCATED, REQUESTED, RELEASED, FREED, STEPS };
static const char *const step_names[STEPS] = {"at first", "allocated", "one requested",
                                              "released again", "all freed"};

static struct counts counts[STEPS]; /* the host's */

static void take(struct guest *guest, uint64_t step)
{
	(void)guest;
	if (step < STEPS)
		counts[step] = counts_take();
}

static unsigned int alloc_all(struct test_run *run, struct source *source, struct irq **irqs)
{
	unsigned int n;

	for (n = 0; n < source->slots; n++) {
		const struct irq_request request = idle_source_request(source, n);
		int error = irq_alloc(&request, &irqs[n]);

		if (!test_check(run, !error, "slot %u: error %d", n, error))
			break;
	}
	return n;
}

static void request_and_release(struct test_run *run, struct irq *irq)
{
	test_check(run, !irq_request(irq, 0, NULL, NULL, NULL), "it cannot be requested");
	costs_mark(REQUESTED);
	test_check(run, !irq_release(irq), "it cannot be released");
	costs_mark(RELEASED);
}

static void reserve(struct guest_shared *shared)
{
	struct test_run *run = within_begin(shared, "virt.reserve");
	struct source *source = idle_source_open(shared, &irq_leaf_ims);
	struct irq *irqs[BACKING_SLOTS_MAX];
	unsigned int n;

	costs_mark(NOTHING);
	n = alloc_all(run, source, irqs);
	costs_mark(ALLOCATED);
	if (n)
		request_and_release(run, irqs[0]);
	while (n-- > 0)
		irq_free(irqs[n]);
	costs_mark(FREED);
	within_end(run);
}

static void check(struct test_run *run, unsigned int step, uint32_t irqs, uint32_t vectors)
{
	const struct counts *before = &counts[NOTHING], *now = &counts[step];

	test_check(run,
	           now->irqs - before->irqs == irqs && now->entries - before->entries == irqs &&
	                   now->vectors.allocated - before->vectors.allocated == vectors &&
	                   now->vectors.reserved - before->vectors.reserved == irqs - vectors,
	           "%s, the host has %u irqs, %u entries, %u vectors and %u reservations more; "
	           "there should be %u, %u, %u and %u",
	           step_names[step], now->irqs - before->irqs, now->entries - before->entries,
	           now->vectors.allocated - before->vectors.allocated,
	           now->vectors.reserved - before->vectors.reserved, irqs, irqs, vectors,
	           irqs - vectors);
}

static void reaches_through(struct test_run *run)
{
	static const struct guest_task task = {"reserve", reserve};
	struct guest *guest = virt_load(run, 2);
	const struct source *source = guest ? idle_source_assign(run, guest) : NULL;
	uint32_t slots;

	if (!source || !entries_left(run, source, source->slots))
		return;
	slots = source->slots;
	guest->mark = take;
	within_tell(run, guest);
	virt_run(run, guest, &task);
	check(run, ALLOCATED, slots, 0);
	check(run, REQUESTED, slots, 1);
	check(run, RELEASED, slots, 0);
	check(run, FREED, 0, 0);
	print("# virt.reserve: %u irqs allocated in the guest cost the host %u vectors\n", slots,
	      counts[ALLOCATED].vectors.allocated - counts[NOTHING].vectors.allocated);
	backing_end(guest->backings);
}

TEST(71, virt_reserve) = {
        .name = "virt.reserve",
        .checks = "an irq that a guest has allocated and not requested costs the host no vector "
                  "(reservation mode, the mail's #1, over the one call)",
        .failure = "guests use up the host's vectors for interrupts that they never request",
        .phase = PHASE_REMAPPED,
        .cpus = 3,
        .run = reaches_through,
};
