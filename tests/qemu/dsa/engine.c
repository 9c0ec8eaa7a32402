// SPDX-License-Identifier: MIT
/*
 * What the device does by itself, one small piece with each call of device_step(): the lock is let
 * go between any two, so that writes to registers come in between any two.
 *
 *     descriptors -> ims_request() -> sampled -> held -> outgoing -> transactions -> acknowledged
 *
 * What is in `outgoing` is sent in its order, and QEMU serves it in that order.
 */
#include <errno.h>
#include <string.h>

#include "tests/qemu/dsa/parts.h"

bool engine_has_room(const struct device *device, unsigned int transactions)
{
	return device->outgoing_count + transactions <= DEVICE_OUTGOING;
}

void engine_put(struct device *device, const struct device_transaction *transaction)
{
	unsigned int at = (device->outgoing_head + device->outgoing_count++) % DEVICE_OUTGOING_MAX;

	device->outgoing[at] = *transaction;
}

static struct device_action send(struct device *device)
{
	struct device_transaction *next = &device->outgoing[device->outgoing_head];
	struct device_action action = {
	        .what = next->purpose == FOR_TURNS || next->purpose == FOR_CARRIER_SENT ? DO_READ
	                                                                                : DO_WRITE,
	        .address = next->address,
	        .size = next->size,
	};

	while (device->transactions[action.id].used)
		action.id++;
	memcpy(action.data, next->data, sizeof(action.data));
	if (next->purpose == FOR_MESSAGE) {
		next->message.sent = device->now;
		device->counters.sent++;
	}
	next->used = true;
	device->transactions[action.id] = *next;
	device->transactions_used++;
	device->outgoing_head = (device->outgoing_head + 1) % DEVICE_OUTGOING_MAX;
	device->outgoing_count--;
	return action;
}

/* The message that was held longest, if it is due; false: none can go. */
static bool release_held(struct device *device)
{
	struct device_message *message = &device->held[device->held_head];
	struct device_transaction transaction = {
	        .purpose = FOR_MESSAGE,
	        .address = message->address_lo | (uint64_t)message->address_hi << 32,
	        .size = sizeof(message->data),
	};

	if (!device->held_count || !engine_has_room(device, 2) ||
	    device->now < message->complete + device->settings.hold_ns)
		return false;
	if (device->settings.mode & DSA_MODEL_MODE_CARRIER) {
		if (!carrier_start(device, message))
			return false;
	} else {
		memcpy(transaction.data, &message->data, sizeof(message->data));
		transaction.message = *message;
		engine_put(device, &transaction);
		if (message->turn_at)
			loop_give_turn(device, message);
	}
	device->held_head = (device->held_head + 1) % DEVICE_HELD;
	device->held_count--;
	return true;
}

/* One piece of work within the device; false: there is none now. */
static bool work(struct device *device)
{
	if (release_held(device))
		return true;
	if (device->sampling) {
		if (device->now < device->sample.sampled + device->settings.tear_ns)
			return false;
		ims_sample_data(device);
		return true;
	}
	if (device->held_count < DEVICE_HELD && ims_sample_address(device))
		return true;
	if (engine_has_room(device, 1) && portal_step(device))
		return true;
	if (engine_has_room(device, 1) && loop_step(device))
		return true;
	return command_step(device);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Mirrors work() and device_step(): what they would not do, this does not find due. */
uint64_t device_due(const struct device *device)
{
	uint64_t when = UINT64_MAX;

	if (device->vectors || device->carrier == CARRIER_RAISE ||
	    (device->outgoing_count && device->transactions_used < DEVICE_TRANSACTIONS))
		return 0;
	if (device->held_count && engine_has_room(device, 2) &&
	    (device->carrier == CARRIER_IDLE || !(device->settings.mode & DSA_MODEL_MODE_CARRIER)))
		when = device->held[device->held_head].complete + device->settings.hold_ns;
	if (device->sampling)
		return earlier(when, device->sample.sampled + device->settings.tear_ns);
	if ((device->ring.count && device->held_count < DEVICE_HELD) ||
	    (device->work_count && engine_has_room(device, 1)) ||
	    ((device->cmdsts & CMDSTS_ACTIVE) && !device_outstanding(device)))
		return 0;
	if ((device->loop == LOOP_VISIT || device->loop == LOOP_READ) && engine_has_room(device, 1))
		when = earlier(when, device->loop_due);
	return when;
}

struct device_action device_step(struct device *device)
{
	if (device->vectors) {
		unsigned int vector = (unsigned int)__builtin_ctz(device->vectors);

		device->vectors &= device->vectors - 1;
		return (struct device_action){.what = DO_RAISE, .vector = vector};
	}
	if (device->carrier == CARRIER_RAISE) {
		device->carrier = CARRIER_RAISED;
		device->carried.sent = device->now;
		device->counters.sent++;
		return (struct device_action){.what = DO_RAISE_AND_WAIT, .vector = DEVICE_CARRIER};
	}
	if (device->outgoing_count && device->transactions_used < DEVICE_TRANSACTIONS)
		return send(device);
	if (work(device))
		return (struct device_action){.what = DO_AGAIN};
	return (struct device_action){.what = DO_WAIT, .wake = device_due(device)};
}

int device_replied(struct device *device, uint16_t id, int error, const uint8_t *bytes, size_t size)
{
	struct device_transaction transaction;

	if (id >= DEVICE_TRANSACTIONS || !device->transactions[id].used)
		return -EPROTO;
	transaction = device->transactions[id];
	if (transaction.purpose == FOR_TURNS && !error && size < transaction.size)
		return -EPROTO;
	device->transactions[id].used = false;
	device->transactions_used--;
	switch (transaction.purpose) {
	case FOR_MESSAGE:
		ims_finish(device, &transaction.message, error);
		break;
	case FOR_COMPLETION:
		device->counters.completed++;
		if (error)
			registers_error(device, field_set(SWERR_ERROR, COMPLETION_ADDRESS_INVALID),
			                0, transaction.address);
		if (transaction.vector >= 0)
			device->vectors |= 1U << transaction.vector;
		break;
	case FOR_TURNS:
		loop_turns_read(device, error, bytes);
		break;
	case FOR_CARRIER:
	case FOR_CARRIER_SENT:
		carrier_replied(device, transaction.purpose, error);
		break;
	case FOR_TURN:
	case FOR_NOBODY:
		break;
	}
	return 0;
}

uint64_t device_outstanding(const struct device *device)
{
	return device->work_count + device->ring.count + device->sampling + device->held_count +
	       device->outgoing_count + device->transactions_used +
	       (device->carrier != CARRIER_IDLE);
}
