// SPDX-License-Identifier: MIT
/*
 * A remapping entry gets another owner: the order of its two quadwords.
 *
 * The high one says who may send, the low one has the Present bit. High first, the entry is valid
 * when it is complete (irte_publish_new()). Low first, as `*entry = value` may come out of a
 * compiler, it is valid while the high half is still what was left there:
 *
 *   the former owner's    its messages, if it has not stopped, arrive as the new owner's; the new
 *                         owner's own are blocked, fault 26h
 *   0                     SVT = 00: anybody's messages arrive as the new owner's (VT-d r5.10, 9.9,
 *                         Interrupt Remapping Table Entry (IRTE) for Remapped Interrupts)
 *
 * Nobody's mistake shows in a move, which does not change the owner (entry-low-first in
 * tests/entry/ways.c). Here two devices send to one entry, the second one's message rewritten to
 * name the first one's index, and the entry is published half by half. Then the kernel's own way of
 * doing it is stepped.
 */
#include "drivers/vtd/vtd.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/trap.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "tests/arm.h"
#include "tests/arms.h"
#include "tests/suite.h"

enum who { FORMER, OWNER, WHO };

static const char *const who_names[WHO] = {"former owner", "new owner"};

/* What becomes of a message: handled as the new owner's, or blocked for that reason. */
#define HANDLED 0

static const struct owner_case {
	const char *name;
	bool cleared;   /* the high half is 0 when it begins; else the former owner's */
	bool low_first; /* the mistake */
	uint8_t between[WHO];
} cases[] = {
        {"stale.low-first", false, true, {HANDLED, VTD_FAULT_SOURCE_ID}},
        {"stale.high-first", false, false, {VTD_FAULT_NOT_PRESENT, VTD_FAULT_NOT_PRESENT}},
        {"cleared.low-first", true, true, {HANDLED, HANDLED}},
        {"cleared.high-first", true, false, {VTD_FAULT_NOT_PRESENT, VTD_FAULT_NOT_PRESENT}},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static const uint8_t afterwards[WHO] = {VTD_FAULT_SOURCE_ID, HANDLED};

/* Both devices with an irq each; the entry that changes hands is the former owner's. */
struct two {
	struct arm arms[WHO];
	uint32_t handled[WHO]; /* by the handler of whose irq */
	uint32_t strays;
	struct vtd_unit *unit;
	uint16_t index;
	struct irte entry, owners; /* the right ones of both */
};

static void handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct two *two = context;

	(void)arrival;
	__atomic_add_fetch(&two->handled[irq == two->arms[FORMER].irq ? FORMER : OWNER], 1,
	                   __ATOMIC_SEQ_CST);
}

static void stray_handler(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct two *two = context;

	(void)irq, (void)arrival;
	__atomic_add_fetch(&two->strays, 1, __ATOMIC_SEQ_CST);
}

/*
 * Sends one message and checks what becomes of it. Messages of MSI and MSI-X carry their requester
 * id, so there is no excuse for a platform that does not look at it.
 */
static void send(struct test_run *run, struct two *two, enum who who, uint8_t expected,
                 const char *when)
{
	struct arm *arm = &two->arms[who];
	const struct requester *requester = &arm->source->requester;
	uint64_t blocked = vtd_blocked(requester->segment, requester->id, NULL);
	struct vtd_fault fault;
	bool handled;

	memset(two->handled, 0, sizeof(two->handled));
	test_check(run, !arm->source->ops->fire(arm->source, arm->slot), "%s refused to fire",
	           arm->source->name);
	arm_prove(arm);
	handled = two->handled[OWNER] == 1;
	print("# %s, %s, %s: %s\n", run->name, when, who_names[who],
	      handled ? "handled as the new owner's" : "blocked");
	test_check(run, two->handled[OWNER] <= 1 && !two->handled[FORMER] && !two->strays,
	           "%s, a message of the %s is handled %u times by the new owner, %u times by the "
	           "former, %u strays",
	           when, who_names[who], two->handled[OWNER], two->handled[FORMER], two->strays);
	test_check(run, handled == (expected == HANDLED), "%s, a message of the %s is %s", when,
	           who_names[who], handled ? "not blocked" : "blocked");
	if (vtd_blocked(requester->segment, requester->id, &fault) != blocked)
		test_check(run, fault.reason == expected && fault.index == two->index,
		           "%s, the record says reason 0x%x of entry %u, expected 0x%x of entry %u",
		           when, fault.reason, fault.index, expected, two->index);
}

static void send_both(struct test_run *run, struct two *two, const uint8_t *expected,
                      const char *when)
{
	for (enum who who = 0; who < WHO; who++)
		send(run, two, who, expected[who], when);
}

/*
 * What hardware has seen of the entry is invalidated before each look, so that it sees what is in
 * memory: the cache is not what is asked about here.
 */
