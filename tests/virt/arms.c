// SPDX-License-Identifier: MIT
/*
 * The ways in which a guest's interrupts can be had, measured against each other: what each step
 * costs the host, and what gets lost while the guest moves its irq all the time.
 */
#include "tests/arms.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "kernel/virt/msix_trap.h"
#include "tests/counts.h"
#include "tests/virt/arms.h"
#include "tests/virt/device.h"
#include "tests/virt/run.h"
#include "tests/virt/table.h"
#include "tests/virt/within.h"

static const struct virt_arm arms[] = {
        {VIRT_HYPERCALL, "msix", "remapped", true},
        {VIRT_HYPERCALL, "ims-device", "remapped", true},
        {VIRT_HYPERCALL, "ims-queue", "remapped", true},
        {VIRT_TRAP, "msix", "masked", true},
        {VIRT_TRAP, "msix", "two-step", true},
        {VIRT_TRAP, "msix", "naive-address-first", false},
        {VIRT_MESSAGE_CALL, "msix", "masked", true},
};

#define ARMS (sizeof(arms) / sizeof(arms[0]))

const char *virt_way_name(enum virt_way way)
{
	static const char *const names[] = {
	        [VIRT_HYPERCALL] = "hypercall",
	        [VIRT_TRAP] = "trap",
	        [VIRT_MESSAGE_CALL] = "message-call",
	};

	return names[way];
}

bool virt_arm_begin(struct test_run *run, struct virt_host *host, const struct virt_arm *arm)
{
	bool traps = arm->way == VIRT_TRAP;
	int error;

	memset(host, 0, sizeof(*host));
	host->arm = arm;
	host->source = arms_source_of_kind(arm->kind);
	if (!host->source) {
		test_skip(run, "no source whose store is %s", arm->kind);
		return false;
	}
	host->guest = virt_load(run, 2);
	if (!host->guest || !device_assign(run, &host->device, host->guest, host->source,
	                                   traps ? &msix_trap_ops : NULL, &host->trap))
		return false;
	if (traps && host->device.assigned.entries > MSIX_TRAP_ENTRIES_MAX) {
		test_skip(run, "its MSI-X table has %u entries, more than the %u that are trapped",
		          host->device.assigned.entries, MSIX_TRAP_ENTRIES_MAX);
		device_end(run, &host->device);
		return false;
	}
	host->backings = guest_backings(host->guest);
	error = backing_assign(host->backings, host->source, !traps, NULL);
	if (!error && traps)
		error = msix_trap_init(&host->trap, host->backings, host->source,
		                       host->device.assigned.entries);
	if (!test_check(run, !error, "%s cannot have backings: error %d", host->source->name,
	                error)) {
		device_end(run, &host->device);
		return false;
	}
	host->guest->shared->arguments[VIRT_ARM] = (uint64_t)arm;
	within_tell(run, host->guest);
	costs_watch(host->guest);
	return true;
}

void virt_arm_end(struct test_run *run, struct virt_host *host)
{
	backing_end(host->backings);
	device_end(run, &host->device);
}

static const uint64_t *results_of(const struct virt_host *host)
{
	return host->guest->shared->results;
}

uint64_t virt_arm_lost(const struct virt_host *host)
{
	const uint64_t *outcomes = &results_of(host)[VIRT_OUTCOMES];

	return outcomes[OUTCOME_STRAY] + outcomes[OUTCOME_BLOCKED] + outcomes[OUTCOME_MISSING];
}

uint64_t virt_arm_silent(const struct virt_host *host)
{
	return host->trap.silent + results_of(host)[VIRT_REFUSED];
}

/* In the form of tests/result.h's. */
static void print_result(const struct virt_host *host, uint64_t seed)
{
	const uint64_t *results = results_of(host);
	char outcomes[OUTCOMES * 32];
	int length = 0;

	for (int i = 0; i < OUTCOMES; i++)
		length += format(outcomes + length, sizeof(outcomes) - (size_t)length, "%s=%lu ",
		                 outcome_name(i), results[VIRT_OUTCOMES + i]);
	print("# result source=%s store=%s protocol=guest-%s-%s ir=on cpus=%u moves=%lu fired=%lu "
	      "%slate=%lu duplicate=%lu lost=%lu seed=%lu\n",
	      host->source->name, host->source->kind, virt_way_name(host->arm->way),
	      host->arm->protocol, host->guest->vcpus, results[VIRT_MOVES], results[VIRT_FIRED],
	      outcomes, results[VIRT_LATE], results[VIRT_DUPLICATE], virt_arm_lost(host), seed);
}

/*
 * What the host posted is what came in: the guest's ledger has an outcome for each of its messages,
 * and those that the host did not post are the ones that came in nowhere. What came in where no irq
 * is, the ledger has as missing.
 */
void virt_arm_check_books(struct test_run *run, const struct virt_host *host)
{
	const uint64_t *results = results_of(host);
	const struct backing_counts *counts = &host->backings->counts;
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOMES; i++)
		sum += results[VIRT_OUTCOMES + i];
	test_check(run, sum == results[VIRT_FIRED], "%lu outcomes for %lu messages", sum,
	           results[VIRT_FIRED]);
	test_check(run,
	           counts->posts == results[VIRT_ALL_FIRED] - results[VIRT_ALL_MISSING] +
	                                    results[VIRT_UNEXPECTED],
	           "the host posted %lu messages; in the guest %lu were fired, %lu came in nowhere "
	           "that they were expected, and %lu where no irq is",
	           counts->posts, results[VIRT_ALL_FIRED], results[VIRT_ALL_MISSING],
	           results[VIRT_UNEXPECTED]);
	test_check(run, !counts->merged && !counts->unrouted && !counts->strays,
	           "in the host %lu messages were merged, %lu had no target, %lu came in where "
	           "nobody expects them",
	           counts->merged, counts->unrouted, counts->strays);
}

