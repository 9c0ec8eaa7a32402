/* SPDX-License-Identifier: MIT */
/*
 * The HPET as the sender of interrupts: a timer whose comparator matches writes a message to the
 * front side bus, as a device with MSI does (IA-PC HPET 1.0a, 2.3.10 "Timer N FSB Interrupt Route
 * Register"), or asserts a pin of the IO-APIC (hpet_pin.c). A timer need not be able to do both.
 *
 * It sends by time. So its messages are no source for the measured arms (kernel/irq/source.h):
 * nothing can prove that one is missing. A level can be read back. With the main counter halted,
 * which it is between two interrupts, no comparator can match.
 *
 *	halted --hpet_start()--> counting, one interrupt --hpet_halt()--> halted
 */
#ifndef RETARGET_DRIVERS_PLATFORM_HPET_H
#define RETARGET_DRIVERS_PLATFORM_HPET_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/domain.h"
#include "kernel/irq/store.h"

#define HPET_TIMERS_MAX 32

/* One timer, and all registers as they were found: the timers share the counter. */
struct hpet_timer {
	struct message_store store;
	struct requester requester;
	volatile uint8_t *registers; /* of the HPET */
	unsigned int number;         /* of the timer */
	struct hpet_found {
		uint32_t timers;
		uint32_t configuration;
		uint32_t timer_configuration[HPET_TIMERS_MAX];
		uint32_t counter[2]; /* low half, high half; so are these, of the one timer: */
		uint32_t comparator[2];
		uint32_t fsb_route[2];
	} found;
};

/*
 * Takes the HPET: halts it, silences every timer, and sets the first one that can send messages up
 * to do so, for an irq on irq_leaf_hpet with `timer`'s store and requester. Returns 0; or -ENODEV
 * with nothing touched and the reason in `why`, a clause.
 */
int hpet_take(struct hpet_timer *timer, const char **why);

/*
 * The same for the last timer that can assert a pin from GSI 16 on: level-triggered, silent until
 * hpet_route(). `timer`'s store and requester are not set. The first only says which timer that is.
 */
int hpet_find_pin(struct hpet_timer *timer, const char **why);
int hpet_take_pin(struct hpet_timer *timer, const char **why);

/* The pins that timer can assert, a bit for each GSI; and has it, halted, assert this one. */
uint32_t hpet_pins(const struct hpet_timer *timer);
void hpet_route(const struct hpet_timer *timer, uint32_t gsi);

/* Whether it asserts its pin; ends that. */
bool hpet_asserts(const struct hpet_timer *timer);
void hpet_end(const struct hpet_timer *timer);

/* Has the timer, halted, send one message when `us` microseconds (1 .. 1000000) have passed. */
void hpet_start(const struct hpet_timer *timer, uint32_t us);

/* No message is sent any more, and one that was sent is at its local APIC. */
void hpet_halt(const struct hpet_timer *timer);

/* Gives the HPET back as it was found. The irq is released. */
void hpet_give_back(const struct hpet_timer *timer);

#endif
