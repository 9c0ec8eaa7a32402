// SPDX-License-Identifier: MIT
/*
 * Whether one fire is one message. The chips have a throttle, an interval in which a second message
 * is held back; 10.2.4.2 "Interrupt Throttling Register" has it off at 0. Not everything that
 * answers to their ids keeps to that:
 *
 *  - at 0 the throttle goes on, and two fires within its interval become one message;
 *  - as the interval ends, a message is sent a second time.
 *
 * MSI-X makes both harmless (e1000e_device.c). MSI cannot, so such a device is no source of it.
 *
 * All is found out with messages that go to a word of memory, and by registers that act at once.
 * Where an interval may end by itself at the wrong moment, as the CPU was held up, the same is done
 * over and over: what happens once is enough.
 */
#include <stddef.h>

#include "drivers/pci/sources/e1000e.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/time.h"

#define TIMES 100
#define LOOKS 3 /* for a message that a read of a register may just have overtaken */
#define MARK  0x4d53U

static const char no_memory[] = "there is no memory";
static const char in_use[] = "it cannot be taken";
static const char silent[] = "its message does not arrive";
static const char leaks[] = "it sends what is masked";
static const char forgets[] = "a message held back by a mask does not arrive later";
static const char merges[] = "its throttle goes on at 0: two fires become one message";
static const char repeats[] = "it sends a second message when the interval of its throttle ends";

/* Where messages arrive. */
static volatile uint32_t *landing;

static void aim(struct message_store *store)
{
	store->ops->write(store, MESSAGE_ADDRESS_LO,
	                  (uint32_t)memory_physical((const void *)landing));
	store->ops->write(store, MESSAGE_ADDRESS_HI, 0);
	store->ops->write(store, MESSAGE_DATA, MARK);
	store->ops->flush(store);
	*landing = 0;
}

/* Whether a message has arrived; then it is taken away. */
static bool landed(const struct e1000e *e1000e)
{
	for (unsigned int n = 0; n < LOOKS; n++) {
		(void)mmio_read32(e1000e->registers + NIC_STATUS);
		if (*landing) {
			*landing = 0;
			return true;
		}
	}
	return false;
}

static bool lands(const struct e1000e *e1000e)
{
	struct deadline deadline = deadline_in_us(NIC_TIMEOUT_US);

	while (!landed(e1000e))
		if (deadline_passed(&deadline))
			return false;
	return true;
}

static bool alloc_landing(void)
{
	if (!landing)
		landing = memory_alloc(sizeof(*landing), 64);
	return landing;
}

/* First without waiting for an interval to end, then with. */
static const char *sends_once_msix(const struct e1000e *e1000e)
{
	for (unsigned int n = 0; n < TIMES; n++)
		if (e1000e_fire_msix(e1000e, 0) || !lands(e1000e))
			return n ? merges : silent;
	for (unsigned int n = 0; n < TIMES; n++) {
		if (e1000e_fire_msix(e1000e, 0) || !lands(e1000e))
			return silent;
		e1000e_end_throttle(e1000e);
		if (landed(e1000e))
			return repeats;
	}
	return NULL;
}

/* With the mask set when this is called, and when it returns. */
static const char *keeps_pending(const struct e1000e *e1000e, struct message_store *store)
{
	const char *why = NULL;

	if (e1000e_fire_msix(e1000e, 0))
		return silent;
	if (e1000e->behind_mask)
		e1000e_end_throttle(e1000e); /* as the next fire, of another slot, does */
	if (landed(e1000e))
		return leaks;
	store->ops->unmask(store);
	if (!lands(e1000e))
		why = forgets;
	store->ops->mask(store);
	return why;
}

static const char *measure_taken_msix(const struct e1000e *e1000e, struct message_store *store)
{
	const char *why;

	aim(store);
	why = keeps_pending(e1000e, store);
	if (why)
		return why;
	store->ops->unmask(store);
	why = sends_once_msix(e1000e);
	store->ops->mask(store);
	return why;
}

/* The plain way first. */
const char *e1000e_measure_msix(struct e1000e *e1000e)
{
	const char *why = no_memory;

	if (!alloc_landing())
		return no_memory;
	for (unsigned int n = 0; n < 2 && why; n++) {
		e1000e->behind_mask = n;
		if (e1000e_take_msix(e1000e))
			return in_use;
		why = measure_taken_msix(e1000e, &e1000e->msix[0].store);
		e1000e_give_back(e1000e);
	}
	return why;
}

static const char *measure_taken_msi(const struct e1000e *e1000e)
{
	for (unsigned int n = 0; n < TIMES; n++) {
		if (e1000e_fire_msi(e1000e))
			return silent;
		e1000e_flush_msi(e1000e);
		if (!lands(e1000e))
			return n ? merges : silent;
	}
	return NULL;
}

const char *e1000e_measure_msi(struct e1000e *e1000e)
{
	struct message_store *store = &e1000e->msi.store;
	const char *why;

	if (!alloc_landing())
		return no_memory;
	if (e1000e_take_msi(e1000e))
		return in_use;
	aim(store);
	if (store->ops->unmask)
		store->ops->unmask(store);
	why = measure_taken_msi(e1000e);
	e1000e_give_back(e1000e);
	return why;
}
