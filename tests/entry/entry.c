// SPDX-License-Identifier: MIT
/*
 * The ways to update a remapping entry that is in use: the right ones, and those of
 * tests/entry/ways.c.
 *
 * Each is judged twice. First it is stepped, instruction by instruction, and a message is sent
 * while the entry has each of the values that it goes through; that needs no luck. Then messages
 * come while the irq moves all the time: between two stores that follow each other at once few of
 * them fall, or none, and a run that loses none shows nothing.
 */
#include "drivers/vtd/vtd.h"
#include "kernel/cpu/instructions.h"
#include "kernel/print.h"
#include "tests/arms.h"
#include "tests/entry/steps.h"
#include "tests/entry/table.h"
#include "tests/suite.h"

/* One whose messages have a requester id, one whose messages are memory writes like any other. */
static struct source *nth_source(unsigned int n)
{
	struct source *source, *interrupts = NULL, *writes = NULL;

	for (unsigned int s = 0; (source = arms_source(s)); s++) {
		if (!source_is_remapped(source))
			continue;
		if (source->leaf == &irq_leaf_msi || source->leaf == &irq_leaf_msix)
			interrupts = interrupts ? interrupts : source;
		if (source->leaf == &irq_leaf_ims)
			writes = writes ? writes : source;
	}
	if (n == 0)
		return interrupts ? interrupts : writes;
	return n == 1 && interrupts ? writes : NULL;
}

static const struct protocol *nth_way(unsigned int n)
{
	const struct protocol *protocol;

	for (unsigned int p = 0; (protocol = protocol_get(p)); p++)
		if (protocol->needs_remapping && n-- == 0)
			break;
	return protocol;
}

static bool get(unsigned int instance, struct source **source, const struct protocol **way)
{
	for (unsigned int s = 0; (*source = nth_source(s)); s++)
		for (unsigned int w = 0; (*way = nth_way(w)); w++)
			if (instance-- == 0)
				return true;
	return false;
}

/* What an entry with that value does to a message, by its own words. */
static enum outcome meaning(const struct arm *arm, const struct irte *value)
{
	const struct vtd_unit *unit = arm->irq->chain[1].unit;
	const struct irq_target *old = &arm->irq->previous, *new = &arm->irq->target;
	struct irte_fields fields = irte_decode(value, unit->extended);

	if (!fields.present)
		return OUTCOME_BLOCKED;
	if (fields.destination == new->apic_id && fields.vector == new->vector)
		return OUTCOME_NEW;
	if (fields.destination == old->apic_id && fields.vector == old->vector)
		return OUTCOME_OLD;
	return OUTCOME_STRAY;
}

static bool is_lost(enum outcome outcome)
{
	return outcome >= OUTCOME_STRAY;
}

/* "{old,o} {old,n} {new,n}", or the like. */
static void describe(const struct arm *arm, const struct entry_steps *steps, char *text,
                     size_t size)
{
	const struct vtd_unit *unit = arm->irq->chain[1].unit;
	const struct irq *irq = arm->irq;
	int length = 0;

	text[0] = '\0';
	for (unsigned int n = 0; n <= steps->changes && n < ENTRY_VALUES_MAX; n++) {
		struct irte_fields f = irte_decode(&steps->values[n], unit->extended);

		length += format(text + length, size - (size_t)length, "%s%s{%s,%s}", n ? ", " : "",
		                 f.present ? "" : "not present ",
		                 f.destination == irq->previous.apic_id ? "old" : "new",
		                 f.vector == irq->previous.vector ? "o" : "n");
	}
}

/* The outcome of the one message that was fired since `before`. */
static enum outcome outcome_since(const struct ledger *before, const struct ledger *now)
{
	for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
		if (now->outcomes[outcome] != before->outcomes[outcome])
			return outcome;
	return OUTCOMES;
}

static void check_blocked(struct test_run *run, const struct arm *arm, enum outcome outcome)
{
	const struct requester *requester = &arm->source->requester;
	struct vtd_fault fault;

	if (outcome != OUTCOME_BLOCKED)
		return;
	vtd_blocked(requester->segment, requester->id, &fault);
	test_check(run, fault.reason == VTD_FAULT_NOT_PRESENT,
	           "the fault record says reason 0x%x, expected 0x%x", fault.reason,
	           VTD_FAULT_NOT_PRESENT);
}

/* One move with a message while the entry has its `when`-th value. False: no use to go on. */
static bool step_with_message(struct test_run *run, struct arm *arm, unsigned int when,
                              struct entry_result *result)
{
	const struct ledger before = arm->ledger;
	enum outcome outcome, expected;
	struct entry_steps steps;
	int error = entry_steps_move(arm, when, &steps);

