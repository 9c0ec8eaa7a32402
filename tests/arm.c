// SPDX-License-Identifier: MIT
#include "tests/arm.h"

#include <asm-generic/errno.h>

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/vector.h"
#include "kernel/print.h"
#include "kernel/progress.h"
#include "kernel/string.h"
#include "kernel/time.h"
#include "tests/mark.h"
#include "tests/result.h"

/*
 * How long the firing CPU only looks before it asks for proof, where nobody moves. It decides
 * nothing but how often the barrier is paid for; a message that takes longer is found by the
 * barrier.
 */
#define LOOKS_BEFORE_BARRIER 20000

/* After the barrier, for hardware whose flush is not the whole way to the local APIC. */
#define GRACE_US 50

/* A long arm says now and then how far it is; the clock is not looked at for every message. */
#define REPORT_US     5000000
#define LOOK_AT_CLOCK 256

int arm_alloc(struct arm *arm, struct source *source, unsigned int slot,
              const struct protocol *protocol, uint64_t seed)
{
	struct irq_request request = {
	        .leaf = source->leaf,
	        .name = source->name,
	        .store = source->ops->store(source, slot),
	        .requester = source->requester,
	        .protocol = protocol,
	        .without_remapping_on_purpose = true,
	};
	int error;

	memset(arm, 0, sizeof(*arm));
	ledger_init(&arm->ledger);
	arm->ledger.waiter = this_cpu();
	arm->source = source;
	arm->slot = slot;
	arm->protocol = protocol;
	arm->random = random_init(seed);
	arm->mover.random = random_init(seed);
	arm->blocked_before = vtd_blocked(source->requester.segment, source->requester.id, NULL);
	error = irq_alloc(&request, &arm->irq);
	if (!error)
		arm->roles = roles_for(irq_reach(arm->irq));
	return error;
}

int arm_request(struct arm *arm, uint32_t cpu)
{
	return irq_request(arm->irq, cpu, ledger_handler, ledger_stray_handler, &arm->ledger);
}

int arm_begin(struct arm *arm, struct source *source, unsigned int slot,
              const struct protocol *protocol, uint64_t seed)
{
	int error = arm_alloc(arm, source, slot, protocol, seed);

	if (error)
		return error;
	error = arm_request(arm, arm->roles.first_receiver);
	if (error)
		irq_free(arm->irq);
	return error;
}

void arm_end(struct arm *arm)
{
	irq_release(arm->irq);
	irq_free(arm->irq);
}

bool arm_was_dropped(struct test_run *run, const struct source *source)
{
	if (source->dropped)
		test_skip(run, "%s at %s was dropped: %s", source->name, source->location,
		          source->dropped);
	return source->dropped;
}

bool arm_open_source(struct test_run *run, struct source *source)
{
	int error;

	if (arm_was_dropped(run, source))
		return false;
	error = source_open(source);
	if (error == -ENXIO && source->leaf->end_of_interrupt) {
		test_skip(run,
		          "the interrupt of %s at %s comes in at no pin that others leave alone",
		          source->name, source->location);
		return false;
	}
	return test_check(run, !error, "%s at %s does not open: error %d", source->name,
	                  source->location, error);
}

bool arm_open(struct test_run *run, struct arm *arm, struct source *source,
              const struct protocol *protocol)
{
	int error;

	if (!arm_open_source(run, source))
		return false;
	error = arm_begin(arm, source, 0, protocol, run->options->seed);
	if (test_check(run, !error, "%s refused its irq: error %d", source->name, error))
		return true;
	source->ops->close(source);
	return false;
}

void arm_close(struct test_run *run, struct arm *arm)
{
	if (run->failed || run->options->verbose >= 3)
		arm_print_state(arm);
	arm_end(arm);
	arm->source->ops->close(arm->source);
}

/*
 * Two barriers: after the first, every CPU has taken what was pending and every protocol that ran
 * with interrupts off has ended, but it may just have replayed a message; after the second that one
 * has been taken, too. A replay is not replayed again: the mover looks for the vector of its own
 * move only.
 */
void arm_prove_source(struct source *source)
{
	source->ops->flush(source);
	barrier();
	barrier();
}

void arm_prove(struct arm *arm)
{
	arm_prove_source(arm->source);
}

/* A handler was faster with its claim, and has not entered it in the books yet. */
static void wait_for_claim(const struct arm *arm)
{
	if (ledger_settled(&arm->ledger))
		return;
	wait_begin("a handler to settle message %lu", arm->ledger.fired);
	while (!ledger_settled(&arm->ledger))
		pause();
	wait_end();
}

bool arm_await(struct arm *arm)
{
	struct deadline grace;

	arm_prove(arm);
	if (ledger_settled(&arm->ledger))
		return true;
	grace = deadline_in_us(GRACE_US);
	while (!deadline_passed(&grace))
		;
	arm_prove(arm);
	return ledger_settled(&arm->ledger);
}

void arm_give_up(struct arm *arm, enum outcome outcome)
{
	ledger_give_up(&arm->ledger, outcome);
	wait_for_claim(arm);
}

static void look_a_while(const struct arm *arm)
{
	for (int i = 0; i < LOOKS_BEFORE_BARRIER && !ledger_settled(&arm->ledger); i++)
		pause();
}

