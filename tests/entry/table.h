/* SPDX-License-Identifier: MIT */
/* The ways to update a remapping entry, side by side: what tests/entry/entry.c has found out of
 * each. */
#ifndef RETARGET_TESTS_ENTRY_TABLE_H
#define RETARGET_TESTS_ENTRY_TABLE_H

#include "tests/arm.h"

struct entry_result {
	const struct source *source;
	const struct protocol *protocol;
	unsigned int changes; /* of the entry, in one move */
	unsigned int losing;  /* of these: after so many a message is lost */
	struct ledger ledger; /* under fire */
};

/* Notes a result. */
void entry_table_add(const struct entry_result *result);

/* In a word, what the way is good for. */
const char *entry_verdict(const struct entry_result *result);

/* Prints it; nothing when there is no result. */
void entry_table_print(void);

#endif
