// SPDX-License-Identifier: MIT
#include "tests/async/async.h"

#include <asm-generic/errno.h>

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/dispatch.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "kernel/progress.h"
#include "kernel/string.h"
#include "kernel/time.h"
#include "tests/arm.h"
#include "tests/mark.h"

/*
 * An irq keeps the vector it had on a CPU, under a number that no other irq has, as long as there
 * are enough of both (kernel/irq/vector.h). Here there are, so no vector is ever freed while the
 * device sends: a drain would have every CPU wait for every other, and messages meet no moves
 * meanwhile. With more CPUs than that the others get nothing.
 */
#define RECEIVERS_MAX 8
_Static_assert(TURNS_MAX *RECEIVERS_MAX < VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST,
               "a number for each pair of irq and CPU");
_Static_assert(RECEIVERS_MAX < IRQ_VECTORS_MAX, "no irq gives vectors back");

/*
 * So many moves between two looks; a message that stood at both is put to the proof. That decides
 * only how often the barriers are paid for.
 */
#define MOVES_PER_LOOK 2048

/* After the barrier, for hardware whose flush is not the whole way to the local APIC. */
#define GRACE_US 50

#define LOOK_AT_CLOCK 64
#define REPORT_US     5000000
#define SILENCE_US    30000000

static void arrived(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	const struct async_slot *slot = context;

	turns_arrived(&slot->arm->turns, slot->number, ledger_outcome_of(irq, arrival));
}

static void arrived_astray(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	const struct async_slot *slot = context;

	(void)irq, (void)arrival;
	turns_arrived(&slot->arm->turns, slot->number, OUTCOME_STRAY);
}

/* Below 4 GiB, where every device reaches it; kept for the next arm. */
static struct source_turn *shared_words(void)
{
	static struct source_turn *words;

	if (!words)
		words = memory_alloc(TURNS_MAX * sizeof(*words), sizeof(*words));
	return words;
}

static int begin_slot(struct async *arm, unsigned int n)
{
	struct irq_request request = {
	        .leaf = arm->source->leaf,
	        .name = arm->source->name,
	        .store = arm->source->ops->store(arm->source, n),
	        .requester = arm->source->requester,
	        .protocol = arm->protocol,
	        .without_remapping_on_purpose = true,
	};
	int error = irq_alloc(&request, &arm->irqs[n]);

	if (error)
		return error;
	arm->slots[n] = (struct async_slot){.arm = arm, .number = n};
	error = irq_request(arm->irqs[n], arm->first_receiver + n % arm->receivers, arrived,
	                    arrived_astray, &arm->slots[n]);
	if (error)
		irq_free(arm->irqs[n]);
	return error;
}

unsigned int async_slots(const struct source *source)
{
	return source->slots < TURNS_MAX ? source->slots : TURNS_MAX;
}

/* With three CPUs or more CPU 0 only moves. */
int async_begin(struct async *arm, struct source *source, const struct protocol *protocol,
                uint64_t seed)
{
	struct source_turn *words = shared_words();
	unsigned int wanted = async_slots(source);
	int error;

	if (!words)
		return -ENOMEM;
	memset(arm, 0, sizeof(*arm));
	arm->source = source;
	arm->protocol = protocol;
	arm->random = random_init(seed);
	arm->first_receiver = irq_cpus() > 2 ? 1 : 0;
	arm->receivers = irq_cpus() - arm->first_receiver;
	if (arm->receivers > RECEIVERS_MAX)
		arm->receivers = RECEIVERS_MAX;
	arm->blocked_before = vtd_blocked(source->requester.segment, source->requester.id, NULL);
	for (; arm->count < wanted; arm->count++) {
		error = begin_slot(arm, arm->count);
		if (error) {
			async_end(arm);
			return error;
		}
	}
	turns_init(&arm->turns, words, arm->count);
	return 0;
}

void async_end(struct async *arm)
{
	for (unsigned int n = 0; n < arm->count; n++) {
		irq_release(arm->irqs[n]);
		irq_free(arm->irqs[n]);
	}
}

/*
 * Whatever has been sent by now and been taken by nobody is lost. The suspects are named before the
 * proof begins, and the same ones have to stand at its end.
 */
