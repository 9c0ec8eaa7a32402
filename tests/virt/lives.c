// SPDX-License-Identifier: MIT
/*
 * Thousands of lives of a guest's irqs, while the host refuses now this and now that: the guest
 * gets the host's error, of the step that failed, and nothing is left of any life on either side.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/cpu.h"
#include "kernel/cpu/wait.h"
#include "kernel/print.h"
#include "kernel/random.h"
#include "kernel/virt/guest_backings.h"
#include "tests/counts.h"
#include "tests/virt/idle_source.h"
#include "tests/virt/run.h"
#include "tests/virt/within.h"

#define REFUSAL       (-ESTALE) /* an error that no layer has by itself */
#define ONE_IN        8
#define LIVES_MIN     100 /* some are refused, whatever the seed */
#define MOVES_OF_EACH 4   /* moves of each life */

/* results */
enum { LIVES, ALLOCS, REQUESTS, MOVES, RELEASES, REFUSED };

static struct random chance;

/* On the host, in the loop of whichever vCPU calls: one at a time, as they take turns. */
static int refuse_now_and_then(const struct irq *irq, const struct irq_layer *layer,
                               enum irq_step step)
{
	(void)irq, (void)layer, (void)step;
	return random_below(&chance, ONE_IN) ? 0 : REFUSAL;
}

/* In the guest. Whether the step was done; if not, it was for the host's reason. */
static bool done(struct test_run *run, int error, const char *what, int counter)
{
	guest_shared.results[error ? REFUSED : counter]++;
	test_check(run, !error || error == REFUSAL, "%s: error %d, and the host's is %d", what,
	           error, REFUSAL);
	return !error;
}

static void move_about(struct test_run *run, struct irq *irq)
{
	for (uint32_t n = 0; n < MOVES_OF_EACH; n++) {
		const struct irq_target before = irq->target;
		uint32_t cpu = (before.cpu + 1) % cpu_count();

		if (done(run, irq_set_affinity(irq, cpu), "a move", MOVES))
			test_check(run, irq->target.cpu == cpu, "it moved elsewhere");
		else
			test_check(run,
			           irq->target.cpu == before.cpu &&
			                   irq->target.vector == before.vector,
			           "a move that failed left another target");
	}
}

static void live(struct test_run *run, struct source *source, uint64_t n)
{
	struct irq_request request = idle_source_request(source, (unsigned int)(n % source->slots));
	struct irq *irq;

	request.without_reservation = n % 2; /* its first call asks for a vector at once */
	if (!done(run, irq_alloc(&request, &irq), "an allocation", ALLOCS))
		return;
	if (done(run, irq_request(irq, n % cpu_count(), NULL, NULL, NULL), "a request", REQUESTS)) {
		move_about(run, irq);
		done(run, irq_release(irq), "a release", RELEASES);
	}
	irq_free(irq);
}

static void live_and_die(struct guest_shared *shared)
{
	struct test_run *run = within_begin(shared, "virt.lives");
	struct source *source = idle_source_open(shared, &irq_leaf_ims);
	const struct counts before = counts_take();
	uint64_t lives = run->options->fires > LIVES_MIN ? run->options->fires : LIVES_MIN;

	for (uint64_t n = 0; n < lives && !run->failed; n++) {
		live(run, source, n);
		counts_check(run, &before, "in the guest, after a life");
		cpu_progress();
		shared->results[LIVES]++;
	}
	within_end(run);
}

static void report(const struct guest *guest)
{
	const uint64_t *results = guest->shared->results;
	const struct backing_counts *counts = &guest->backings->counts;

	print("# virt.lives: %lu lives: %lu allocated, %lu requested, %lu moves, %lu released, %lu "
	      "steps refused by the host\n",
	      results[LIVES], results[ALLOCS], results[REQUESTS], results[MOVES], results[RELEASES],
	      results[REFUSED]);
	print("# virt.lives: the host had %lu calls, refused %lu, allocated %lu and freed %lu "
	      "irqs\n",
	      counts->updates, counts->refused, counts->allocs, counts->frees);
}

static void lives(struct test_run *run)
{
	static const struct guest_task task = {"live and die", live_and_die};
	struct guest *guest = virt_load(run, 2);
	struct counts before;

	if (!guest || !idle_source_assign(run, guest))
		return;
	before = counts_take();
	within_tell(run, guest);
	chance = random_init(run->options->seed);
	irq_inject(refuse_now_and_then);
	virt_run(run, guest, &task);
	irq_inject(NULL);
	report(guest);
	test_check(run, !backing_count(guest->backings), "%u backings are left",
	           backing_count(guest->backings));
	counts_check(run, &before, "in the host, after all lives");
	test_check(run, guest->backings->counts.refused, "the host refused nothing");
	backing_end(guest->backings);
}

TEST(71, virt_lives) = {
        .name = "virt.lives",
        .checks = "whatever the host refuses of an irq's life reaches the guest as the error of "
                  "that step, and neither side leaks: irqs, vectors, reservations, entries",
        .failure = "a guest does not learn that its interrupt cannot be had, or host or guest "
                   "run out of them in time",
        .phase = PHASE_REMAPPED,
        .cpus = 3,
        .run = lives,
};
