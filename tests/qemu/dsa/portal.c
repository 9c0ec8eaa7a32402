// SPDX-License-Identifier: MIT
/*
 * Work-queue portals, work queues and their descriptors.
 *
 * On silicon a portal takes nothing but whole writes of 64 bytes. QEMU hands a guest's write on in
 * pieces of at most 8, whatever instruction it was. So a descriptor is put together here: its
 * pieces have to come in at one 64-byte place, from its first byte to its last, without a gap.
 * What comes in otherwise makes no descriptor and is counted. Two CPUs that share a place can mix
 * their pieces; on silicon they could not.
 */
#include <string.h>

#include "tests/qemu/dsa/parts.h"

#define PLACES        (PORTALS_SIZE / 64)
#define PORTAL_IS_IMS 0x2000 /* in the offset of a portal */

#define FLAGS_TAKEN                                                                                \
	(FLAG_FENCE | FLAG_COMPLETION_ADDRESS_VALID | FLAG_REQUEST_COMPLETION |                    \
	 FLAG_REQUEST_INTERRUPT | FLAG_COMPLETION_TRAFFIC_CLASS)

static void submit(struct device *device, unsigned int number, bool ims, const uint8_t *bytes)
{
	struct device_wq *wq = &device->wqs[number];
	struct device_work *work;

	if (wq->state != WQ_STATE_ENABLED || device->work_count == DEVICE_WQ_TOTAL ||
	    wq->occupancy >= field_get(WQCFG_SIZE_ENTRIES, wq->config[WQCFG_SIZE / 4])) {
		device->counters.rejected++;
		device->on_event(device, "rejected", number, wq->state);
		return;
	}
	device->counters.descriptors++;
	if ((device->settings.misbehave & MISBEHAVE_DESCRIPTOR_LOST) &&
	    device->counters.descriptors %
	                    (device->settings.lose_every ? device->settings.lose_every : 1) ==
	            0) {
		device->counters.lost++;
		device->on_event(device, "lost", number, device->counters.descriptors);
		return;
	}
	work = &device->work[(device->work_head + device->work_count++) % DEVICE_WQ_TOTAL];
	memcpy(&work->descriptor, bytes, sizeof(work->descriptor));
	work->wq = (uint8_t)number;
	work->ims = ims;
	wq->occupancy++;
}

void portal_write(struct device *device, uint32_t offset, uint64_t value, unsigned int size)
{
	unsigned int number = offset / PORTALS_SIZE;
	struct device_assembly *at = &device->assembly[number][offset % PORTALS_SIZE / 64];

	if (offset % 64 != at->filled) {
		device->counters.torn++;
		device->on_event(device, "torn", number, offset);
		at->filled = 0;
		if (offset % 64)
			return;
	}
	memcpy(&at->bytes[at->filled], &value, size);
	at->filled = (uint8_t)(at->filled + size);
	if (at->filled == sizeof(at->bytes)) {
		at->filled = 0;
		submit(device, number, offset & PORTAL_IS_IMS, at->bytes);
	}
}

/* The table entry of the interrupt that `work` asks for, or -1. PASIDs: no WQ has one. */
static int interrupt_of(const struct device *device, const struct device_work *work)
{
	uint16_t handle = work->descriptor.interrupt_handle;
	int index = work->ims ? handle_ims(device, handle) : handle_msix(device, handle);
	uint64_t permission;

	if (index < 0)
		return -1;
	permission = work->ims ? device->slots[index].entry.control : device->msix_perm[index];
	if ((permission & IMS_PASID_ENABLE) && !(permission & IMS_IGNORE))
		return -1;
	return index;
}

_Static_assert(MSIX_PERM_IGNORE == IMS_IGNORE, "the check above is for both");
_Static_assert(MSIX_PERM_PASID_ENABLE == IMS_PASID_ENABLE, "the check above is for both");