static void prove(struct async *arm)
{
	const struct requester *requester = &arm->source->requester;
	struct ledger *ledger = &arm->turns.ledger;
	struct deadline grace;

	arm->proofs++;
	turns_suspect(&arm->turns);
	arm_prove_source(arm->source);
	if (!turns_standing(&arm->turns))
		return;
	grace = deadline_in_us(GRACE_US);
	while (!deadline_passed(&grace))
		;
	arm_prove_source(arm->source);
	for (unsigned int n = 0; n < arm->count; n++) {
		uint64_t blocked =
		        vtd_blocked(requester->segment, requester->id, NULL) - arm->blocked_before;

		turns_give_up(&arm->turns, n,
		              blocked > ledger->outcomes[OUTCOME_BLOCKED] ? OUTCOME_BLOCKED
		                                                          : OUTCOME_MISSING);
	}
}

static void look(struct async *arm)
{
	if (++arm->looks < MOVES_PER_LOOK)
		return;
	arm->looks = 0;
	if (turns_standing(&arm->turns))
		prove(arm);
	turns_suspect(&arm->turns);
}

static int move_one(struct async *arm)
{
	struct irq *irq = arm->irqs[random_below(&arm->random, arm->count)];
	uint32_t here = irq->target.cpu - arm->first_receiver;
	uint32_t step = 1 + random_below(&arm->random, arm->receivers - 1);
	int error;

	if (arm->moves_limit && arm->moves >= arm->moves_limit) {
		pause();
		return 0;
	}
	error = irq_set_affinity(irq, arm->first_receiver + (here + step) % arm->receivers);
	if (!error)
		arm->moves++;
	return error;
}

/* The device counts modulo 2^32. Returns whether it has sent any since the last call. */
static bool count_sent(struct async *arm)
{
	uint32_t now = arm->source->ops->loop->sent(arm->source);
	uint32_t more = now - (uint32_t)arm->sent;

	arm->sent += more;
	return more;
}

struct watch {
	struct deadline report, silence;
};

/* The clock ends an arm whose device is dead, and decides nothing else. */
static int keep_watch(struct async *arm, struct watch *watch, bool progress, uint64_t fires)
{
	if (progress)
		watch->silence = deadline_in_us(SILENCE_US);
	if (arm->moves % LOOK_AT_CLOCK && progress)
		return 0;
	progress_at(arm->sent);
	if (deadline_passed(&watch->report)) {
		print("# %s %s %s: %lu of %lu messages\n", arm->source->name, arm->source->kind,
		      arm->protocol->name, arm->sent, fires);
		watch->report = deadline_in_us(REPORT_US);
	}
	return deadline_passed(&watch->silence) ? -EIO : 0;
}

static int move_until_sent(struct async *arm, uint64_t fires)
{
	struct watch watch = {deadline_in_us(REPORT_US), deadline_in_us(SILENCE_US)};
	int error = 0;

	progress_of(fires);
	while (arm->sent < fires && !error) {
		error = move_one(arm);
		look(arm);
		if (!error)
			error = keep_watch(arm, &watch, count_sent(arm), fires);
	}
	return error;
}

/* Of all irqs together; each move adds one (kernel/irq/irq.h). */
static uint32_t generations(const struct async *arm)
{
	uint32_t sum = 0;

	for (unsigned int n = 0; n < arm->count; n++)
		sum += arm->irqs[n]->target.generation;
	return sum;
}

static void mark_targets(const struct async *arm)
{
	for (unsigned int n = 0; n < arm->count; n++)
		for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
			if (arm->irqs[n]->on[cpu].vector)
				mark(MARK_STORM_TARGET,
				     &(struct irq_target){.apic_id = cpu_get(cpu)->apic_id,
				                          .vector = arm->irqs[n]->on[cpu].vector});
}

int async_run(struct async *arm, uint64_t fires)
{
	const struct source_loop *loop = arm->source->ops->loop;
	int error, stop_error;
	uint32_t before = generations(arm);
	uint64_t start;

	mark(MARK_STORM_BEGINS, &arm->irqs[0]->target);
	start = time_ticks();
	error = loop->start(arm->source, arm->count, arm->turns.words);
	if (error)
		return error;
	error = move_until_sent(arm, fires);
	stop_error = loop->stop(arm->source);
	arm->ticks = time_ticks() - start;
	count_sent(arm);
	prove(arm);
	arm->turns.ledger.fired = arm->sent;
	arm->retargets = generations(arm) - before;
	mark_targets(arm);
	mark(MARK_STORM_ENDS, &arm->irqs[0]->target);
	return error ? error : stop_error;
}
