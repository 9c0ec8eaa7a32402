// SPDX-License-Identifier: MIT
/*
 * One message: a NOOP through the work queue's portal, which completes with the interrupt of the
 * slot that its handle names. The completion record is there before the message: so it tells that
 * the descriptor was done, and not that the message has been sent.
 *
 * A descriptor that the device took and forgot is found out without a clock: when the work queue
 * has been drained, each of them has its completion record, or never gets one.
 */
#include <asm-generic/errno.h>

#include "drivers/pci/sources/dsa.h"
#include "kernel/cpu/instructions.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"

/*
 * Where stores go through a queue of the host's, as to a model beside QEMU, that is not to grow
 * without end: so many descriptors of eight stores each, and then something is read.
 */
#define UNREAD_MAX 2

/* A look at the record costs nothing; a drain, several accesses to the device. */
#define LOOKS_BEFORE_DRAIN 10000

static uint8_t status_of(const struct dsa_slot *slot)
{
	return __atomic_load_n(&slot->record->status, __ATOMIC_ACQUIRE) & COMPLETION_STATUS;
}

/*
 * By one 64-byte store, which silicon demands; where the CPU has none, by eight, in ascending
 * order, of which the model makes a descriptor. The device reads the record's memory behind it.
 */
static void write_portal(struct dsa *dsa, const struct dsa_descriptor *descriptor)
{
	const uint64_t *words = (const uint64_t *)descriptor;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (cpu_has_movdir64b()) {
		movdir64b(dsa->portal, descriptor);
		return;
	}
	for (unsigned int n = 0; n < sizeof(*descriptor) / sizeof(*words); n++)
		mmio_write64(dsa->portal + n * sizeof(*words), words[n]);
	if (++dsa->unread >= UNREAD_MAX) {
		mmio_read32(dsa->registers + DSA_GENSTS);
		dsa->unread = 0;
	}
}

/* The index itself where the device knows no handles. */
static int get_handle(struct dsa *dsa, struct dsa_slot *slot)
{
	uint32_t index = (uint32_t)(slot - dsa->slots), handle = index;
	int error = 0;

	if (slot->has_handle)
		return 0;
	if (dsa->layout.has_handles)
		error = dsa_run_command(dsa, COMMAND_REQUEST_INTERRUPT_HANDLE,
		                        (uint32_t)OPERAND_TABLE_IMS | index, &handle);
	slot->handle = (uint16_t)handle;
	slot->has_handle = !error;
	return error;
}

/* 0 when the descriptor is done, or was forgotten; -EIO when the device could not do it. */
static int check_done(struct dsa *dsa, struct dsa_slot *slot)
{
	uint8_t status = status_of(slot);

	slot->submitted = false;
	if (!status || status == COMPLETION_SUCCESS)
		return 0;
	print("# dsa: %s ends a NOOP of slot %u with status %02x\n", dsa->location,
	      (unsigned int)(slot - dsa->slots), status);
	return -EIO;
}

/*
 * Drain WQ ends when all descriptors so far are done, and the interrupts they asked for sent; the
 * model ends it when their messages are in a local APIC. Where a platform's messages take longer
 * than the answer to a read, its slots know it (dsa_ims.c).
 */
int dsa_drain(struct dsa *dsa)
{
	int error = dsa_run_command(dsa, COMMAND_DRAIN_WQ, BIT_ULL(0), NULL);

	while (dsa->submitted_count) {
		struct dsa_slot *slot = dsa->submitted[--dsa->submitted_count];
		int failed = slot->submitted ? check_done(dsa, slot) : 0;

		slot->listed = false;
		error = error ? error : failed;
	}
	if (error)
		dsa->failed = true;
	return error;
}

/* Those that are done leave the list of those that may not be. */
static int reap(struct dsa *dsa)
{
	unsigned int kept = 0;
	int error = 0;

	for (unsigned int n = 0; n < dsa->submitted_count; n++) {
		struct dsa_slot *slot = dsa->submitted[n];
		int failed = slot->submitted && status_of(slot) ? check_done(dsa, slot) : 0;

		error = error ? error : failed;
		if (slot->submitted)
			dsa->submitted[kept++] = slot;
		else
			slot->listed = false;
	}
	dsa->submitted_count = kept;
	return error;
}

/* Nobody counts for us what is in a dedicated work queue, and what it has no room for is lost. */
static int make_room(struct dsa *dsa)
{
	int error = 0;

	if (dsa->submitted_count >= dsa->layout.queue_entries)
		error = reap(dsa);
	return error || dsa->submitted_count < dsa->layout.queue_entries ? error : dsa_drain(dsa);
}

/* Its record is about to be used again. */
static int finish_former(struct dsa *dsa, struct dsa_slot *slot)
{
	for (unsigned int n = 0; slot->submitted && n < LOOKS_BEFORE_DRAIN; n++) {
		if (status_of(slot))
			return check_done(dsa, slot);
		pause();
	}
	return slot->submitted ? dsa_drain(dsa) : 0;
}

static void note_submitted(struct dsa *dsa, struct dsa_slot *slot)
{
	slot->submitted = true;
	if (!slot->listed)
		dsa->submitted[dsa->submitted_count++] = slot;
	slot->listed = true;
}

int dsa_submit(struct dsa *dsa, struct dsa_slot *slot)
{
	struct dsa_descriptor descriptor;
	int error;

	if (dsa->failed)
		return -EIO;
	if (dsa->looping)
		return -EBUSY;
	error = finish_former(dsa, slot);
	if (!error)
		error = make_room(dsa);
	if (!error)
		error = get_handle(dsa, slot);
	if (error)
		return error;
	__atomic_store_n(&slot->record->status, 0, __ATOMIC_RELEASE);
	descriptor = dsa_noop(memory_physical(slot->record), slot->handle);
	note_submitted(dsa, slot);
	write_portal(dsa, &descriptor);
	return 0;
}