/* "Descriptor Checks": those that apply to operations that move nothing. */
static unsigned int check(const struct device *device, const struct device_work *work)
{
	const struct dsa_descriptor *descriptor = &work->descriptor;
	uint64_t operation = field_get(DESCRIPTOR_OPERATION, descriptor->flags);
	uint64_t flags = field_get(DESCRIPTOR_FLAGS, descriptor->flags);

	if (operation != OPERATION_NOOP && operation != OPERATION_DRAIN)
		return COMPLETION_UNSUPPORTED_OPERATION;
	if ((flags & ~FLAGS_TAKEN) ||
	    ((flags & FLAG_REQUEST_COMPLETION) && !(flags & FLAG_COMPLETION_ADDRESS_VALID)))
		return COMPLETION_INVALID_FLAGS;
	if (descriptor->reserved ||
	    (descriptor->pasid & ~(DESCRIPTOR_PASID | DESCRIPTOR_PRIVILEGE)))
		return COMPLETION_RESERVED_NOT_ZERO;
	if ((flags & FLAG_REQUEST_INTERRUPT) && interrupt_of(device, work) < 0)
		return COMPLETION_INVALID_INTERRUPT_HANDLE;
	return COMPLETION_SUCCESS;
}

static void report(struct device *device, const struct device_work *work, unsigned int error)
{
	const struct dsa_descriptor *descriptor = &work->descriptor;
	uint64_t operation = field_get(DESCRIPTOR_OPERATION, descriptor->flags);

	registers_error(
	        device,
	        SWERR_DESCRIPTOR_VALID | SWERR_WQ_INDEX_VALID | field_set(SWERR_ERROR, error) |
	                field_set(SWERR_WQ_INDEX, work->wq) | field_set(SWERR_OPERATION, operation),
	        error == COMPLETION_INVALID_FLAGS
	                ? field_set(SWERR_INVALID_FLAGS,
	                            field_get(DESCRIPTOR_FLAGS, descriptor->flags) & ~FLAGS_TAKEN)
	                : 0,
	        descriptor->completion);
}

/*
 * The record goes out ahead of the message: both are DMA, and QEMU serves that in order. An MSI-X
 * vector goes another way, so it is raised only when the record has been written.
 */
static void complete(struct device *device, const struct device_work *work, unsigned int status,
                     bool record)
{
	uint64_t flags = field_get(DESCRIPTOR_FLAGS, work->descriptor.flags);
	bool interrupt = (flags & FLAG_REQUEST_INTERRUPT) &&
	                 status != COMPLETION_INVALID_INTERRUPT_HANDLE &&
	                 interrupt_of(device, work) >= 0;
	int index = interrupt ? interrupt_of(device, work) : -1;
	struct dsa_completion completion = {.status = (uint8_t)status};
	struct device_transaction transaction = {
	        .purpose = FOR_COMPLETION,
	        .address = work->descriptor.completion,
	        .size = sizeof(completion),
	        .vector = work->ims ? -1 : index,
	};

	if (status == COMPLETION_INVALID_FLAGS)
		completion.invalid_flags = (uint32_t)(flags & ~FLAGS_TAKEN);
	memcpy(transaction.data, &completion, sizeof(completion));
	if (record) {
		engine_put(device, &transaction);
	} else {
		device->counters.completed++;
		if (transaction.vector >= 0)
			device->vectors |= 1U << transaction.vector;
	}
	if (work->ims && interrupt)
		ims_request(device, (unsigned int)index);
}

bool portal_step(struct device *device)
{
	struct device_work *work = &device->work[device->work_head];
	uint64_t flags = field_get(DESCRIPTOR_FLAGS, work->descriptor.flags);
	unsigned int status;
	bool record;

	if (!device->work_count)
		return false;
	device->work_head = (device->work_head + 1) % DEVICE_WQ_TOTAL;
	device->work_count--;
	device->wqs[work->wq].occupancy--;

	record = flags & FLAG_COMPLETION_ADDRESS_VALID;
	status = check(device, work);
	if (record && work->descriptor.completion % DSA_COMPLETION_ALIGN) {
		record = false;
		status = COMPLETION_ADDRESS_NOT_ALIGNED;
	}
	if (status != COMPLETION_SUCCESS && !record)
		report(device, work, status);
	/* Who only gave an address is written to in case of an error. */
	if (status == COMPLETION_SUCCESS && !(flags & FLAG_REQUEST_COMPLETION))
		record = false;
	complete(device, work, status, record);
	return true;
}

void portal_abort(struct device *device, uint32_t mask)
{
	unsigned int kept = 0;

	for (unsigned int n = 0; n < device->work_count; n++) {
		unsigned int at = (device->work_head + n) % DEVICE_WQ_TOTAL;
		struct device_work work = device->work[at];

		if (mask & BIT_ULL(work.wq)) {
			device->wqs[work.wq].occupancy--;
			device->counters.lost++;
		} else {
			device->work[(device->work_head + kept++) % DEVICE_WQ_TOTAL] = work;
		}
	}
	device->work_count = kept;
}
