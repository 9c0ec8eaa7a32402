// SPDX-License-Identifier: MIT
/*
 * A host that has no vector or no entry left, and what its guest learns of it: by the call, the
 * error that the host had; by a trapped write, or a call in the place of the message write,
 * nothing. Then its device's messages come in nowhere, or where nobody is any more.
 */
#include <asm-generic/errno.h>

#include "drivers/vtd/vtd.h"
#include "kernel/irq/vector.h"
#include "kernel/panic.h"
#include "kernel/print.h"
#include "kernel/virt/guest/pv_message.h"
#include "tests/arm.h"
#include "tests/counts.h"
#include "tests/idle_store.h"
#include "tests/virt/arms.h"
#include "tests/virt/run.h"
#include "tests/virt/table.h"
#include "tests/virt/within.h"

#define FIRES_PART  20   /* of the option's messages: each that is lost is proven to be */
#define FEW_VECTORS 2    /* of each host CPU */
#define ENTRIES_MAX 4096 /* more irqs would leave the tests to come no memory */

enum when { SET_UP, MOVE };
enum step { ALLOC, REQUEST, AFFINITY };

enum { WHEN = VIRT_ARM + 1 };                     /* argument */
enum { STEP = VIRT_MASKS + 1, STEP_ERROR, KEPT }; /* results: the last step; the old target */

static void fire_some(struct test_run *run, struct arm *arm)
{
	uint64_t *results = guest_shared.results;

	for (uint64_t n = 0; n <= run->options->fires / FIRES_PART && !run->failed; n++) {
		int error = arm_fire(arm);

		test_check(run, !error, "message %lu: error %d", n, error);
	}
	arm_prove(arm);
	test_check(run, ledger_conserved(&arm->ledger), "the outcomes do not add up");
	for (int i = 0; i < OUTCOMES; i++)
		results[VIRT_OUTCOMES + i] = arm->ledger.outcomes[i];
	results[VIRT_FIRED] = results[VIRT_ALL_FIRED] = arm->ledger.fired;
	results[VIRT_ALL_MISSING] = arm->ledger.outcomes[OUTCOME_MISSING];
	results[VIRT_UNEXPECTED] = virt_arm_unexpected();
}

/* What it has left behind goes: then only the target it believes in is its own. */
static void move_and_forget(struct arm *arm)
{
	uint64_t *results = guest_shared.results;
	const struct irq_target before = arm->irq->target;

	results[STEP] = AFFINITY;
	results[STEP_ERROR] = (uint64_t)irq_set_affinity(arm->irq, 1);
	results[KEPT] =
	        arm->irq->target.cpu == before.cpu && arm->irq->target.vector == before.vector;
	irq_drain(NULL);
}

static int set_up(struct arm *arm, struct source *source, const struct protocol *protocol)
{
	uint64_t *results = guest_shared.results;
	int error;

	results[STEP] = ALLOC;
	error = arm_alloc(arm, source, 0, protocol, 1);
	if (error)
		return error;
	results[STEP] = REQUEST;
	error = arm_request(arm, arm->roles.first_receiver);
	if (error)
		irq_free(arm->irq);
	return error;
}

static void go_without(struct guest_shared *shared)
{
	struct test_run *run = within_begin(shared, "virt.full");
	const struct virt_arm *what = (const struct virt_arm *)shared->arguments[VIRT_ARM];
	struct source *source = virt_arm_source(shared, what);
	int error = source->ops->open(source);
	static struct arm arm;

	if (test_check(run, !error, "%s does not open: error %d", source->name, error)) {
		error = set_up(&arm, source, protocol_find(what->protocol));
		shared->results[STEP_ERROR] = (uint64_t)error;
		if (!error) {
			if (shared->arguments[WHEN] == MOVE)
				move_and_forget(&arm);
			fire_some(run, &arm);
			arm_end(&arm);
		}
		shared->results[VIRT_REFUSED] = virt_arm_refused(what, source);
		source->ops->close(source);
	}
	within_end(run);
}

/* On the host CPUs of both vCPUs, or of vCPU 1. */
static bool take_vectors(struct test_run *run, struct fillers *fillers, enum when when)
{
	int error = vector_limit(FEW_VECTORS);

	fillers_init(fillers, NULL, false);
	for (uint32_t cpu = when == SET_UP ? 1 : 2; cpu <= 2 && !error; cpu++) {
		while (!(error = fillers_request(fillers, cpu, NULL)))
			;
		error = error == -ENOSPC ? 0 : error;
	}
	return test_check(run, !error, "the host's vectors cannot be used up: error %d", error);
}

