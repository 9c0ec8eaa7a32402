// SPDX-License-Identifier: MIT
#include "tests/event/checks.h"
#include "kernel/cpu/cpu.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/protocol.h"

static void arrived(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct event *event = context;

	(void)irq;
	event->cpu = arrival->cpu;
	__atomic_add_fetch(&event->arrived, 1, __ATOMIC_RELEASE);
}

static void strayed(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct event *event = context;

	(void)irq, (void)arrival;
	__atomic_add_fetch(&event->strays, 1, __ATOMIC_RELEASE);
}

int event_begin(struct event *event)
{
	struct irq_request request = {
	        .leaf = &irq_leaf_vtd_event,
	        .store = event->store,
	        .name = event->unit->name,
	        .protocol = protocol_find("masked"),
	};
	int error = irq_alloc(&request, &event->irq);

	if (error)
		return error;
	error = irq_request(event->irq, 0, arrived, strayed, event);
	if (error)
		irq_free(event->irq);
	return error;
}

void event_end(struct event *event)
{
	if (event->run->failed)
		irq_dump();
	irq_release(event->irq);
	irq_free(event->irq);
}

uint32_t event_taken(struct event *event)
{
	event->store->ops->flush(event->store);
	barrier();
	return __atomic_exchange_n(&event->arrived, 0, __ATOMIC_ACQ_REL);
}

static void expect_one(struct event *event, uint32_t cpu, const char *when)
{
	uint32_t count = event_taken(event);

	if (test_check(event->run, count == 1, "%s: %u interrupts, expected one", when, count))
		test_check(event->run, event->cpu == cpu, "%s: it came to cpu %u, expected cpu %u",
		           when, event->cpu, cpu);
}

static void expect_none(struct event *event, const char *when)
{
	uint32_t count = event_taken(event);

	test_check(event->run, !count, "%s: %u interrupts, expected none", when, count);
}

static void expect_pending(struct event *event, bool pending, const char *when)
{
	test_check(event->run, event->store->ops->pending(event->store) == pending,
	           "%s: the pending bit is %d", when, !pending);
}

static void raise(struct event *event)
{
	int error = event->raise(event);

	test_check(event->run, !error, "the event cannot be raised: error %d", error);
}

static void move(struct event *event, uint32_t cpu)
{
	int error = irq_set_affinity(event->irq, cpu);

	test_check(event->run, !error, "the move to cpu %u failed: error %d", cpu, error);
}

static void check_comes_once(struct event *event, uint32_t cpu)
{
	raise(event);
	expect_one(event, cpu, "raised");
	raise(event);
	expect_none(event, "raised again before it was serviced");
	event->service(event);
}

static void check_mask(struct event *event, uint32_t cpu)
{
	event->store->ops->mask(event->store);
	raise(event);
	expect_none(event, "masked");
	expect_pending(event, true, "raised while masked");
	event->store->ops->unmask(event->store);
	expect_one(event, cpu, "unmasked");
	expect_pending(event, false, "sent");
	event->service(event);
}

static void check_service_takes_back(struct event *event)
{
	event->store->ops->mask(event->store);
	raise(event);
	expect_pending(event, true, "raised while masked");
	event->service(event);
	expect_pending(event, false, "serviced while masked");
	event->store->ops->unmask(event->store);
	expect_none(event, "serviced, then unmasked");
}

/* The protocol `masked` ends with the unmask: what was held back goes to the new target. */
static void check_move_while_pending(struct event *event, uint32_t next)
{
	event->store->ops->mask(event->store);
	raise(event);
	expect_pending(event, true, "raised while masked");
	move(event, next);
	expect_one(event, next, "moved while pending");
	event->service(event);
}

void event_check_on_each_cpu(struct event *event)
{
	for (uint32_t cpu = 0; cpu < irq_reach(event->irq) && !event->run->failed; cpu++) {
		move(event, cpu);
		check_comes_once(event, cpu);
		check_mask(event, cpu);
		check_service_takes_back(event);
		check_move_while_pending(event, (cpu + 1) % irq_reach(event->irq));
	}
	test_check(event->run, !event->strays, "%u interrupts came in where nobody owns them",
	           event->strays);
}
