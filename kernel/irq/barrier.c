// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/cpu/apic.h"
#include "kernel/cpu/await.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/wait.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/dispatch.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define PATIENCE_US 10000000

/* What a CPU that is out of service has seen: it is past every barrier. */
#define OUT UINT64_MAX

static uint64_t number;       /* of the barrier that is under way, or was the last */
static struct cpu *caller;    /* of that one */
static void (*on_each)(void); /* what each CPU does when it takes that one */

static bool all_have_seen(uint64_t ticket)
{
	for (uint32_t i = 0; i < cpu_count(); i++)
		if (__atomic_load_n(&cpu_get(i)->barrier_seen, __ATOMIC_SEQ_CST) < ticket)
			return false;
	return true;
}

/*
 * From now on no barrier up to `ticket` waits for this CPU. If that was the last answer, the next
 * barrier may begin before the caller is woken; then it is that one's interrupt that wakes it.
 */
static void answer(uint64_t ticket)
{
	__atomic_store_n(&this_cpu()->barrier_seen, ticket, __ATOMIC_SEQ_CST);
	if (all_have_seen(__atomic_load_n(&number, __ATOMIC_SEQ_CST)))
		await_wake(__atomic_load_n(&caller, __ATOMIC_SEQ_CST));
}

void barrier_interrupt(void)
{
	if (on_each)
		on_each();
	answer(__atomic_load_n(&number, __ATOMIC_SEQ_CST));
}

/*
 * One at a time. Were two allowed to overlap, a CPU in the handler of the first could answer the
 * second as well, though a message of before the second had landed in its IRR only after it
 * accepted the first one's interrupt. As it is, each CPU gets exactly one interrupt for each
 * number, and the next number comes only when all have answered. Waiting happens with interrupts
 * on: the one under way waits for this CPU, too.
 */
static bool take_turn(uint64_t *last)
{
	*last = __atomic_load_n(&number, __ATOMIC_SEQ_CST);
	return all_have_seen(*last) &&
	       __atomic_compare_exchange_n(&number, last, *last + 1, false, __ATOMIC_SEQ_CST,
	                                   __ATOMIC_SEQ_CST);
}

static uint64_t begin(void)
{
	uint64_t last;

	if (take_turn(&last))
		return last + 1;
	wait_begin("its turn after barrier %lu", last);
	while (!take_turn(&last))
		pause();
	wait_end();
	return last + 1;
}

void barrier_print(void)
{
	uint64_t ticket = __atomic_load_n(&number, __ATOMIC_SEQ_CST);

	for (uint32_t i = 0; i < cpu_count(); i++)
		if (__atomic_load_n(&cpu_get(i)->barrier_seen, __ATOMIC_SEQ_CST) < ticket)
			print("# barrier %lu: still waiting for cpu %u to take its interrupt\n",
			      ticket, i);
}

static bool takes_part(uint32_t cpu)
{
	return __atomic_load_n(&cpu_get(cpu)->barrier_seen, __ATOMIC_SEQ_CST) != OUT;
}

/*
 * A CPU that is coming back can receive already, and must not get the interrupt of a barrier that
 * does not wait for it: with that one still pending it would answer the next one too early. This
 * CPU's own goes last, so that when all have answered no other is yet to be sent.
 */
static void send(void)
{
	const struct cpu *self = this_cpu();
	bool all = true;

	for (uint32_t i = 0; i < cpu_count(); i++)
		all &= takes_part(i);
	if (all) {
		apic_send_all(VECTOR_BARRIER);
		return;
	}
	for (uint32_t i = 0; i < cpu_count(); i++)
		if (i != self->index && takes_part(i))
			apic_send(cpu_get(i)->apic_id, VECTOR_BARRIER);
	apic_send(self->apic_id, VECTOR_BARRIER);
}

struct completion {
	uint64_t ticket;
	struct deadline patience;
	bool complained;
};

static bool is_complete(void *context)
{
	struct completion *completion = context;

	if (all_have_seen(completion->ticket))
		return true;
	if (!completion->complained && deadline_passed(&completion->patience)) {
		barrier_print();
		completion->complained = true;
	}
	return false;
}

/*
 * `caller` is there before the first interrupt is: whoever answers last wakes it. A caller that is
 * halted complains when something wakes it, as the watchdog's tick does on CPU 0.
 */
static void complete(uint64_t mine)
{
	struct completion completion = {.ticket = mine, .patience = deadline_in_us(PATIENCE_US)};

	__atomic_store_n(&caller, this_cpu(), __ATOMIC_SEQ_CST);
	send();
	wait_begin("all CPUs to take the interrupt of barrier %lu", mine);
	await(is_complete, &completion);
	wait_end();
}

void barrier_and(void (*function)(void))
{
	uint64_t mine = begin();

	on_each = function;
	complete(mine);
}

void barrier(void)
{
	barrier_and(NULL);
}

/*
 * Two barriers in a row prove that a message came in nowhere (tests/arm.c), and so they do while a
 * CPU leaves. It took its last interrupt before it switched interrupts off, and there are two
 * cases. It answered the first barrier before that: then it has taken what was pending by then, as
 * ever. Or it did not: then the first barrier lasts until it comes here, and by then it has sent
 * what was pending to the new targets; those take the copies before they answer the second one. A
 * copy is never sent on in its turn, which would ask for a third barrier: cpu_unplug() has one
 * between the last move to the CPU that leaves and its leaving, and two before the next CPU may
 * leave.
 */
void barrier_leave(void)
{
	answer(OUT);
}

/*
 * It comes in by a barrier of its own: while it is its turn no other is under way, and the first
 * interrupt it gets is one that is waited for.
 */
void barrier_join(void)
{
	uint64_t mine = begin();

	on_each = NULL;
	__atomic_store_n(&this_cpu()->barrier_seen, mine - 1, __ATOMIC_SEQ_CST);
	complete(mine);
}
