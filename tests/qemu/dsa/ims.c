// SPDX-License-Identifier: MIT
/*
 * The interrupt message storage.
 *
 *     ims_request() -> waiting, in the ring -> ims_sample_address() .. ims_sample_data() -> held
 *         or, masked -> pending -> unmasked: waiting
 */
#include <string.h>

#include "tests/qemu/dsa/parts.h"

/* What of the control word is stored as it was written. */
#define CONTROL_WRITTEN ((uint32_t)(IMS_MASK | IMS_IGNORE | IMS_PASID_ENABLE | IMS_PASID))

static void ring_put(struct device *device, unsigned int slot)
{
	struct device_ring *ring = &device->ring;

	if (device->slots[slot].in_ring)
		return;
	device->slots[slot].in_ring = true;
	ring->at[(ring->head + ring->count++) % DEVICE_IMS_MAX] = (uint16_t)slot;
}

static unsigned int ring_take(struct device *device)
{
	struct device_ring *ring = &device->ring;
	unsigned int slot = ring->at[ring->head];

	ring->head = (ring->head + 1) % DEVICE_IMS_MAX;
	ring->count--;
	device->slots[slot].in_ring = false;
	return slot;
}

uint32_t ims_read(const struct device *device, uint32_t offset)
{
	const struct device_slot *slot = &device->slots[offset / sizeof(struct dsa_ims_entry)];

	switch (offset % sizeof(struct dsa_ims_entry)) {
	case DSA_IMS_ADDRESS_LO:
		return slot->entry.address_lo;
	case DSA_IMS_ADDRESS_HI:
		return slot->entry.address_hi;
	case DSA_IMS_DATA:
		return slot->entry.data;
	default:
		return slot->entry.control | (uint32_t)(slot->pending ? IMS_PENDING : 0) |
		       (uint32_t)(slot->in_flight ? DSA_MODEL_IMS_BUSY : 0);
	}
}

static bool masked(const struct device *device, const struct device_slot *slot)
{
	return (slot->entry.control & IMS_MASK) &&
	       !(device->settings.misbehave & MISBEHAVE_MASK_IGNORED);
}

static void count_dropped(struct device *device, unsigned int slot, uint32_t how_many)
{
	device->counters.dropped += how_many;
	device->slots[slot].dropped += how_many;
	device->slots[slot].turn_at = 0;
	if (how_many)
		device->on_event(device, "dropped", slot, how_many);
}

static void count_coalesced(struct device *device, unsigned int slot, uint32_t how_many)
{
	device->counters.coalesced += how_many;
	device->slots[slot].coalesced += how_many;
	if (how_many)
		device->on_event(device, "coalesced", slot, how_many);
}

/* All that waits becomes one pending bit. */
static void make_pending(struct device *device, unsigned int number)
{
	struct device_slot *slot = &device->slots[number];
	uint32_t waiting = slot->waiting;

	slot->waiting = 0;
	if (!waiting)
		return;
	if (device->settings.misbehave & MISBEHAVE_PENDING_DROPPED) {
		count_dropped(device, number, waiting);
		return;
	}
	count_coalesced(device, number, slot->pending ? waiting : waiting - 1);
	slot->pending = true;
}

void ims_request(struct device *device, unsigned int number)
{
	struct device_slot *slot = &device->slots[number];

	device->counters.requested++;
	slot->requested++;
	if (slot->waiting && (device->settings.mode & DSA_MODEL_MODE_COALESCE)) {
		count_coalesced(device, number, 1);
		return;
	}
	if (!slot->waiting++ && !slot->pending)
		slot->asked = device->now;
	/* At once: who finds the descriptor's completion record finds the pending bit, too. */
	if (masked(device, slot))
		make_pending(device, number);
	else
		ring_put(device, number);
}

void ims_write(struct device *device, uint32_t offset, uint32_t value)
{
	unsigned int number = offset / sizeof(struct dsa_ims_entry);
	struct device_slot *slot = &device->slots[number];
	uint32_t word = offset % sizeof(struct dsa_ims_entry);

	device->on_event(device, "write", number, (uint64_t)word << 32 | value);
	if (word != DSA_IMS_CONTROL && (device->settings.misbehave & MISBEHAVE_LATE) &&
	    device->now >= slot->late_until) {
		slot->old = slot->entry;
		slot->late_until = device->now + device->settings.late_ns;
	}
	switch (word) {
	case DSA_IMS_ADDRESS_LO:
		slot->entry.address_lo = value;
		break;
	case DSA_IMS_ADDRESS_HI:
		slot->entry.address_hi = value;
		break;
	case DSA_IMS_DATA:
		slot->entry.data = value;
		break;
	default:
		slot->entry.control = value & CONTROL_WRITTEN;
		if (slot->pending && !masked(device, slot)) {
			slot->pending = false;
			slot->waiting++;
			ring_put(device, number);
		}
		break;
	}
}

/* The entry as the sender sees it. */
static const struct dsa_ims_entry *seen(const struct device *device, const struct device_slot *slot)
{
	bool late = (device->settings.misbehave & MISBEHAVE_LATE) && device->now < slot->late_until;

	return late ? &slot->old : &slot->entry;
}

bool ims_sample_address(struct device *device)
{
	while (device->ring.count) {
		unsigned int number = ring_take(device);
		struct device_slot *slot = &device->slots[number];

		if (masked(device, slot)) {
			make_pending(device, number);
			continue;
		}
		if (!slot->waiting)
			continue; /* forgotten by a reset, or made pending meanwhile */
		slot->waiting--;
		slot->in_flight++;
		slot->sampled++;
		device->counters.sampled++;
		device->sample = (struct device_message){
		        .slot = number,
		        .address_lo = seen(device, slot)->address_lo,
		        .address_hi = seen(device, slot)->address_hi,
		        .asked = slot->asked,
		        .sampled = device->now,
		        .turn_at = slot->turn_at,
		        .turn = slot->turn,
		};
		slot->turn_at = 0;
		device->sampling = true;
		if (slot->waiting) {
			slot->asked = device->now;
			ring_put(device, number);
		}
		return true;
	}
	return false;
}

void ims_sample_data(struct device *device)
{
	struct device_message *sample = &device->sample;

	sample->data = seen(device, &device->slots[sample->slot])->data;
	sample->complete = device->now;
	device->held[(device->held_head + device->held_count++) % DEVICE_HELD] = *sample;
	device->sampling = false;
}

void ims_finish(struct device *device, struct device_message *message, int error)
{
	struct device_slot *slot = &device->slots[message->slot];

	message->acknowledged = device->now;
	message->error = error;
	slot->in_flight--;
	if (error) {
		slot->refused++;
		device->counters.refused++;
	} else {
		slot->acknowledged++;
		device->counters.acknowledged++;
	}
	device->on_message(device, message);
}

void ims_abort(struct device *device)
{
	for (unsigned int n = 0; n < device->options.ims; n++) {
		struct device_slot *slot = &device->slots[n];

		count_dropped(device, n, slot->waiting + slot->pending);
		slot->waiting = 0;
		slot->pending = false;
	}
}
