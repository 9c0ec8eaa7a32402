// SPDX-License-Identifier: MIT
/*
 * All slots of a DSA at once, up to the 2048 that its chips have: each has an irq of its own, a
 * vector of its own and, with remapping, an entry of its own, and each is told from all others.
 */
#include <asm-generic/errno.h>

#include "drivers/pci/sources/dsa_control.h"
#include "drivers/pci/sources/dsa_model.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/irq/vector.h"
#include "kernel/memory.h"
#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/dsa/model.h"
#include "tests/suite.h"

#define ROUNDS 2

/* Left on each CPU, or a move would have nowhere to go. */
#define SPARE_VECTORS 32

/* A message that comes in does so within a moment; after so many looks it is proven. */
#define LOOKS 20000

struct member {
	struct irq *irq;
	struct ledger ledger;
};

static struct {
	struct member *members; /* of the source for which they were made, kept for the next run */
	unsigned int room;
	struct source *source;
	unsigned int count;
	struct roles roles;
	unsigned int next; /* to move */
	struct mover mover;
} all;

static struct source *dsa_source(void)
{
	struct source *source;

	for (unsigned int n = 0; (source = arms_source(n)); n++)
		if (dsa_is(source) && source_is_remapped(source))
			break;
	return source;
}

static int begin_one(const struct protocol *protocol, unsigned int n)
{
	struct member *member = &all.members[n];
	const struct irq_request request = {
	        .leaf = all.source->leaf,
	        .name = all.source->name,
	        .store = all.source->ops->store(all.source, n),
	        .requester = all.source->requester,
	        .protocol = protocol,
	        .without_remapping_on_purpose = true,
	};
	int error = irq_alloc(&request, &member->irq);

	if (error)
		return error;
	all.roles = roles_for(irq_reach(member->irq));
	ledger_init(&member->ledger);
	error = irq_request(member->irq, all.roles.first_receiver + n % all.roles.receivers,
	                    ledger_handler, ledger_stray_handler, &member->ledger);
	if (error)
		irq_free(member->irq);
	return error;
}

static void end_all(void)
{
	while (all.count) {
		struct irq *irq = all.members[--all.count].irq;

		irq_release(irq);
		irq_free(irq);
	}
}

static bool has_spare_vectors(void)
{
	struct vector_counts counts;

	vector_count(&counts);
	return counts.available >= SPARE_VECTORS * cpu_count();
}

static bool make_room(void)
{
	if (all.room < all.source->slots) {
		all.members = memory_alloc(all.source->slots * sizeof(*all.members),
		                           _Alignof(struct member));
		all.room = all.members ? all.source->slots : 0;
	}
	return all.room;
}

/* A machine too small for them is no failure of theirs. */
static bool begin_all(struct test_run *run)
{
	const struct protocol *protocol =
	        protocol_find(run->phase == PHASE_REMAPPED ? "remapped" : "masked");
	int error = make_room() ? 0 : -ENOMEM;

	all.count = 0;
	while (!error && all.count < all.source->slots) {
		error = begin_one(protocol, all.count);
		all.count += !error;
	}
	if (error == -ENOSPC || (!error && !has_spare_vectors()))
		test_skip(run,
		          "for %u message slots this machine has too few vectors or remapping "
		          "entries (more CPUs; irtes=)",
		          all.source->slots);
	else
		test_check(run, !error, "slot %u was refused its irq: error %d", all.count, error);
	return !run->skipped && !run->failed;
}

static int move(unsigned int n)
{
	struct irq *irq = all.members[n].irq;
	uint32_t here = irq->target.cpu - all.roles.first_receiver;

	return irq_set_affinity(irq, all.roles.first_receiver + (here + 1) % all.roles.receivers);
}

static bool fire(struct test_run *run, unsigned int n)
{
	struct member *member = &all.members[n];
	int error;

	cpu_progress();
	ledger_open(&member->ledger);
	error = all.source->ops->fire(all.source, n);
	if (error)
		ledger_cancel(&member->ledger);
	return test_check(run, !error, "slot %u refused to fire: error %d", n, error);
}

/* Of all that have been sent, those that came in nowhere. */
static void prove(void)
{
	arm_prove_source(all.source);
	for (unsigned int n = 0; n < all.count; n++)
		if (!ledger_settled(&all.members[n].ledger))
			ledger_give_up(&all.members[n].ledger, OUTCOME_MISSING);
}

