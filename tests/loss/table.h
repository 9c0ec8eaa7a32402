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
	bool must_not_lose; /* the protocol promises it for this store */
};

/* Notes the result of one arm; the last one counts. */
void loss_table_add(const struct source *source, const struct protocol *protocol,
                    const struct loss *loss);

/* What the printed table and the one on the screen are made of. Rows by source, columns by
 * protocol. */
unsigned int loss_table_rows(void);
const struct source *loss_table_source(unsigned int row);
const struct loss *loss_table_cell(unsigned int row, unsigned int column);

/* How many columns there are: the protocols of arms_protocol(). */
unsigned int loss_table_columns(void);

/* Hands the table to the screen, for the end of the run (tests/loss/screen.c). */
void loss_table_to_screen(void);

/* Prints it, and leaves it for the screen; nothing when no arm ran. */
void loss_table_print(void);

#endif
