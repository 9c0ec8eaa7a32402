/* SPDX-License-Identifier: MIT */
/*
 * What hardware holds for an irq, read back: where a message of its device would go now. Nothing of
 * it comes from the irq's own records.
 */
#ifndef RETARGET_TESTS_CHAIN_H
#define RETARGET_TESTS_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/vtd/irte.h"
#include "kernel/irq/irq.h"
#include "tests/suite.h"

struct chain_words {
	struct message message;    /* in the store */
	bool remapped;             /* it names an entry: */
	uint16_t index;            /* this one */
	struct irte entry;         /* of the irq's unit at that index, */
	struct irte_fields fields; /* and the same decoded */
	bool delivers;             /* false: the entry is not present */
	uint32_t apic_id;
	uint8_t vector;
};

struct chain_words chain_read(const struct irq *irq);

/*
 * Fails `run` unless the words deliver to irq->target, by the entry that the irq has if it has one,
 * and only for its own source; `when` is for the message.
 */
bool chain_check(struct test_run *run, const struct irq *irq, const char *when);

#endif