	if (!test_check(run, !error && !steps.refused, "a move failed: error %d, fire: error %d",
	                error, steps.refused) ||
	    !test_check(run, steps.changes == result->changes,
	                "the entry changed %u times in one move, %u times in another",
	                result->changes, steps.changes))
		return false;
	outcome = outcome_since(&before, &arm->ledger);
	expected = meaning(arm, &steps.values[when]);
	result->losing += is_lost(outcome);
	check_blocked(run, arm, outcome);
	/* Dropped with no record of it: QEMU 7.2 has none, and none names a sender by DMA. */
	if (expected == OUTCOME_BLOCKED && outcome == OUTCOME_MISSING)
		expected = outcome;
	if (expected != outcome && outcome == OUTCOME_OLD)
		test_skip(run, "hardware used the old entry from its cache");
	else
		test_check(run, outcome == expected,
		           "after %u changes of the entry a message is %s, and should be %s", when,
		           outcome < OUTCOMES ? outcome_name(outcome) : "nowhere",
		           outcome_name(expected));
	return true;
}

static void step(struct test_run *run, struct arm *arm, struct entry_result *result)
{
	struct entry_steps steps;
	char text[ENTRY_VALUES_MAX * sizeof("not present {old,o}, ")];
	int error = entry_steps_move(arm, ENTRY_NO_MESSAGE, &steps);

	if (!test_check(run, !error, "a move failed: error %d", error))
		return;
	describe(arm, &steps, text, sizeof(text));
	print("# %s: the entry is %s\n", run->name, text);
	result->changes = steps.changes;
	if (!test_check(run, steps.changes && steps.changes < ENTRY_VALUES_MAX,
	                "the entry changed %u times", steps.changes))
		return;
	if (!result->protocol->mistaken)
		test_check(run, steps.changes == 1, "the entry changed %u times, not at once",
		           steps.changes);
	for (unsigned int when = 0; when <= result->changes; when++)
		if (!step_with_message(run, arm, when, result))
			return;
	arm_check_books(run, arm);
}

static void fire(struct test_run *run, struct arm *arm, struct entry_result *result)
{
	const struct options *options = run->options;
	int error;

	arm->mover.limit = options->moves;
	error = arm_run(arm, options->fires);
	test_check(run, !error, "%s refused to fire: error %d", arm->source->name, error);
	test_check(run, !arm->mover.error, "a move failed: error %d", arm->mover.error);
	arm_print_result(arm, options->seed);
	arm_check_books(run, arm);
	result->ledger = arm->ledger;
}

static void judge(struct test_run *run, const struct arm *arm, const struct entry_result *result)
{
	uint64_t lost = ledger_lost(&result->ledger);

	if (result->protocol->promise == PROMISE_LOSSLESS)
		test_check(run, !lost && !result->losing,
		           "lost %lu of %lu messages under fire, and %u of %u one by one; must "
		           "lose none",
		           lost, result->ledger.fired, result->losing, result->changes + 1);
	else if (!lost)
		print("# %s: expected to lose, lost none in %lu moves%s\n", run->name,
		      arm->mover.moves,
		      result->losing ? "; one by one it does" : ", nor one by one");
	if (!run->failed)
		entry_table_add(result);
}

/* Two arms, so that the books of the second hold nothing but what came under fire. */
static void entry(struct test_run *run)
{
	struct entry_result result = {0};
	const struct protocol *way;
	struct source *source;
	struct arm arm;

	get(run->instance, &source, &way);
	if (way->needs_cmpxchg16b && !cpu_has_cmpxchg16b()) {
		test_skip(run, NO_CMPXCHG16B);
		return;
	}
	result.source = source;
	result.protocol = way;
	if (!arm_open(run, &arm, source, way))
		return;
	step(run, &arm, &result);
	arm_close(run, &arm);
	if (run->failed || !arm_open(run, &arm, source, way))
		return;
	fire(run, &arm, &result);
	judge(run, &arm, &result);
	arm_close(run, &arm);
}

static unsigned int instances(enum test_phase phase)
{
	const struct protocol *way;
	struct source *source;
	unsigned int count = 0;

	(void)phase;
	while (get(count, &source, &way))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct protocol *way;
	struct source *source;

	(void)phase;
	if (get(instance, &source, &way))
		format(buffer, size, "%s.%s.%s", source->name, source->kind, way->name);
}

TEST(21, entry) = {
        .name = "entry",
        .checks = "a remapping entry in use is updated without loss by one store, and by nothing "
                  "that takes several (VT-d r5.10, 9.9, Interrupt Remapping Table Entry (IRTE) for "
                  "Remapped Interrupts; point 3)",
        .failure = "an update that is one store lost a message, or a message did not go where the "
                   "entry said while it was changed",
        .phase = PHASE_REMAPPED,
        .cpus = 2,
        .instances = instances,
        .label = label,
        .needs = NO_MESSAGE_STORE,
        .run = entry,
};
