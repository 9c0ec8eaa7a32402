/* SPDX-License-Identifier: MIT */
/*
 * One message to a remapping unit, and what became of it: whether it came in, and what the unit
 * recorded. For tests that read the fault records themselves; nobody else may poll them meanwhile.
 */
#ifndef RETARGET_TESTS_FAULT_SHOT_H
#define RETARGET_TESTS_FAULT_SHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/vtd/vtd.h"
#include "tests/arm.h"
#include "tests/suite.h"

/* What a test says of a unit that blocks and records nothing, as QEMU 7.2 does. */
#define NO_RECORDS "blocked, but the remapping unit recorded no fault of this source"

/* Entries that are taken before the arm's own, so that its index has several bits: 21. */
#define FAULT_PADS 3

struct fault_arm {
	struct arm arm;
	struct vtd_unit *unit;
	uint16_t index;
	struct irte right; /* the entry that lets its messages pass */
	int pads[FAULT_PADS];
};

struct fault_shot {
	int error;               /* the device refused, or 0 */
	bool came;               /* at the irq's target */
	bool stray;              /* at a pair of CPU and vector that nobody owns */
	unsigned int records;    /* faults that were recorded, of any sender */
	struct vtd_fault record; /* the first of them */
};

/*
 * Opens `source` and requests an irq for its slot 0, with an entry that is not the table's first.
 * What was recorded before is forgotten. False with `run` failed and nothing taken.
 */
bool fault_open(struct test_run *run, struct fault_arm *arm, struct source *source);
void fault_close(struct test_run *run, struct fault_arm *arm);

/*
 * Puts another entry in the place of the arm's; the right one back. 0, or as vtd_unit_withdraw().
 */
int fault_replace(struct fault_arm *arm, const struct irte *entry);
int fault_restore(struct fault_arm *arm);

/*
 * Puts another message into the arm's store while the device is quiet. False where the store does
 * not hold it: some have 16 bits of data.
 */
bool fault_write_message(struct fault_arm *arm, const struct message *message);

/* Lets the driver read and clear all there is. */
void fault_forget(struct vtd_unit *unit);

/* Fires once, and returns when the message has come in or is proven to have come in nowhere. */
struct fault_shot fault_shoot(struct fault_arm *arm);

/* The same with the entry not present: whether the unit records anything at all of this source. */
bool fault_unit_records(struct fault_arm *arm);

/*
 * Fires at an entry that is not present, outside of the ledger, and reads no record. When it
 * returns the message has been blocked, and what the unit does then it has done.
 */
int fault_fire_unread(struct fault_arm *arm);

/* With the right entry and message in place: one message comes in, and nothing is recorded. */
void fault_check_flows(struct test_run *run, struct fault_arm *arm);

/*
 * What is recorded of a blocked message of the arm: an interrupt request, this reason or the other
 * one, the index (FAULT_ANY_INDEX, or what does not fit into 16 bits: any), and the sender. Fails
 * `run` where it says something else; skips it where only the sender is wrong and the platform
 * cannot know it.
 */
void fault_check_record(struct test_run *run, const struct fault_arm *arm,
                        const struct vtd_fault *record, uint8_t reason, uint8_t or_reason,
                        uint32_t index);
#define FAULT_ANY_INDEX 0xffffffffU

/* Whether the record names the sender as far as a bridge leaves that intact. */
bool fault_is_from(const struct vtd_fault *record, const struct requester *requester);

/* Of sources that are not identified (tests/arms.h), whose messages those are, for a skip: "that a
 * device writes by DMA". */
const char *fault_excuse(const struct source *source);

#endif