static bool is_settled(void *ledger)
{
	return ledger_settled(ledger);
}

void arm_settle(struct arm *arm)
{
	const struct requester *requester = &arm->source->requester;
	uint64_t blocked;

	if (!mover_await(is_settled, &arm->ledger))
		look_a_while(arm);
	if (ledger_settled(&arm->ledger) || arm_await(arm))
		return;
	blocked = vtd_blocked(requester->segment, requester->id, NULL) - arm->blocked_before;
	arm_give_up(arm, blocked > arm->ledger.outcomes[OUTCOME_BLOCKED] ? OUTCOME_BLOCKED
	                                                                 : OUTCOME_MISSING);
}

void arm_write_message(struct arm *arm, const struct message *message)
{
	struct message_store *store = arm->source->ops->store(arm->source, arm->slot);

	if (store_maskable(store))
		store->ops->mask(store);
	store_write_message(store, message);
	if (store_maskable(store))
		store->ops->unmask(store);
	store->ops->flush(store);
}

int arm_send(struct arm *arm)
{
	int error;

	cpu_progress();
	progress_step();
	ledger_open(&arm->ledger);
	error = arm->source->ops->fire(arm->source, arm->slot);
	if (error)
		ledger_cancel(&arm->ledger);
	return error;
}

int arm_fire(struct arm *arm)
{
	int error = arm_send(arm);

	if (!error)
		arm_settle(arm);
	return error;
}

int arm_move(struct arm *arm)
{
	uint32_t here = arm->irq->target.cpu - arm->roles.first_receiver;
	uint32_t step = 1 + random_below(&arm->random, arm->roles.receivers - 1);
	uint32_t next = (here + step) % arm->roles.receivers;
	int error;

	mark(MARK_MOVE_BEGINS, &arm->irq->target);
	error = irq_set_affinity(arm->irq, arm->roles.first_receiver + next);
	mark(MARK_MOVE_ENDS, &arm->irq->target);
	return error;
}

static int move_arm(void *context)
{
	return arm_move(context);
}

int arm_run(struct arm *arm, uint64_t fires)
{
	struct deadline report = deadline_in_us(REPORT_US);
	uint32_t generation = arm->irq->target.generation;
	uint64_t moves = arm->mover.moves;
	uint64_t start;
	int error = 0;

	arm->mover.move = move_arm;
	arm->mover.context = arm;
	mark(MARK_ARM_BEGINS, &arm->irq->target);
	progress_of(fires);
	mover_start(&arm->mover);
	start = time_ticks();
	for (uint64_t i = 0; i < fires && !error; i++) {
		mover_keep_pace(&arm->mover);
		error = arm_fire(arm);
		if (i % LOOK_AT_CLOCK == 0 && deadline_passed(&report)) {
			print("# %s %s %s: %lu of %lu messages\n", arm->source->name,
			      arm->source->kind, arm->protocol->name, i, fires);
			report = deadline_in_us(REPORT_US);
		}
	}
	arm->ticks = time_ticks() - start;
	progress_of(0);
	mover_stop(&arm->mover);
	arm->unmoved =
	        (uint32_t)(arm->mover.moves - moves) - (arm->irq->target.generation - generation);
	arm_prove(arm);
	mark(MARK_ARM_ENDS, &arm->irq->target);
	return error;
}

void arm_check_books(struct test_run *run, const struct arm *arm)
{
	const struct ledger *ledger = &arm->ledger;
	const char *name = arm->source->name;
	const struct irq *irq = arm->irq;

	test_check(run, ledger_conserved(ledger),
	           "%s: the outcomes do not add up to the %lu messages fired", name, ledger->fired);
	/* Who does not move loses nothing, either. */
	test_check(run, !arm->unmoved, "%s: %u of the moves led to no new target", name,
	           arm->unmoved);
	test_check(run, !ledger->duplicate, "%s: %lu messages came in that nobody had fired", name,
	           ledger->duplicate);
	test_check(run,
	           irq->replays_sent == irq->replays_seen &&
	                   irq->replays_sent == irq->originals_seen,
	           "%s: %u messages were sent again, %u came in, and %u of their originals", name,
	           irq->replays_sent, irq->replays_seen, irq->originals_seen);
	test_check(run, !ledger->late,
	           "%s: %lu messages came in after the barrier had proven them lost", name,
	           ledger->late);
}

void arm_print_result(const struct arm *arm, uint64_t seed)
{
	result_print(&(struct result){
	        .source = arm->source,
	        .protocol = arm->protocol,
	        .ledger = &arm->ledger,
	        .moves = arm->mover.moves,
	        .seed = seed,
	});
}

void arm_print_state(const struct arm *arm)
{
	const struct irq *irq = arm->irq;

	irq_dump();
	vector_print();
	print("# before the last move: cpu %u, vector %02x, generation %u of %u\n",
	      irq->previous.cpu, irq->previous.vector, irq->previous.generation,
	      irq->target.generation);
	print("# replays: %u sent, %u seen, %u originals seen\n", irq->replays_sent,
	      irq->replays_seen, irq->originals_seen);
	if (vtd_enabled())
		vtd_print_state();
}
