/* SPDX-License-Identifier: MIT */
/*
 * The comparison the project exists for: one row for each message store, one column for each
 * protocol, in each cell the messages lost of those fired.
 */
#ifndef RETARGET_TESTS_LOSS_TABLE_H
#define RETARGET_TESTS_LOSS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/irq/protocol.h"
#include "kernel/irq/source.h"

struct loss {
	uint64_t lost;
	uint64_t fired;     /* 0: the arm did not run */
	bool shows_nothing; /* no message met the race: marked in the table */
};

/* Notes the result of one arm; the last one counts. */
void loss_table_add(const struct source *source, const struct protocol *protocol,
                    const struct loss *loss);

/* Prints it; nothing when no arm ran. */
void loss_table_print(void);

#endif
