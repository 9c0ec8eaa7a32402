// SPDX-License-Identifier: MIT
/*
 * Sends a forged message and sees where it comes in. What can is named before, so that anything
 * else fails the test as an unexpected interrupt would anywhere: the runner counts it, or panics.
 */
#include <asm-generic/errno.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/trap.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/vector.h"
#include "kernel/panic.h"
#include "kernel/string.h"
#include "kernel/time.h"
#include "tests/inject/inject.h"

#define NMI        2
#define PENDING_US 10000000

/* What came in since the shot. */
struct found {
	uint64_t strays, traps, victim, own, resets;
};

static struct {
	const struct inject_shot *shot;
	uint64_t strays, traps;
	uint64_t pending;    /* CPUs that were about to take it when they took the barrier */
	bool taken[CPU_MAX]; /* none takes it twice */
} watch;

static bool is_here(enum inject_effect effect, uint32_t cpu, uint8_t vector)
{
	const struct inject_shot *shot = watch.shot;

	return shot->effect == effect && shot->vector == vector && !watch.taken[cpu] &&
	       (shot->cpu == cpu || shot->cpu == INJECT_EVERY_CPU);
}

static bool foresee_stray(const struct irq_arrival *arrival)
{
	if (!is_here(EFFECT_STRAY, arrival->cpu, arrival->vector))
		return false;
	watch.taken[arrival->cpu] = true;
	__atomic_add_fetch(&watch.strays, 1, __ATOMIC_SEQ_CST);
	return true;
}

static bool take_trap(uint8_t vector)
{
	uint32_t cpu = this_cpu()->index;

	if (!is_here(EFFECT_TRAP, cpu, vector))
		return false;
	watch.taken[cpu] = true;
	__atomic_add_fetch(&watch.traps, 1, __ATOMIC_SEQ_CST);
	return true;
}

/* An exception's vector that came in as an interrupt is in service until its EOI, an NMI is not. */
static bool foresee_exception(uint8_t vector)
{
	bool foreseen = take_trap(vector);

	if (foreseen)
		apic_eoi();
	return foreseen;
}

static bool foresee_nmi(struct trap_frame *frame)
{
	(void)frame;
	return take_trap(NMI);
}

/*
 * The vectors of exceptions are of a lower priority than the barrier's: a CPU that has one pending
 * takes it when the barrier's handler ends. It counts it before it takes another interrupt, so a
 * message is either counted by now or seen here.
 */
static void look_at_irr(void)
{
	if (watch.shot->effect == EFFECT_TRAP && watch.shot->vector != NMI &&
	    apic_irr(watch.shot->vector))
		__atomic_add_fetch(&watch.pending, 1, __ATOMIC_SEQ_CST);
}

static void take_what_is_pending(void)
{
	struct deadline deadline = deadline_in_us(PENDING_US);
	uint64_t pending = __atomic_load_n(&watch.pending, __ATOMIC_SEQ_CST);

	while (__atomic_load_n(&watch.traps, __ATOMIC_SEQ_CST) < pending)
		if (deadline_passed(&deadline))
			panic("vector 0x%x stays pending in a local APIC", watch.shot->vector);
}

static void begin(const struct inject_shot *shot)
{
	memset(&watch, 0, sizeof(watch));
	watch.shot = shot;
	vector_foresee(foresee_stray);
	trap_foresee(foresee_exception);
	trap_at_nmi(foresee_nmi);
}

static void end(void)
{
	vector_foresee(NULL);
	trap_foresee(NULL);
	trap_not_at_nmi(foresee_nmi);
}

void inject_disarm(struct inject_scene *scene)
{
	arm_write_message(&scene->attacker, &scene->attacker.irq->message);
}

static int send(struct inject_scene *scene, const struct message *message)
{
	struct source *source = scene->attacker.source;
	int error;

	arm_write_message(&scene->attacker, message);
	error = source->ops->fire(source, scene->attacker.slot);
	source->ops->flush(source);
	return error;
}

int inject_write(struct inject_scene *scene, const struct message *message)
{
	int error = send(scene, message);

	barrier();
	barrier();
	return error;
}

static uint64_t take_duplicates(struct ledger *ledger)
{
	uint64_t count = ledger->duplicate;

	ledger->duplicate = 0;
	return count;
}

/* Neither irq has a message outstanding, so what its handler gets, nobody has sent. */
static struct found collect(struct inject_scene *scene)
{
	return (struct found){
	        .strays = watch.strays,
	        .traps = watch.traps,
	        .victim = scene->has_victim ? take_duplicates(&scene->victim.ledger) : 0,
	        .own = scene->own ? scene->own() : take_duplicates(&scene->attacker.ledger),
	};
}

static struct found all_of(const struct inject_shot *shot)
{
	uint64_t copies = shot->cpu == INJECT_EVERY_CPU ? cpu_count() : 1;

	return (struct found){
	        .strays = shot->effect == EFFECT_STRAY ? copies : 0,
	        .traps = shot->effect == EFFECT_TRAP ? copies : 0,
	        .victim = shot->effect == EFFECT_VICTIM,
	        .own = shot->effect == EFFECT_OWN,
	        .resets = shot->effect == EFFECT_RESET,
	};
}

static enum inject_result judge(const struct inject_shot *shot, const struct found *found)
{
	const struct found none = {0}, all = all_of(shot);

	if (!memcmp(found, &none, sizeof(none)))
		return INJECT_BLOCKED;
	return memcmp(found, &all, sizeof(all)) ? INJECT_ELSEWHERE : INJECT_THROUGH;
}

/* The CPU that got an INIT takes no barrier. */
static uint64_t recover(const struct inject_shot *shot)
{
	int result = smp_recover(shot->cpu);

	if (result < 0)
		panic("cpu %u neither runs nor starts after a forged INIT", shot->cpu);
	return (uint64_t)result;
}

int inject_fire(struct inject_scene *scene, const struct inject_shot *shot,
                enum inject_result *result)
{
	struct found found;
	uint64_t resets = 0;
	int error;

	begin(shot);
	error = send(scene, &shot->message);
	if (shot->effect == EFFECT_RESET)
		resets = recover(shot);
	barrier_and(look_at_irr);
	barrier();
	take_what_is_pending();
	found = collect(scene);
	found.resets = resets;
	*result = judge(shot, &found);
	end();
	return error;
}
