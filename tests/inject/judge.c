// SPDX-License-Identifier: MIT
/*
 * Each forged message has to come in exactly where the specification says, or nowhere, with the
 * reason recorded. Where one passes that must not, it is a SKIP if that is the platform's doing and
 * can be named: what the kernel has to do for it to be blocked is looked at, and is done.
 *
 * The bystander: after each forged message another device sends one of its own, and so does the
 * attacker in the end, when it has its own message back.
 */
#include <stddef.h>

#include "drivers/vtd/regs.h"
#include "drivers/vtd/vtd.h"
#include "kernel/mmio.h"
#include "tests/arms.h"
#include "tests/inject/inject.h"

#define FAULTS_MAX 8

/* What the units have recorded since the last look: how many, and the last. */
static unsigned int take_faults(struct vtd_fault *last)
{
	struct vtd_fault faults[FAULTS_MAX];
	struct vtd_unit *unit;
	unsigned int count = 0, found;

	for (unsigned int n = 0; (unit = vtd_unit_get(n)); n++)
		do {
			found = vtd_fault_poll(&unit->faults, faults, FAULTS_MAX);
			if (found)
				*last = faults[found - 1];
			count += found;
		} while (found == FAULTS_MAX);
	return count;
}

/* Whether a unit has a record, or had no room for one, that take_faults() does not find. */
static bool faults_left(void)
{
	struct vtd_unit *unit;

	for (unsigned int n = 0; (unit = vtd_unit_get(n)); n++)
		if (mmio_read32(unit->registers + FSTS_REG) & (FSTS_PPF | FSTS_PFO))
			return true;
	return false;
}

static bool names_its_owner(const struct irte *entry, const struct requester *owner)
{
	struct irte_fields fields = irte_decode(entry, false);
	uint8_t bus = owner->id >> 8;

	if (owner->bus_only)
		return fields.validation == IRTE_SVT_BUS_RANGE &&
		       fields.source_id == (bus << 8 | bus);
	return fields.validation == IRTE_SVT_REQUESTER && !fields.source_id_qualifier &&
	       fields.source_id == owner->id;
}

static bool blocks_compatibility(const struct vtd_unit *unit)
{
	uint32_t status = mmio_read32(unit->registers + GSTS_REG);

	return status & GSTS_IRES && !(status & GSTS_CFIS);
}

/* Why the platform, and nobody else, lets through what has to be blocked; NULL: somebody else. */
static const char *excuse(const struct inject_scene *scene, const struct inject_shot *shot)
{
	const struct vtd_unit *unit = scene->attacker.irq->chain[1].unit;

	if (shot->blocked == VTD_FAULT_COMPATIBILITY_BLOCKED && blocks_compatibility(unit))
		return "this platform lets messages in compatibility format pass though remapping "
		       "is on and GSTS.CFIS is clear";
	if (shot->blocked == VTD_FAULT_SOURCE_ID && arms_sends_by_dma(scene->attacker.source) &&
	    names_its_owner(&unit->table[message_index(&shot->message)],
	                    &scene->victim.source->requester))
		return "this platform does not check the source id of messages that a device "
		       "writes by DMA";
	return NULL;
}

static void check_record(struct test_run *run, const struct source *source,
                         const struct inject_shot *shot, const struct vtd_fault *fault)
{
	const struct requester *requester = &source->requester;
	uint16_t mask = requester->bus_only ? 0xff00 : 0xffff;

	test_check(run, fault->reason == shot->blocked, "the record says %02xh %s, expected %02xh",
	           fault->reason, vtd_fault_reason(fault->reason), shot->blocked);
	test_check(run, !fault->has_index || fault->index == message_index(&shot->message),
	           "the record says index %u, expected %u", fault->index,
	           message_index(&shot->message));
	test_check(run, arms_sends_by_dma(source) || !((fault->source_id ^ requester->id) & mask),
	           "the record says source %04x, expected %04x", fault->source_id, requester->id);
}

