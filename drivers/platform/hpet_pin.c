// SPDX-License-Identifier: MIT
/*
 * The comparator is set a moment ahead of the counter, and the timer asserts its pin when that has
 * passed; its bit in the interrupt status register says so, and a write there ends it (IA-PC HPET
 * 1.0a, 2.3.6 "General Interrupt Status Register"). Until then the counter goes on, for one that is
 * halted need not assert anything. Before it could match again it would have to wrap.
 *
 *	halted --fire()--> counting, asserted --acknowledge()--> halted
 */
#include "drivers/platform/hpet_pin.h"

#include <asm-generic/errno.h>
#include <stdbool.h>

#include "drivers/pci/intx.h"
#include "drivers/platform/hpet.h"
#include "kernel/irq/source.h"
#include "kernel/lock.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define AHEAD_US    1
#define PATIENCE_US 5000000 /* a timer of an emulation runs when its host gets to it */

static struct hpet_pin {
	struct source source;
	struct hpet_timer timer;
	struct ioapic_store pin;
	struct spinlock acknowledging;
	uint32_t ended; /* so often a handler has found it asserting */
	uint32_t gsi;   /* 0: not found yet */
} hpet_pin;

static bool route(struct source *source, uint32_t gsi)
{
	(void)source;
	if (gsi > 31 || !(hpet_pins(&hpet_pin.timer) >> gsi & 1))
		return false;
	hpet_route(&hpet_pin.timer, gsi);
	hpet_pin.gsi = gsi;
	return true;
}

static void hpet_pin_close(struct source *source)
{
	(void)source;
	hpet_halt(&hpet_pin.timer);
	hpet_end(&hpet_pin.timer);
	hpet_give_back(&hpet_pin.timer);
}

static int hpet_pin_open(struct source *source)
{
	const char *why;
	int error = hpet_take_pin(&hpet_pin.timer, &why);

	if (error)
		return source_drop(source, error, why, "to be as at the start", 0);
	if (hpet_pin.gsi) {
		hpet_route(&hpet_pin.timer, hpet_pin.gsi);
		return 0;
	}
	error = intx_find_pin(source, &hpet_pin.pin, route);
	if (error) {
		hpet_pin.gsi = 0;
		hpet_pin_close(source);
	}
	return error;
}

static struct message_store *hpet_pin_store(struct source *source, unsigned int slot)
{
	(void)source, (void)slot;
	return &hpet_pin.pin.store;
}

/* A handler elsewhere may have ended it by the time that this CPU looks. */
static int hpet_pin_fire(struct source *source, unsigned int slot)
{
	struct deadline deadline = deadline_in_us(PATIENCE_US);
	uint32_t ended = __atomic_load_n(&hpet_pin.ended, __ATOMIC_SEQ_CST);

	(void)slot;
	if (source->dropped)
		return -EIO;
	if (hpet_asserts(&hpet_pin.timer))
		return -EBUSY;
	hpet_start(&hpet_pin.timer, AHEAD_US);
	while (!hpet_asserts(&hpet_pin.timer) &&
	       __atomic_load_n(&hpet_pin.ended, __ATOMIC_SEQ_CST) == ended)
		if (deadline_passed(&deadline))
			return source_drop(source, -ETIMEDOUT, "it did not",
			                   "to match its comparator", PATIENCE_US);
	return 0;
}

static void hpet_pin_flush(struct source *source)
{
	(void)source;
	(void)hpet_asserts(&hpet_pin.timer);
	hpet_pin.pin.store.ops->flush(&hpet_pin.pin.store);
}

/* Of the handlers of two targets only one may find it asserting. */
static bool hpet_pin_acknowledge(struct source *source, unsigned int slot)
{
	uint64_t flags = spin_lock_irqsave(&hpet_pin.acknowledging);
	bool asserts = hpet_asserts(&hpet_pin.timer);

	(void)source, (void)slot;
	if (asserts) {
		hpet_halt(&hpet_pin.timer);
		hpet_end(&hpet_pin.timer);
		__atomic_add_fetch(&hpet_pin.ended, 1, __ATOMIC_SEQ_CST);
	}
	spin_unlock_irqrestore(&hpet_pin.acknowledging, flags);
	return asserts;
}

static const struct source_ops hpet_pin_ops = {
        .open = hpet_pin_open,
        .close = hpet_pin_close,
        .store = hpet_pin_store,
        .fire = hpet_pin_fire,
        .flush = hpet_pin_flush,
        .acknowledge = hpet_pin_acknowledge,
};

void hpet_pin_probe(void)
{
	struct source *source = &hpet_pin.source;
	const char *why;

	if (hpet_find_pin(&hpet_pin.timer, &why))
		return;
	*source = (struct source){
	        .name = "hpet",
	        .kind = "ioapic-level",
	        .chip = "HPET timer",
	        .leaf = &irq_leaf_ioapic_level,
	        .requester = {.by_name = true}, /* the IO-APIC that open() finds */
	        .slots = 1,
	        .ops = &hpet_pin_ops,
	};
	format(source->location, sizeof(source->location), "mmio %08lx",
	       (uintptr_t)hpet_pin.timer.registers);
	if (source_register(source))
		print("# hpet: there are too many sources\n");
}
