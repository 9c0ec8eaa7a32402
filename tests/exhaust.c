// SPDX-License-Identifier: MIT
/*
 * What runs out, and what is not there: each call returns the error that a Linux driver would see,
 * takes nothing, and leaves the irq with a target that works, as its next message shows.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/cpu.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/hotplug.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arm_checks.h"
#include "tests/arms.h"
#include "tests/chain.h"
#include "tests/counts.h"
#include "tests/idle_store.h"
#include "tests/suite.h"

#define VECTORS     (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1) /* of each CPU */
#define FEW_VECTORS 4 /* of each, where those of all CPUs are to run out */

/* A CPU that the arm's irq is not on. */
static uint32_t another_cpu(const struct arm *arm)
{
	return (arm->irq->target.cpu + 1) % irq_reach(arm->irq);
}

/*
 * Irqs with a vector on `cpu`, until there is none. The first of them: it has a number of its own,
 * while one of the last may share that of the arm's irq, which never has a number twice.
 */
static struct irq *fill_vectors(struct test_run *run, struct fillers *fillers, uint32_t cpu)
{
	struct irq *first = NULL, *next;
	int error;

	fillers_init(fillers, NULL, false);
	while (!(error = fillers_request(fillers, cpu, &next)))
		first = first ? first : next;
	check_error(run, error, -ENOSPC, "a request with all vectors taken");
	return first;
}

/* The remapping table of the irq's unit is full. */
static void entries(struct test_run *run, struct arm *arm)
{
	const struct irq_target target = arm->irq->target;
	struct fillers fillers;
	struct irq *last = NULL;
	struct counts full;
	int error;

	if (!source_is_remapped(arm->source))
		return;
	fillers_init(&fillers, arm->source, true);
	do
		error = fillers_alloc(&fillers, &last);
	while (!error);
	if (error == -ENOMEM) {
		test_skip(run, "there is memory for %u irqs only", fillers.count);
		fillers_free(&fillers);
		return;
	}
	check_error(run, error, -ENOSPC, "one irq more than entries");
	test_check(run, fillers.count + 1 == run->options->irtes,
	           "%u irqs found an entry, and there are %u", fillers.count + 1,
	           run->options->irtes);
	full = counts_take();
	check_error(run, fillers_alloc(&fillers, NULL), -ENOSPC, "one more try");
	counts_check(run, &full, "after the refusal");
	check_as_before(run, arm, &target, "with all entries taken");
	check_moves(run, arm, another_cpu(arm), "a move with all entries taken");
	if (last)
		fillers_free_one(&fillers, last);
	check_error(run, fillers_alloc(&fillers, NULL), 0, "after one entry was given back");
	fillers_free(&fillers);
}

/* Each vector of one CPU is the target of an irq. */
static void one_cpu(struct test_run *run, struct arm *arm)
{
	const uint32_t cpu = another_cpu(arm);
	const struct irq_target target = arm->irq->target;
	struct fillers fillers;
	struct irq *first = fill_vectors(run, &fillers, cpu);
	const struct counts full = counts_take();

	test_check(run, fillers.count == VECTORS, "%u irqs on cpu %u, which has %u vectors",
	           fillers.count, cpu, VECTORS);
	check_error(run, irq_set_affinity(arm->irq, cpu), -ENOSPC, "a move to a full CPU");
	counts_check(run, &full, "after that move");
	check_as_before(run, arm, &target, "after that move");
	check_error(run, fillers_request(&fillers, IRQ_CPU_ANY, NULL), 0,
	            "a request for any CPU, with one of them full");
	if (first)
		fillers_free_one(&fillers, first);
	check_moves(run, arm, cpu, "the move, after one vector was given back");
	fillers_free(&fillers);
}

/*
 * Nothing is left for one that needs a vector at once. There is always room for one that reserves,
 * and when it is requested in vain its reservation stays.
 */
static void check_allocations(struct test_run *run, struct fillers *fillers)
{
	const struct counts full = counts_take();
	struct counts and_one;
	struct irq *reserves;

	fillers->request.without_reservation = true;
	check_error(run, fillers_alloc(fillers, NULL), -ENOSPC,
	            "an allocation without reservation");
	counts_check(run, &full, "after that allocation");
	fillers->request.without_reservation = false;
	if (!check_error(run, fillers_alloc(fillers, &reserves), 0, "an allocation that reserves"))
		return;
	and_one = counts_take();
	check_error(run, irq_request(reserves, IRQ_CPU_ANY, NULL, NULL, NULL), -ENOSPC,
	            "its request");
	counts_check(run, &and_one, "after that request");
	chain_check(run, reserves, "after that request");
	fillers_free_one(fillers, reserves);
	counts_check(run, &full, "after that one was freed");
}