static void judge_blocked(struct test_run *run, const struct source *source,
                          const struct inject_shot *shot, struct inject_tally *tally)
{
	struct vtd_fault fault;
	unsigned int recorded = take_faults(&fault);

	tally->blocked++;
	if (!test_check(run, shot->blocked, "{address %08x, data %08x} came in nowhere",
	                shot->message.address_lo, shot->message.data))
		return;
	if (!recorded) {
		tally->unrecorded++;
		test_check(run, !faults_left(), "FSTS has a fault that no record tells of");
		return;
	}
	tally->reason = fault.reason;
	test_check(run, recorded == 1, "%u faults were recorded for one message", recorded);
	check_record(run, source, shot, &fault);
}

static void judge_through(struct test_run *run, const struct inject_scene *scene,
                          const struct inject_shot *shot, struct inject_tally *tally)
{
	struct vtd_fault fault;

	tally->through++;
	if (run->phase == PHASE_DIRECT)
		return;
	if (take_faults(&fault))
		test_fail(run, "{address %08x, data %08x} came in, and is recorded as blocked, %s",
		          shot->message.address_lo, shot->message.data,
		          vtd_fault_reason(fault.reason));
	if (!shot->blocked)
		return;
	tally->deviating++;
	tally->excuse = excuse(scene, shot);
	test_check(run, tally->excuse, "{address %08x, data %08x} got through with remapping",
	           shot->message.address_lo, shot->message.data);
}

static void judge(struct test_run *run, const struct inject_scene *scene,
                  const struct inject_shot *shot, enum inject_result result,
                  struct inject_tally *tally)
{
	const struct message *message = &shot->message;

	tally->shots++;
	if (result == INJECT_ELSEWHERE)
		test_fail(run, "{address %08x, data %08x} came in elsewhere, or twice",
		          message->address_lo, message->data);
	else if (result == INJECT_THROUGH)
		judge_through(run, scene, shot, tally);
	else if (run->phase == PHASE_REMAPPED)
		judge_blocked(run, scene->attacker.source, shot, tally);
	else
		test_fail(run, "{address %08x, data %08x} came in nowhere without remapping",
		          message->address_lo, message->data);
}

/* It sends a message as always, and that comes in as always. */
static void check_unharmed(struct test_run *run, struct arm *arm, const char *who)
{
	uint64_t before = arm->ledger.outcomes[OUTCOME_NEW];
	int error = arm_fire(arm);

	test_check(run, !error && arm->ledger.outcomes[OUTCOME_NEW] == before + 1,
	           "%s's own message did not come in: error %d", who, error);
	arm_check_books(run, arm);
}

/* The same of an attacker that has no ledger here. */
static void check_own_comes_in(struct test_run *run, const struct inject_scene *scene)
{
	struct source *source = scene->attacker.source;
	int error = source->ops->fire(source, scene->attacker.slot);
	uint64_t own = scene->own();

	test_check(run, !error && own == 1, "of the attacker's own message %lu came in: error %d",
	           own, error);
}

static void fire_one(struct test_run *run, struct inject_scene *scene,
                     const struct inject_shot *shot, struct inject_tally *tally)
{
	enum inject_result result;
	int error = inject_fire(scene, shot, &result);

	test_check(run, !error, "the attacker refused to fire: error %d", error);
	judge(run, scene, shot, result, tally);
	if (scene->has_victim)
		check_unharmed(run, &scene->victim, "the neighbour");
}

void inject_carry_out(struct test_run *run, struct inject_scene *scene,
                      const struct inject_attack *attack, struct inject_tally *tally)
{
	unsigned int count = attack->count ? attack->count(scene) : 1;
	struct vtd_fault before;
	int error;

	if (run->phase == PHASE_REMAPPED)
		take_faults(&before);
	error = attack->prepare ? attack->prepare(scene) : 0;
	test_check(run, !error, "what comes before the attack failed: error %d", error);
	for (unsigned int n = 0; n < count && !run->failed; n++) {
		struct inject_shot shot;

		attack->forge(scene, n, &shot);
		fire_one(run, scene, &shot, tally);
	}
	error = attack->repair ? attack->repair(scene) : 0;
	test_check(run, !error, "the entry could not be put back: error %d", error);
	inject_disarm(scene);
	if (scene->has_victim)
		check_unharmed(run, &scene->victim, "the neighbour");
	if (scene->own)
		check_own_comes_in(run, scene);
	else
		check_unharmed(run, &scene->attacker, "the attacker");
}
