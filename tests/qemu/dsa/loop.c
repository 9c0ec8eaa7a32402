// SPDX-License-Identifier: MIT
/*
 * Sending by itself: round after round over the chosen slots. With turns, each round begins with a
 * read of all of them, and only the slots that were free then are visited.
 */
#include <stddef.h>
#include <string.h>

#include "tests/qemu/dsa/parts.h"

#define NAP_NS     50000    /* until it looks again, when no slot was free */
#define BEHIND_MAX 10000000 /* ns of its rate that it makes up for */

_Static_assert(sizeof(struct source_turn) == 8, "a turn is read and written whole");

void loop_control(struct device *device, bool on)
{
	uint64_t end = (uint64_t)device->loop_first + device->loop_count;

	if (!on) {
		if (device->loop == LOOP_READING)
			device->loop_stop = true; /* until the reply is here */
		else
			device->loop = LOOP_STOPPED;
		return;
	}
	if (device->loop != LOOP_STOPPED || device->loop_first >= device->options.ims ||
	    !device->loop_count)
		return;
	device->loop_start = device->loop_first;
	device->loop_end = end < device->options.ims ? (uint32_t)end : device->options.ims;
	device->loop_at = device->loop_start;
	device->loop_address = device->loop_turns;
	device->loop = device->loop_address ? LOOP_READ : LOOP_VISIT;
	device->loop_stop = false;
	device->loop_any = false;
	device->loop_due = device->now;
	device->counters.looped = 0;
}

/* Asks for an interrupt and says when the next may be asked for. */
static void ask(struct device *device)
{
	uint64_t interval = device->settings.rate ? 1000000000 / device->settings.rate : 0;

	ims_request(device, device->loop_at);
	device->counters.looped++;
	device->loop_any = true;
	if (device->now > device->loop_due + BEHIND_MAX)
		device->loop_due = device->now - BEHIND_MAX;
	device->loop_due = interval ? device->loop_due + interval : device->now;
}

/* Takes the slot's turn, ahead of its message. */
static void take_turn(struct device *device)
{
	unsigned int at = device->loop_at - device->loop_start;
	struct device_slot *slot = &device->slots[device->loop_at];
	uint32_t taken = device->turns[at].turn & TURN_NUMBER;
	struct device_transaction transaction = {
	        .purpose = FOR_TURN,
	        .address = device->loop_address + sizeof(struct source_turn) * at,
	        .size = sizeof(taken),
	};

	memcpy(transaction.data, &taken, sizeof(taken));
	engine_put(device, &transaction);
	slot->turn_at = transaction.address;
	slot->turn = device->turns[at].turn;
}

void loop_give_turn(struct device *device, const struct device_message *message)
{
	uint32_t sent = message->turn;
	struct device_transaction transaction = {
	        .purpose = FOR_TURN,
	        .address = message->turn_at + offsetof(struct source_turn, sent),
	        .size = sizeof(sent),
	};

	memcpy(transaction.data, &sent, sizeof(sent));
	engine_put(device, &transaction);
}

static bool may_send(const struct device *device)
{
	const struct device_slot *slot = &device->slots[device->loop_at];
	uint32_t turn = device->turns[device->loop_at - device->loop_start].turn;

	if (device->loop_address)
		return (turn & ~TURN_NUMBER) == TURN_FREE && !slot->turn_at;
	return !slot->waiting && !slot->pending && !slot->in_flight;
}

static bool visit(struct device *device)
{
	for (; device->loop_at < device->loop_end; device->loop_at++) {
		if (!may_send(device))
			continue;
		if (device->loop_address)
			take_turn(device);
		ask(device);
		device->loop_at++;
		return true;
	}
	device->loop_at = device->loop_start;
	if (device->loop_address)
		device->loop = LOOP_READ;
	if (!device->loop_any)
		device->loop_due = device->now + NAP_NS;
	device->loop_any = false;
	return true;
}

bool loop_step(struct device *device)
{
	struct device_transaction transaction = {
	        .purpose = FOR_TURNS,
	        .address = device->loop_address,
	        .size = (uint32_t)sizeof(device->turns[0]) *
	                (device->loop_end - device->loop_start),
	};

	if (device->loop == LOOP_STOPPED || device->loop == LOOP_READING ||
	    device->now < device->loop_due)
		return false;
	if (device->loop == LOOP_VISIT)
		return visit(device);
	engine_put(device, &transaction);
	device->loop = LOOP_READING;
	return true;
}

void loop_turns_read(struct device *device, int error, const uint8_t *bytes)
{
	size_t size = sizeof(device->turns[0]) * (device->loop_end - device->loop_start);

	if (device->loop != LOOP_READING)
		return;
	if (device->loop_stop || error) {
		device->loop = LOOP_STOPPED;
		device->on_event(device, "loop-ended", 0, (uint64_t)error);
		return;
	}
	memcpy(device->turns, bytes, size);
	device->loop = LOOP_VISIT;
}