/* Each vector of every CPU is; one that was left behind, on the last CPU, is none to be missed. */
static void all_cpus(struct test_run *run, struct arm *arm)
{
	struct irq_target target;
	struct fillers fillers;
	struct counts full;
	struct irq *first;

	check_moves(run, arm, irq_reach(arm->irq) - 1, "a move to the last CPU");
	irq_drain(NULL);
	check_moves(run, arm, 0, "a move to cpu 0");
	target = arm->irq->target;
	first = fill_vectors(run, &fillers, IRQ_CPU_ANY);
	full = counts_take();

	test_check(run, fillers.count + 1 == cpu_count() * FEW_VECTORS,
	           "%u irqs have a vector, and there are %u", fillers.count + 1,
	           cpu_count() * FEW_VECTORS);
	check_allocations(run, &fillers);
	check_error(run, irq_set_affinity(arm->irq, another_cpu(arm)), -ENOSPC, "a move");
	counts_check(run, &full, "after that move");
	check_as_before(run, arm, &target, "with all vectors taken");
	if (first)
		fillers_free_one(&fillers, first);
	check_error(run, fillers_request(&fillers, IRQ_CPU_ANY, NULL), 0,
	            "a request, after one vector was given back");
	fillers_free(&fillers);
}

static void check_refused(struct test_run *run, struct arm *arm, uint32_t cpu, const char *what)
{
	const struct irq_target target = arm->irq->target;
	const struct counts before = counts_take();
	struct fillers fillers;

	check_error(run, irq_set_affinity(arm->irq, cpu), -EINVAL, what);
	check_as_before(run, arm, &target, what);
	fillers_init(&fillers, NULL, false);
	check_error(run, fillers_request(&fillers, cpu, NULL), -EINVAL, what);
	fillers_free(&fillers);
	counts_check(run, &before, what);
}

static void no_cpu(struct test_run *run, struct arm *arm)
{
	const uint32_t last = irq_reach(arm->irq) - 1;

	check_moves(run, arm, 0, "a move to cpu 0");
	check_refused(run, arm, cpu_count(), "a CPU past the last");
	check_refused(run, arm, IRQ_CPU_SHUTDOWN, "the shutdown vector as a CPU");
	check_error(run, irq_set_affinity(arm->irq, IRQ_CPU_ANY), -EINVAL, "any CPU, in a move");
	if (!check_error(run, cpu_unplug(last), 0, "the unplug"))
		return;
	check_refused(run, arm, last, "a CPU out of service");
	check_error(run, cpu_return(last), 0, "its return");
	check_moves(run, arm, last, "a move to the CPU that is back");
}

static const struct exhausted {
	const char *name;
	uint32_t vectors; /* of each CPU; 0: all */
	void (*check)(struct test_run *run, struct arm *arm);
} cases[] = {
        {"one-cpu", 0, one_cpu},
        {"all-cpus", FEW_VECTORS, all_cpus},
        {"no-cpu", 0, no_cpu},
        {"entries", 0, entries}, /* last: only where there is remapping */
};

#define CASES        (sizeof(cases) / sizeof(cases[0]))
#define CASES_DIRECT (CASES - 1)

static void check_source(struct test_run *run, struct source *source, const struct exhausted *what)
{
	const struct counts before = counts_take();
	struct arm arm;

	if (!arm_open(run, &arm, source, arms_lossless_for(source, run->phase == PHASE_REMAPPED)))
		return;
	irq_drain(NULL); /* of a vector that it had before it was requested */
	what->check(run, &arm);
	arm_prove(&arm);
	arm_check_books(run, &arm);
	arm_close(run, &arm);
	counts_check(run, &before, "in the end");
}

/* With each source in turn. */
static void exhaust(struct test_run *run)
{
	const struct exhausted *what = &cases[run->instance];
	struct source *source;

	check_error(run, vector_limit(what->vectors), 0, "vector_limit()");
	for (unsigned int n = 0; (source = arms_source(n)) && !run->failed; n++)
		check_source(run, source, what);
	check_error(run, vector_limit(0), 0, "vector_limit() in the end");
}

static unsigned int instances(enum test_phase phase)
{
	if (!arms_one_if_any(phase))
		return 0;
	return phase == PHASE_REMAPPED ? CASES : CASES_DIRECT;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	format(buffer, size, "%s%s", cases[instance].name,
	       phase == PHASE_REMAPPED ? ".remapped" : "");
}

#define EXHAUST(phase_name)                                                                        \
	{                                                                                          \
		.name = "exhaust",                                                                 \
		.checks = "allocation, activation and affinity can each fail, and the error "      \
		          "reaches the caller (the mail's #1 to #3): entries, vectors of a CPU "   \
		          "and of all CPUs that run out, a CPU that is not there; the old state "  \
		          "works on and nothing leaks",                                            \
		.failure = "a failure goes unseen, or breaks what worked, or leaks",               \
		.phase = phase_name, .cpus = 2, .instances = instances, .label = label,            \
		.needs = NO_SOURCE, .run = exhaust,                                                \
	}

TEST(52, exhaust_direct) = EXHAUST(PHASE_DIRECT);
TEST(52, exhaust_remapped) = EXHAUST(PHASE_REMAPPED);
