/* SPDX-License-Identifier: MIT */
/*
 * The faults a remapping unit records (VT-d r5.10, 7.2, Non-Recoverable Fault Reporting): decoded,
 * named, counted by source.
 *
 * Hardware may record several faults of one source as one while the first has not been read, and
 * none at all when its registers are full (PFO). So a count here is exact only for one who looks
 * after each message. QEMU 7.2 blocks interrupt requests without recording anything.
 */
#ifndef RETARGET_DRIVERS_VTD_FAULT_H
#define RETARGET_DRIVERS_VTD_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lock.h"

/* VT-d r5.10, 5.1.4.1, Interrupt-Remapping Fault Conditions, table 15. */
enum vtd_fault_reason {
	VTD_FAULT_REQUEST_RESERVED = 0x20,
	VTD_FAULT_INDEX_TOO_LARGE = 0x21,
	VTD_FAULT_NOT_PRESENT = 0x22,
	VTD_FAULT_TABLE_UNREADABLE = 0x23,
	VTD_FAULT_ENTRY_RESERVED = 0x24,
	VTD_FAULT_COMPATIBILITY_BLOCKED = 0x25,
	VTD_FAULT_SOURCE_ID = 0x26,
	VTD_FAULT_DESCRIPTOR_UNREADABLE = 0x27,
	VTD_FAULT_DESCRIPTOR_RESERVED = 0x28,
	VTD_FAULT_REQUEST_MALFORMED = 0x29,
	VTD_FAULT_EXTENDED_MODE_REQUIRED = 0x2a,
	VTD_FAULT_REMAPPING_REQUIRED = 0x2b,
};

struct vtd_fault {
	uint16_t source_id;
	uint8_t reason;   /* enum vtd_fault_reason, or one of address translation */
	bool interrupt;   /* it was an interrupt request; else a memory request */
	bool has_index;   /* `index` means something */
	uint16_t index;   /* of the interrupt remapping table */
	bool read;        /* memory request: a read or atomic one */
	uint64_t address; /* memory request: of the page */
};

/* Pure: a fault recording register's two quadwords. False when no fault is recorded there. */
bool vtd_fault_decode(uint64_t lo, uint64_t hi, struct vtd_fault *fault);

/* Pure: what the specification says of `reason`, in a few words. Never NULL. */
const char *vtd_fault_reason(uint8_t reason);

#define VTD_FAULT_SOURCES_MAX 16

/* The faults of one unit, kept by source until the machine stops. */
struct vtd_fault_log {
	const char *name; /* of the unit, for messages: "vtd0" */
	uint16_t segment;
	volatile uint8_t *registers; /* of the unit; CAP.FRO and CAP.NFR lead on from here */
	uint64_t cap;
	struct spinlock lock;
	bool unread;        /* the last poll left some, from register `next` on */
	unsigned int next;  /* fault recording register */
	uint64_t overflows; /* times when hardware had nowhere to record */
	unsigned int source_count;
	struct vtd_fault_source {      /* one that does not fit is not counted */
		uint64_t blocked;      /* interrupt requests */
		struct vtd_fault last; /* of those */
	} sources[VTD_FAULT_SOURCES_MAX];
};

/* How many fault recording registers the unit has: 1 to 256. */
unsigned int vtd_fault_registers(const struct vtd_fault_log *log);

/*
 * Reads, counts and clears the recorded faults, oldest first, at most `max`. Returns how many; call
 * again while it is `max`.
 */
unsigned int vtd_fault_poll(struct vtd_fault_log *log, struct vtd_fault *faults, unsigned int max);

/*
 * How many interrupt requests of `source_id` were seen blocked so far, by vtd_fault_poll(). The
 * last of them goes to `last` when there was one and `last` is not NULL.
 */
uint64_t vtd_fault_blocked(struct vtd_fault_log *log, uint16_t source_id, struct vtd_fault *last);

/*
 * Prints and clears what is recorded: at most what all registers hold and one more, for one may be
 * such that it cannot be cleared, and a device may go on making new ones.
 */
void vtd_fault_report(struct vtd_fault_log *log);

/* "# vtd0: fault 26h source id refused: source 0000:00:03.0, interrupt request, index 5" */
void vtd_fault_print(const struct vtd_fault_log *log, const struct vtd_fault *fault);

#endif
