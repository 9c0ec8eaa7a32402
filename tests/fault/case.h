/* SPDX-License-Identifier: MIT */
/*
 * What remapping has to block and why, and what it has to let pass, case by case: which bits of a
 * right entry or of a right message are changed, and what the fault record says then (VT-d r5.10,
 * 5.1.4.1, Interrupt-Remapping Fault Conditions; docs/faults.md has the table with what platforms
 * do).
 *
 * Pure: composes entries and messages, touches nothing.
 */
#ifndef RETARGET_TESTS_FAULT_CASE_H
#define RETARGET_TESTS_FAULT_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/vtd/fault.h"
#include "drivers/vtd/irte.h"
#include "kernel/irq/message.h"

/* Whose messages the entry lets pass: VT-d r5.10, 9.9, fields SVT, SQ and SID. */
enum fault_source_form {
	SOURCE_AS_IS,    /* what the right entry says */
	SOURCE_ANYONE,   /* SVT 00 */
	SOURCE_ID,       /* SVT 01 */
	SOURCE_BUSES,    /* SVT 10 */
	SOURCE_RESERVED, /* SVT 11 */
};

struct fault_source {
	uint8_t form;       /* enum fault_source_form */
	uint8_t sq;         /* 0 to 3 */
	uint16_t flip;      /* SOURCE_BUSES: of no meaning; else these bits of the sender's id */
	int8_t first, last; /* SOURCE_BUSES: against the sender's bus; wraps around at 0 and 255 */
};

/* What the device sends: VT-d r5.10, 5.1.2.2, Interrupt Requests in Remappable Format. */
enum fault_message {
	MESSAGE_RIGHT,
	MESSAGE_DATA_IGNORED, /* SHV = 0, and data */
	MESSAGE_SUBHANDLE,    /* SHV = 1, handle + subhandle is the right index */
	MESSAGE_LAST_ENTRY,   /* the table's last entry, which is not present */
	MESSAGE_FIRST_BEYOND, /* the index after that */
	MESSAGE_HANDLE_15,    /* bit 15 of the handle, which stands apart from the others */
	MESSAGE_SUM_BEYOND,   /* SHV = 1, the last entry's handle and a subhandle of 1 */
	MESSAGE_SUM_WRAPS,    /* SHV = 1, the sum is 10000h and the right index */
	MESSAGE_DATA_16,      /* SHV = 1, and bit 16 of the data, or bit 31 */
	MESSAGE_DATA_31,
	MESSAGE_UPPER_ADDRESS, /* address bit 63 */
};

enum fault_need {
	NEEDS_NOTHING,
	NEEDS_8_BIT_DESTINATIONS, /* IRTA_REG.EIME = 0 */
	NEEDS_NO_POSTING,         /* CAP_REG.PI = 0 */
};

/* What becomes of the message. */
enum fault_outcome {
	BLOCKED,             /* and recorded */
	BLOCKED_SILENTLY,    /* fault processing is disabled: no record */
	BLOCKED_OR_RECORDED, /* either of the two: the specification names no reason */
	NO_REQUEST,          /* a write to memory; where a record is made of it, by any reason */
	PASSES,
};

struct fault_case {
	const char *name;
	uint64_t lo, hi;            /* bits of the right entry that are flipped, */
	struct fault_source source; /* then who may send */
	uint8_t message;            /* enum fault_message */
	uint8_t outcome;            /* enum fault_outcome */
	uint8_t reason, or_reason;  /* enum vtd_fault_reason; the other one, or 0 */
	uint8_t need;               /* enum fault_need */

	/* Also for a source whose messages a platform may remap without knowing their sender. */
	bool any_source;

	/*
	 * What a platform is known to leave unchecked, or NULL: then the message comes in as by the
	 * right entry. For buses: in which order it takes the range.
	 */
	const char *unchecked;
};

/* The n-th case, NULL past the end. */
const struct fault_case *fault_case_get(unsigned int n);

/* The entry of `which`, made from the right one for messages of `sender`. */
struct irte fault_entry(const struct fault_case *which, const struct irte *right, uint16_t sender);

/*
 * The message, and which index the fault record names then. `index` is that of the right entry; the
 * table has `size` entries. False where no such message can be made of the two: a table of 65536
 * entries has nothing beyond it.
 */
bool fault_message(enum fault_message which, uint16_t index, uint32_t size, struct message *message,
                   uint32_t *named);

#endif