static void check_none(struct test_run *run, const struct costs *costs, uint64_t calls,
                       const char *what)
{
	const uint64_t *count = costs->exits.count;

	test_check(run,
	           count[VM_EXIT_HYPERCALL] == calls && !count[VM_EXIT_MSR] &&
	                   !count[VM_EXIT_MEMORY] && !count[VM_EXIT_CPUID],
	           "%s: %lu exits for hypercalls, %lu for MSRs, %lu for memory, %lu for CPUID; "
	           "there should be %lu, 0, 0, 0",
	           what, count[VM_EXIT_HYPERCALL], count[VM_EXIT_MSR], count[VM_EXIT_MEMORY],
	           count[VM_EXIT_CPUID], calls);
}

/* One exit for each move, none for what the guest does with its message store. */
static void check_hypercall(struct test_run *run, const struct virt_host *host)
{
	const uint64_t *results = results_of(host);
	const struct costs moved = costs_between(VIRT_SET_UP, VIRT_MOVED);
	const struct costs masked = costs_between(VIRT_MOVED, VIRT_MASKED);
	const struct costs all = costs_between(VIRT_SENT, VIRT_RUN);

	check_none(run, &moved, results[VIRT_QUIET], "the moves");
	check_none(run, &masked, 0, "masks and unmasks");
	test_check(run, all.exits.hypercalls[HYPERCALL_IRTE_UPDATE] == results[VIRT_MOVES],
	           "%lu calls for %lu moves while it fired",
	           all.exits.hypercalls[HYPERCALL_IRTE_UPDATE], results[VIRT_MOVES]);
	test_check(run, !all.exits.count[VM_EXIT_MEMORY], "%lu exits for memory while it fired",
	           all.exits.count[VM_EXIT_MEMORY]);
	test_check(run, !host->backings->counts.refused, "the host refused %lu calls",
	           host->backings->counts.refused);
}

static void add_row(const struct virt_host *host)
{
	const uint64_t *results = results_of(host);
	const struct virt_row row = {
	        .arm = host->arm,
	        .source = host->source,
	        .set_up = {1, costs_between(VIRT_BEGIN, VIRT_SET_UP)},
	        .move = {results[VIRT_QUIET], costs_between(VIRT_SET_UP, VIRT_MOVED)},
	        .mask = {results[VIRT_MASKS], costs_between(VIRT_MOVED, VIRT_MASKED)},
	        .message = {results[VIRT_QUIET], costs_between(VIRT_MASKED, VIRT_SENT)},
	        .fired = results[VIRT_FIRED],
	        .lost = virt_arm_lost(host),
	};

	virt_table_add(&row);
}

static void judge(struct test_run *run, const struct virt_host *host)
{
	const uint64_t *results = results_of(host);
	uint64_t lost = virt_arm_lost(host);

	test_check(run, !results[VIRT_ALLOC_ERROR] && !results[VIRT_MOVE_ERROR],
	           "the guest's irq: error %d, and in a move %d", (int)results[VIRT_ALLOC_ERROR],
	           (int)results[VIRT_MOVE_ERROR]);
	if (host->arm->lossless)
		test_check(run, !lost, "lost %lu of %lu messages, must lose none", lost,
		           results[VIRT_FIRED]);
	else if (!lost)
		print("# %s: expected to lose, lost none in %lu moves\n", run->name,
		      results[VIRT_MOVES]);
	test_check(run, !virt_arm_silent(host), "%lu steps failed that the guest knows nothing of",
	           virt_arm_silent(host));
	virt_arm_check_books(run, host);
	test_check(run, !results[VIRT_UNEXPECTED], "%lu messages came in where no irq is",
	           results[VIRT_UNEXPECTED]);
	if (host->arm->way == VIRT_HYPERCALL)
		check_hypercall(run, host);
}

static void arm(struct test_run *run)
{
	static struct virt_host host;
	const struct counts before = counts_take();

	if (!virt_arm_begin(run, &host, &arms[run->instance]))
		return;
	virt_run(run, host.guest, &virt_arm_task);
	print_result(&host, run->options->seed);
	judge(run, &host);
	add_row(&host);
	virt_arm_end(run, &host);
	counts_check(run, &before, "in the host, in the end");
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return ARMS;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct virt_arm *of = &arms[instance];

	(void)phase;
	format(buffer, size, "%s.%s.%s", virt_way_name(of->way), of->kind, of->protocol);
}

TEST(73, virt_arms) = {
        .name = "virt.arm",
        .checks = "a guest that writes its message storage itself moves its irq by one call and "
                  "loses nothing (the mail's points 4 and 5); beside it, what monitors do today",
        .failure = "a guest loses messages, or the host has more to do for a move than the one "
                   "call",
        .phase = PHASE_REMAPPED,
        .cpus = 3,
        .instances = instances,
        .label = label,
        .run = arm,
};
