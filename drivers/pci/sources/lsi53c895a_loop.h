/* SPDX-License-Identifier: MIT */
/*
 * The program by which the LSI53C895A sends messages by itself, as it lies in SCRIPT RAM or in host
 * memory; what it does is in lsi53c895a_loop.c.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_LSI53C895A_LOOP_H
#define RETARGET_DRIVERS_PCI_SOURCES_LSI53C895A_LOOP_H

#include <stdint.h>

#include "kernel/irq/source.h"

#define LSI_SLOTS 16

/* The visit of one slot; it falls through to the next one, the last one to the end of the lap. */
struct visit {
	uint32_t load_turn[2];
	uint32_t is_free[2];
	uint32_t pass_by[2];
	uint32_t begin[2];
	/* Of the data in the slot's struct script; third word: the address, while the loop runs. */
	uint32_t send[3];
	uint32_t sent[2];
	uint32_t count[2];
};
_Static_assert(sizeof(struct visit) == 60, "instructions follow each other without a gap");

/* The end of a lap: adds its messages to the count, and leaves that in host memory. */
struct lap {
	uint32_t take[2];
	uint32_t add[4][2];
	uint32_t clear[2];
	uint32_t publish[2];
	uint32_t jump[2]; /* to the first visit, or an end with Interrupt */
};
_Static_assert(sizeof(struct lap) == 64, "instructions follow each other without a gap");

struct loop {
	struct visit visits[LSI_SLOTS]; /* of n slots the last n */
	struct lap lap;
};

extern const struct source_loop lsi_source_loop;

#endif
