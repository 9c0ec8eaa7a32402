/* SPDX-License-Identifier: MIT */
/*
 * What holds for each event of a remapping unit (VT-d r5.10, 7.3, Non-Recoverable Fault Event, and
 * 6.5.2.10, Hardware Generation of Invalidation Completion Events): one logic, of which only what
 * raises the event and what services it differ.
 *
 * Nothing here waits for time: the flush of the store pushes the event's message to its CPU, and
 * after the barrier that CPU has taken it.
 */
#ifndef RETARGET_TESTS_EVENT_CHECKS_H
#define RETARGET_TESTS_EVENT_CHECKS_H

#include <stdint.h>

#include "drivers/vtd/unit.h"
#include "kernel/irq/irq.h"
#include "tests/suite.h"

struct event {
	struct test_run *run;
	struct vtd_unit *unit;
	struct message_store *store;
	void *context; /* for these two */
	int (*raise)(struct event *event);
	void (*service)(struct event *event);

	/* Its own. */
	struct irq *irq;
	uint32_t arrived, strays;
	uint32_t cpu; /* where the last one arrived */
};

/* Gives the event an irq on CPU 0. 0, or a negative errno with nothing taken. */
int event_begin(struct event *event);
void event_end(struct event *event);

/* How many interrupts have come since the last call. */
uint32_t event_taken(struct event *event);

/*
 * On each CPU in turn, the event being serviced: raised, it comes there once and not again before
 * it is serviced; masked, it waits; serviced meanwhile, it does not come; moved meanwhile, it comes
 * to the new CPU.
 */
void event_check_on_each_cpu(struct event *event);

#endif
