// SPDX-License-Identifier: MIT
#include "drivers/platform/hpet.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "drivers/vtd/vtd.h"
#include "kernel/cpu/hpet.h"
#include "kernel/cpu/hpet_regs.h"
#include "kernel/irq/irq.h"
#include "kernel/mmio.h"

#define FEMTOSECONDS_PER_US 1000000000ULL

_Static_assert(offsetof(struct hpet_timer, store) == 0, "the two pointers below are one");

static struct hpet_timer *timer_of(struct message_store *store)
{
	return (struct hpet_timer *)store;
}

static uint32_t hpet_read(const struct hpet_timer *timer, unsigned int offset)
{
	return mmio_read32(timer->registers + offset);
}

static void hpet_write(const struct hpet_timer *timer, unsigned int offset, uint32_t value)
{
	mmio_write32(timer->registers + offset, value);
}

/* The address has 32 bits; every x86 interrupt message lies at fee00000h. */
static void fsb_route_read(struct message_store *store, struct message *message)
{
	const struct hpet_timer *timer = timer_of(store);

	message->address_lo = hpet_read(timer, HPET_TIMER_FSB_INT_ADDR(timer->number));
	message->address_hi = 0;
	message->data = hpet_read(timer, HPET_TIMER_FSB_INT_VAL(timer->number));
}

static void fsb_route_write(struct message_store *store, enum message_word word, uint32_t value)
{
	const struct hpet_timer *timer = timer_of(store);

	if (word == MESSAGE_ADDRESS_LO)
		hpet_write(timer, HPET_TIMER_FSB_INT_ADDR(timer->number), value);
	else if (word == MESSAGE_DATA)
		hpet_write(timer, HPET_TIMER_FSB_INT_VAL(timer->number), value);
}

/*
 * The writes before it are posted and cannot be overtaken, and the answer cannot overtake the
 * messages the timer sent before, which are posted, too (PCIe 6.0, 2.4.1 "Transaction Ordering
 * Rules"; the HPET sits in the chipset, and its registers are reached in the same way).
 */
static void fsb_route_flush(struct message_store *store)
{
	const struct hpet_timer *timer = timer_of(store);

	(void)hpet_read(timer, HPET_TIMER_CONFIGURATION(timer->number));
}

/*
 * Not maskable, though Tn_INT_ENB_CNF silences the timer: what matches meanwhile is not held back
 * but forgotten. A protocol that masked with it would lose messages.
 */
static const struct message_store_ops fsb_route_ops = {
        .read = fsb_route_read,
        .write = fsb_route_write,
        .flush = fsb_route_flush,
};

static void set_interrupt_enable(struct irq *irq, uint32_t enable)
{
	const struct hpet_timer *timer = timer_of(irq->store);
	unsigned int offset = HPET_TIMER_CONFIGURATION(timer->number);

	hpet_write(timer, offset, (hpet_read(timer, offset) & ~HPET_TN_INT_ENB_CNF) | enable);
}

static void hpet_startup(struct irq *irq)
{
	set_interrupt_enable(irq, HPET_TN_INT_ENB_CNF);
}

static void hpet_shutdown(struct irq *irq)
{
	set_interrupt_enable(irq, 0);
}

/*
 * It can do with a reservation: until the irq is requested Tn_INT_ENB_CNF is clear, and a timer
 * that nobody has requested has nothing to say that could be forgotten.
 */
const struct irq_leaf irq_leaf_hpet = {
        .domain = LEAF_DOMAIN("hpet"),
        .reservation = IRQ_RESERVES_ALWAYS,
        .startup = hpet_startup,
        .shutdown = hpet_shutdown,
};

/*
 * The first timer that can send messages, or -ENODEV. Not one that is periodic: its period can be
 * written but not read (2.3.9), so it could not be given back.
 */
static int find_timer(const struct hpet_found *found)
{
	for (uint32_t n = 0; n < found->timers; n++)
		if ((found->timer_configuration[n] & HPET_TN_FSB_INT_DEL_CAP) &&
		    !(found->timer_configuration[n] & HPET_TN_TYPE_CNF))
			return (int)n;
	return -ENODEV;
}

static void read_pair(const struct hpet_timer *timer, unsigned int offset, uint32_t *pair)
{
	pair[0] = hpet_read(timer, offset);
	pair[1] = hpet_read(timer, offset + 4);
}

static void write_pair(const struct hpet_timer *timer, unsigned int offset, const uint32_t *pair)
{
	hpet_write(timer, offset, pair[0]);
	hpet_write(timer, offset + 4, pair[1]);
}

static void set_counting(const struct hpet_timer *timer, uint32_t enable)
{
	uint32_t others = hpet_read(timer, HPET_CONFIGURATION) & ~HPET_ENABLE_CNF;

	hpet_write(timer, HPET_CONFIGURATION, others | enable);
	(void)hpet_read(timer, HPET_CONFIGURATION);
}

/*
 * Halted first: a comparator of another timer must not match while ours are being set. Ours, one
 * shot and silent, gets `mode`.
 */
static void take_registers(struct hpet_timer *timer, uint32_t mode)
{
	struct hpet_found *found = &timer->found;

	set_counting(timer, 0);
	read_pair(timer, HPET_MAIN_COUNTER, found->counter);
	read_pair(timer, HPET_TIMER_COMPARATOR(timer->number), found->comparator);
	read_pair(timer, HPET_TIMER_FSB_INT_VAL(timer->number), found->fsb_route);
	for (uint32_t n = 0; n < found->timers; n++)
		hpet_write(timer, HPET_TIMER_CONFIGURATION(n),
		           found->timer_configuration[n] & ~HPET_TN_INT_ENB_CNF);

	uint32_t ours = found->timer_configuration[timer->number] &
	                ~(uint32_t)(HPET_TN_INT_ENB_CNF | HPET_TN_INT_TYPE_CNF |
	                            HPET_TN_32MODE_CNF | HPET_TN_FSB_EN_CNF);
	hpet_write(timer, HPET_TIMER_CONFIGURATION(timer->number), ours | mode);
}