static bool take_entries(struct test_run *run, struct fillers *fillers, const struct source *source)
{
	uint32_t entries = vtd_unit_for(&source->requester)->indexes.size;
	int error;

	fillers_init(fillers, source, true);
	if (entries > ENTRIES_MAX) {
		test_skip(run,
		          "the remapping table has %u entries, too many to take them all; "
		          "irtes=%u has fewer",
		          entries, ENTRIES_MAX);
		return false;
	}
	while (!(error = fillers_alloc(fillers, NULL)))
		;
	if (error == -ENOMEM)
		test_skip(run, "there is memory for %u irqs only; irtes=16 has fewer entries",
		          fillers->count);
	else
		test_check(run, error == -ENOSPC, "the entries cannot be used up: error %d", error);
	return error == -ENOSPC;
}

static const struct cause {
	const char *name;
	enum when when;
	bool entries;
	enum step fails; /* by the call */
} causes[] = {
        {"vectors", SET_UP, false, REQUEST},
        {"entries", SET_UP, true, ALLOC},
        {"move", MOVE, false, AFFINITY},
};

static const struct virt_arm ways[] = {
        {VIRT_HYPERCALL, "msix", "remapped", true},
        {VIRT_TRAP, "msix", "masked", true},
        {VIRT_MESSAGE_CALL, "msix", "masked", true},
};

#define CAUSES (sizeof(causes) / sizeof(causes[0]))
#define WAYS   (sizeof(ways) / sizeof(ways[0]))

/* Where the guest can know, it knows; where not, all it sends is lost. */
static void judge(struct test_run *run, const struct virt_host *host, const struct cause *cause)
{
	const uint64_t *results = host->guest->shared->results;
	bool learns = host->arm->way == VIRT_HYPERCALL;
	int error = (int)results[STEP_ERROR];
	uint64_t silent = virt_arm_silent(host), lost = virt_arm_lost(host);

	test_check(run, error == (learns ? -ENOSPC : 0), "the guest got %d", error);
	test_check(run, !learns || results[STEP] == cause->fails,
	           "step %lu failed, and it should be %u", results[STEP], cause->fails);
	test_check(run, learns ? !silent : silent > 0, "%lu steps failed in silence", silent);
	test_check(run, lost == (learns ? 0 : results[VIRT_FIRED]), "%lu of %lu messages are lost",
	           lost, results[VIRT_FIRED]);
	test_check(run, results[VIRT_FIRED] || (learns && cause->when == SET_UP), "nothing fired");
	if (learns && cause->when == MOVE)
		test_check(run, results[KEPT], "the irq has another target after all");
	virt_arm_check_books(run, host);
	virt_table_add_shortage(&(struct virt_shortage){.arm = host->arm,
	                                                .source = host->source,
	                                                .cause = cause->name,
	                                                .error = error,
	                                                .silent = silent,
	                                                .fired = results[VIRT_FIRED],
	                                                .lost = lost});
}

static void full(struct test_run *run)
{
	static const struct guest_task task = {"go without", go_without};
	static struct virt_host host;
	const struct cause *cause = &causes[run->instance / WAYS];
	const struct counts before = counts_take();
	struct fillers fillers;

	if (!virt_arm_begin(run, &host, &ways[run->instance % WAYS]))
		return;
	host.guest->shared->arguments[WHEN] = cause->when;
	if (cause->entries ? take_entries(run, &fillers, host.source)
	                   : take_vectors(run, &fillers, cause->when)) {
		virt_run(run, host.guest, &task);
		judge(run, &host, cause);
	}
	fillers_free(&fillers);
	virt_arm_end(run, &host);
	test_check(run, !vector_limit(0), "an irq is left");
	counts_check(run, &before, "in the host, in the end");
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return CAUSES * WAYS;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s.%s", causes[instance / WAYS].name,
	       virt_way_name(ways[instance % WAYS].way));
}

TEST(74, virt_full) = {
        .name = "virt.full",
        .checks = "a host without a vector or an entry says so to a guest that calls, and the old "
                  "target works on; one that traps, or is called in the place of the message "
                  "write, cannot, and the guest's messages are lost (the mail's point 5)",
        .failure = "a guest is told nothing of an interrupt that it cannot have; or the "
                   "comparison does not show what it is there for",
        .phase = PHASE_REMAPPED,
        .cpus = 3,
        .instances = instances,
        .label = label,
        .run = full,
};
