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

struct instruction {
	uint32_t word;
	uint32_t operand;
};

/* The visit of one slot; it falls through to the next one, the last one to the end of the lap. */
struct visit {
	struct instruction load_turn;
	struct instruction is_free;
	struct instruction pass_by;
	struct instruction begin;
	uint32_t memory_move;
	uint32_t move_source;      /* the message's data, in the slot's struct script */
	uint32_t move_destination; /* the message's address, while the loop runs */
	struct instruction sent;
	struct instruction count;
};
_Static_assert(sizeof(struct visit) == 60, "instructions follow each other without a gap");

/* The end of a lap: adds its messages to the count, and leaves that in host memory. */
struct lap {
	struct instruction take;
	struct instruction add[4];
	struct instruction clear;
	struct instruction publish;
	struct instruction jump; /* to the first visit, or an end with Interrupt */
};
_Static_assert(sizeof(struct lap) == 64, "instructions follow each other without a gap");

struct loop {
	struct visit visits[LSI_SLOTS]; /* of n slots the last n */
	struct lap lap;
};

extern const struct source_loop lsi_source_loop;

#endif