static int find_registers(struct hpet_timer *timer, struct hpet *hpet, const char **why)
{
	struct hpet_found *found = &timer->found;

	timer->registers = hpet_find(hpet, why);
	if (!timer->registers)
		return -ENODEV;
	found->timers = field_get(HPET_NUM_TIM_CAP, hpet_read(timer, HPET_CAPABILITIES)) + 1;
	found->configuration = hpet_read(timer, HPET_CONFIGURATION);
	for (uint32_t n = 0; n < found->timers; n++)
		found->timer_configuration[n] = hpet_read(timer, HPET_TIMER_CONFIGURATION(n));
	return 0;
}

int hpet_take(struct hpet_timer *timer, const char **why)
{
	struct hpet_found *found = &timer->found;
	struct hpet hpet;

	if (find_registers(timer, &hpet, why))
		return -ENODEV;
	*why = "no one-shot timer of the HPET can send messages (Tn_FSB_INT_DEL_CAP)";
	int number = find_timer(found);
	if (number < 0)
		return number;

	timer->store.ops = &fsb_route_ops;
	timer->number = (unsigned int)number;
	(void)vtd_requester_hpet(hpet.number, &timer->requester); /* none: irq_alloc() says so */
	take_registers(timer, HPET_TN_FSB_EN_CNF); /* 2.3.8: messages need edge mode */
	return 0;
}

/* Lower GSIs are the ISA bus's, edge-triggered (ACPI 6.5, 5.2.13 "Global System Interrupts"). */
#define PINS GENMASK_ULL(31, 16)

uint32_t hpet_pins(const struct hpet_timer *timer)
{
	return hpet_read(timer, HPET_TIMER_INT_ROUTE_CAP(timer->number)) & PINS;
}

/* The last one: of the first two, 2.3.5 "Legacy Replacement Route" may ask something else. */
int hpet_find_pin(struct hpet_timer *timer, const char **why)
{
	const struct hpet_found *found = &timer->found;
	struct hpet hpet;

	if (find_registers(timer, &hpet, why))
		return -ENODEV;
	for (uint32_t n = found->timers; n-- > 0;) {
		timer->number = n;
		if (!hpet_pins(timer) || found->timer_configuration[n] & HPET_TN_TYPE_CNF ||
		    (n < 2 && found->configuration & HPET_LEG_RT_CNF))
			continue;
		return 0;
	}
	*why = "no one-shot timer of the HPET can assert a pin from GSI 16 on (Tn_INT_ROUTE_CAP)";
	return -ENODEV;
}

int hpet_take_pin(struct hpet_timer *timer, const char **why)
{
	int error = hpet_find_pin(timer, why);

	if (error)
		return error;
	take_registers(timer, HPET_TN_INT_TYPE_CNF);
	hpet_end(timer);
	return 0;
}

void hpet_route(const struct hpet_timer *timer, uint32_t gsi)
{
	unsigned int offset = HPET_TIMER_CONFIGURATION(timer->number);
	uint32_t others = hpet_read(timer, offset) & ~(uint32_t)HPET_TN_INT_ROUTE_CNF;

	hpet_write(timer, offset,
	           others | field_set(HPET_TN_INT_ROUTE_CNF, gsi) | HPET_TN_INT_ENB_CNF);
}

bool hpet_asserts(const struct hpet_timer *timer)
{
	return hpet_read(timer, HPET_INTERRUPT_STATUS) >> timer->number & 1;
}

void hpet_end(const struct hpet_timer *timer)
{
	hpet_write(timer, HPET_INTERRUPT_STATUS, 1u << timer->number);
	(void)hpet_read(timer, HPET_INTERRUPT_STATUS);
}

/*
 * The counter starts at 0 with the comparator already set: however long this CPU is kept from
 * running, the counter cannot pass the comparator before that holds its value.
 */
void hpet_start(const struct hpet_timer *timer, uint32_t us)
{
	static const uint32_t zero[2];
	uint64_t ticks = us * FEMTOSECONDS_PER_US / hpet_read(timer, HPET_COUNTER_CLK_PERIOD);
	const uint32_t comparator[2] = {(uint32_t)ticks + 1};

	write_pair(timer, HPET_MAIN_COUNTER, zero);
	write_pair(timer, HPET_TIMER_COMPARATOR(timer->number), comparator);
	set_counting(timer, HPET_ENABLE_CNF);
}

void hpet_halt(const struct hpet_timer *timer)
{
	set_counting(timer, 0);
}

void hpet_give_back(const struct hpet_timer *timer)
{
	const struct hpet_found *found = &timer->found;

	hpet_halt(timer);
	write_pair(timer, HPET_TIMER_FSB_INT_VAL(timer->number), found->fsb_route);
	write_pair(timer, HPET_TIMER_COMPARATOR(timer->number), found->comparator);
	write_pair(timer, HPET_MAIN_COUNTER, found->counter);
	for (uint32_t n = 0; n < found->timers; n++)
		hpet_write(timer, HPET_TIMER_CONFIGURATION(n), found->timer_configuration[n]);
	hpet_write(timer, HPET_CONFIGURATION, found->configuration);
}