static void hand_over(struct test_run *run, struct two *two, const struct owner_case *what)
{
	struct irte *entry = &two->unit->table[two->index];

	if (what->cleared)
		irte_store(&entry->hi, 0);
	if (what->low_first)
		irte_store(&entry->lo, two->owners.lo);
	else
		irte_store(&entry->hi, two->owners.hi);
	test_check(run, !vtd_unit_invalidate(two->unit, two->index), "no invalidation");
	send_both(run, two, what->between, "between the stores");
	if (what->low_first)
		irte_store(&entry->hi, two->owners.hi);
	else
		irte_store(&entry->lo, two->owners.lo);
	test_check(run, !vtd_unit_invalidate(two->unit, two->index), "no invalidation");
	send_both(run, two, afterwards, "afterwards");
}

/* Of an entry that is being published: whether it was ever valid, and ever for somebody else. */
static struct {
	const struct irte *entry;
	uint64_t owner;
	bool valid, wrong;
} seen;

static void look(void)
{
	if (!(seen.entry->lo & IRTE_LO_P))
		return;
	seen.valid = true;
	seen.wrong |= seen.entry->hi != seen.owner;
}

/*
 * The kernel's own way, instruction by instruction, with another owner in the high half: between
 * two stores that follow each other at once no message falls.
 */
static void give_back(struct test_run *run, struct two *two)
{
	uint64_t flags;
	int error;

	seen.entry = &two->unit->table[two->index];
	seen.owner = two->entry.hi;
	seen.valid = seen.wrong = false;
	test_check(run, seen.entry->hi != seen.owner, "the entry names its owner already");
	flags = interrupts_save();
	trap_at_step(look);
	write_rflags(read_rflags() | RFLAGS_TF);
	error = vtd_unit_publish_new(two->unit, two->index, &two->entry);
	write_rflags(read_rflags() & ~RFLAGS_TF);
	trap_at_step(NULL);
	interrupts_restore(flags);
	test_check(run, !error, "the entry is not back");
	test_check(run, seen.valid && !seen.wrong, "an entry that is published is %s",
	           seen.valid ? "valid before it is complete" : "never valid");
}

/* The former owner's entry is withdrawn, as by irq_free(), and in the end it is its again. */
static void change_hands(struct test_run *run, struct two *two)
{
	struct irq *former = two->arms[FORMER].irq, *owner = two->arms[OWNER].irq;
	const struct message stale = message_remappable((uint16_t)former->chain[1].index);

	if (former->chain[1].unit != owner->chain[1].unit) {
		test_skip(run, "the two devices are remapped by different units");
		return;
	}
	two->unit = former->chain[1].unit;
	two->index = (uint16_t)former->chain[1].index;
	two->entry = two->unit->table[two->index];
	two->owners = two->unit->table[owner->chain[1].index];
	arm_write_message(&two->arms[OWNER], &stale);
	test_check(run, !vtd_unit_withdraw(two->unit, two->index), "the entry is not withdrawn");
	hand_over(run, two, &cases[run->instance]);
	vtd_unit_withdraw(two->unit, two->index);
	give_back(run, two);
	arm_write_message(&two->arms[OWNER], &owner->message);
}

/* Opens one device and requests its irq. Fails `run` if that does not go. */
static bool begin(struct test_run *run, struct two *two, enum who who)
{
	struct source *source = arms_identified(who);
	struct arm *arm = &two->arms[who];
	int error;

	if (!arm_open_source(run, source))
		return false;
	error = arm_alloc(arm, source, 0, arms_lossless_protocol(true), run->options->seed);
	if (!error) {
		error = irq_request(arm->irq, arm->roles.first_receiver, handler, stray_handler,
		                    two);
		if (error)
			irq_free(arm->irq);
	}
	if (error)
		source->ops->close(source);
	return test_check(run, !error, "%s refused its irq: error %d", source->name, error);
}

static void end(struct two *two, enum who who)
{
	arm_end(&two->arms[who]);
	two->arms[who].source->ops->close(two->arms[who].source);
}

static void entry_owner(struct test_run *run)
{
	struct two two = {0};

	if (!arms_identified(OWNER)) {
		test_skip(run, "needs two devices whose messages have requester ids of their own");
		return;
	}
	if (!begin(run, &two, FORMER))
		return;
	if (begin(run, &two, OWNER)) {
		change_hands(run, &two);
		end(&two, OWNER);
	}
	end(&two, FORMER);
}

static unsigned int instances(enum test_phase phase)
{
	(void)phase;
	return CASES;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	(void)phase;
	format(buffer, size, "%s", cases[instance].name);
}

TEST(22, entry_owner) = {
        .name = "entry-owner",
        .checks = "an entry that gets another owner is written high quadword first: low first, "
                  "others' messages pass for the new owner's (VT-d r5.10, 9.9, Interrupt Remapping "
                  "Table Entry (IRTE) for Remapped Interrupts)",
        .failure = "a message passed that the entry does not allow, or was blocked that it does",
        .phase = PHASE_REMAPPED,
        .instances = instances,
        .label = label,
        .run = entry_owner,
};
