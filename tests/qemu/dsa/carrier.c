// SPDX-License-Identifier: MIT
/*
 * Messages sent through the function's own reserved MSI-X entry, one at a time:
 *
 *     write the entry by DMA -> reply -> raise its vector -> QEMU has seen that -> read the entry
 *         by DMA -> reply
 *
 * QEMU sends from the entry when it looks at the event. That it has looked does not mean that it
 * has sent; but it serves events and DMA in one thread, so the reply to a read that is sent after
 * it has looked comes after the message.
 */
#include <errno.h>
#include <string.h>

#include "tests/qemu/dsa/parts.h"

#define ENTRY_SIZE  16
#define ENTRY_WORDS 12 /* bytes of address and data */

static uint64_t entry_address(const struct device *device)
{
	return config_bar(device, REGION_BAR0) + BAR0_MSIX + DEVICE_CARRIER * ENTRY_SIZE;
}

static void finish(struct device *device, int error)
{
	struct device_message message = device->carried;

	device->carrier = CARRIER_IDLE;
	ims_finish(device, &message, error);
	if (message.turn_at)
		loop_give_turn(device, &message);
}

bool carrier_start(struct device *device, const struct device_message *message)
{
	uint32_t words[] = {message->address_lo, message->address_hi, message->data};
	struct device_transaction transaction = {
	        .purpose = FOR_CARRIER,
	        .address = entry_address(device),
	        .size = ENTRY_WORDS,
	};

	if (device->carrier != CARRIER_IDLE)
		return false;
	device->carried = *message;
	device->carried.carried = true;
	if (!device->has_vector[DEVICE_CARRIER]) {
		finish(device, ENXIO);
		return true;
	}
	memcpy(transaction.data, words, sizeof(words));
	engine_put(device, &transaction);
	device->carrier = CARRIER_WRITING;
	return true;
}

void carrier_replied(struct device *device, enum device_purpose purpose, int error)
{
	if (error || purpose == FOR_CARRIER_SENT)
		finish(device, error);
	else
		device->carrier = CARRIER_RAISE;
}

void device_raised(struct device *device, bool seen)
{
	struct device_transaction transaction = {
	        .purpose = FOR_CARRIER_SENT,
	        .address = entry_address(device),
	        .size = 4,
	};

	if (device->carrier != CARRIER_RAISED)
		return; /* a reset came in between */
	if (!seen) {
		finish(device, ETIMEDOUT);
		return;
	}
	engine_put(device, &transaction);
	device->carrier = CARRIER_READING;
}
