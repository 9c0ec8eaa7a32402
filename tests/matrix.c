// SPDX-License-Identifier: MIT
/*
 * The vectors of all CPUs, given away to the last one by requests that leave the choice of the CPU
 * open. Remapping has no part in it, so it is done once, without.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/vector.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arm_checks.h"
#include "tests/counts.h"
#include "tests/idle_store.h"
#include "tests/suite.h"

#define VECTORS  (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1) /* of each CPU */
#define IRQS_MAX 4096 /* with more than some 20 CPUs each has only its share of these */
#define SHOWN    24   /* of each CPU, when the table is printed */

/* What was given out, by the test's own books: one for each CPU. */
static struct book {
	uint32_t count;
	bool given[VECTOR_DEVICE_LAST + 1];
} * books;

static void enter(struct test_run *run, const struct irq *irq)
{
	const struct irq_target *target = &irq->target;
	bool intermediate;

	if (!test_check(run,
	                target->vector >= VECTOR_DEVICE_FIRST &&
	                        target->vector <= VECTOR_DEVICE_LAST,
	                "vector %02x, one of the system's, was given to irq %u", target->vector,
	                irq->number))
		return;
	test_check(run, !books[target->cpu].given[target->vector],
	           "vector %02x of cpu %u was given out twice", target->vector, target->cpu);
	test_check(run, vector_owner(target->cpu, target->vector, &intermediate) == irq,
	           "vector %02x of cpu %u is not owned by irq %u, which got it", target->vector,
	           target->cpu, irq->number);
	books[target->cpu].given[target->vector] = true;
	books[target->cpu].count++;
}

/* No CPU has two vectors more than another. */
static void check_even(struct test_run *run)
{
	uint32_t least = 0, most = 0;

	for (uint32_t cpu = 1; cpu < cpu_count(); cpu++) {
		if (books[cpu].count < books[least].count)
			least = cpu;
		if (books[cpu].count > books[most].count)
			most = cpu;
	}
	test_check(run, books[most].count - books[least].count <= 1,
	           "cpu %u has %u vectors, cpu %u has %u", most, books[most].count, least,
	           books[least].count);
}

static uint32_t vectors_of_each(void)
{
	return cpu_count() * VECTORS > IRQS_MAX ? IRQS_MAX / cpu_count() : VECTORS;
}

/* Requests until none is left. -ENOSPC, then. */
static int request_all(struct test_run *run, struct fillers *fillers)
{
	struct irq *irq;
	int error = 0;

	fillers_init(fillers, NULL, false);
	if (!books)
		books = memory_alloc(cpu_count() * sizeof(*books), sizeof(books->count));
	if (!books)
		return -ENOMEM;
	memset(books, 0, cpu_count() * sizeof(*books));
	while (!run->failed && !(error = fillers_request(fillers, IRQ_CPU_ANY, &irq))) {
		enter(run, irq);
		check_even(run);
		if (fillers->count == SHOWN * cpu_count())
			vector_print();
	}
	return error;
}

static void check_full(struct test_run *run, const struct counts *before, uint32_t all)
{
	struct counts full = *before;

	full.irqs += all;
	full.vectors.allocated += all;
	full.vectors.available = 0;
	counts_check(run, &full, "with all vectors given out");
}

static void matrix(struct test_run *run)
{
	const uint32_t each = vectors_of_each();
	struct counts before;
	struct fillers fillers;
	int error;

	check_error(run, vector_limit(each), 0, "vector_limit()");
	before = counts_take();
	error = request_all(run, &fillers);
	if (error == -ENOMEM) {
		test_skip(run, "there is memory for %u irqs only", fillers.count);
	} else if (!run->failed) {
		check_error(run, error, -ENOSPC, "a request more than vectors");
		check_full(run, &before, cpu_count() * each);
	}
	if (run->failed)
		vector_print();
	fillers_free(&fillers);
	counts_check(run, &before, "with all given back");
	check_error(run, vector_limit(0), 0, "vector_limit() in the end");
}

TEST(54, matrix) = {
        .name = "matrix",
        .checks = "irqs that leave the choice open spread evenly over all CPUs, up to the last "
                  "vector, none of the system's and none twice (the mail's #2, \"that's the step "
                  "where actually a CPU vector is allocated\")",
        .failure = "vectors are handed out that are somebody else's, or one CPU gets too many",
        .phase = PHASE_DIRECT,
        .run = matrix,
};