static void settle(unsigned int n)
{
	for (unsigned int i = 0; i < LOOKS; i++) {
		if (ledger_settled(&all.members[n].ledger))
			return;
		pause();
	}
	prove();
}

static void one_by_one(struct test_run *run)
{
	for (unsigned int n = 0; n < all.count && !run->failed; n++) {
		int error = move(n);

		test_check(run, !error, "the move of slot %u failed: error %d", n, error);
		if (fire(run, n))
			settle(n);
	}
}

static int move_next(void *context)
{
	(void)context;
	return move(all.next++ % all.count);
}

static bool all_have_moved(void)
{
	return __atomic_load_n(&all.mover.moves, __ATOMIC_ACQUIRE) >= all.count;
}

/* Nobody waits for a message before all have been sent, and all move meanwhile. */
static void all_at_once(struct test_run *run)
{
	all.mover = (struct mover){.move = move_next, .context = &all};
	all.next = 0;
	mover_start(&all.mover);
	for (unsigned int round = 0; round < ROUNDS || !all_have_moved(); round++) {
		if (run->failed || all.mover.error)
			break;
		for (unsigned int n = 0; n < all.count && !run->failed; n++)
			fire(run, n);
		prove();
	}
	mover_stop(&all.mover);
	test_check(run, !all.mover.error, "a move failed: error %d", all.mover.error);
	prove();
}

static struct ledger sum(struct test_run *run)
{
	struct ledger sum = {0};

	for (unsigned int n = 0; n < all.count; n++) {
		const struct ledger *ledger = &all.members[n].ledger;

		test_check(run, ledger_conserved(ledger), "slot %u: the outcomes do not add up", n);
		sum.fired += ledger->fired;
		sum.late += ledger->late;
		sum.duplicate += ledger->duplicate;
		for (int i = 0; i < OUTCOMES; i++)
			sum.outcomes[i] += ledger->outcomes[i];
	}
	return sum;
}

/* The device's own count, where it has one, is that of the books. */
static void check(struct test_run *run, uint64_t asked_before)
{
	struct ledger books = sum(run);

	test_check(run, !ledger_lost(&books), "lost %lu of %lu messages", ledger_lost(&books),
	           books.fired);
	test_check(run, !books.late && !books.duplicate,
	           "%lu messages came in late, and %lu that nobody had fired", books.late,
	           books.duplicate);
	if (dsa_model(all.source)) {
		uint64_t asked = model_count(all.source, DSA_MODEL_REQUESTED) - asked_before;

		test_check(run, asked == books.fired,
		           "the device counts %lu messages, the books %lu", asked, books.fired);
	}
	print("# %s: %u slots on %u CPUs, %lu messages, %lu moves beside them, lost %lu\n",
	      run->name, all.count, all.roles.receivers, books.fired, all.mover.moves,
	      ledger_lost(&books));
}

static void slots(struct test_run *run)
{
	uint64_t asked;

	all.source = dsa_source();
	if (!arm_open_source(run, all.source))
		return;
	asked = dsa_model(all.source) ? model_count(all.source, DSA_MODEL_REQUESTED) : 0;
	if (begin_all(run)) {
		one_by_one(run);
		all_at_once(run);
		check(run, asked);
	}
	end_all();
	all.source->ops->close(all.source);
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return dsa_source() ? 1 : 0;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)instance;
	format(buffer, size, "%s.%s", dsa_source()->name,
	       phase == PHASE_REMAPPED ? "remapped" : "masked");
}

#define SLOTS(phase_name)                                                                          \
	{                                                                                          \
		.name = "slots",                                                                   \
		.checks = "all slots that a device has for messages are in use at once, are "      \
		          "moved one by one and under fire, and lose nothing (the argument's "     \
		          "points 2 and 3, in the number that IMS is for)",                        \
		.failure = "slots get in each other's way: vectors, entries or the device",        \
		.phase = phase_name, .cpus = 2, .instances = instances, .label = label,            \
		.needs = NO_DSA, .run = slots,                                                     \
	}

TEST(31, slots_direct) = SLOTS(PHASE_DIRECT);
TEST(31, slots_remapped) = SLOTS(PHASE_REMAPPED);
