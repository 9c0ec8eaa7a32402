/* SPDX-License-Identifier: MIT */
/*
 * What a DSA or IAX device says and is told, as words: what it has, its commands, the set-up of a
 * work queue, and the one descriptor that is used here. Pure: composes and takes apart, touches
 * nothing. The registers are in dsa_regs.h.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_DSA_WORDS_H
#define RETARGET_DRIVERS_PCI_SOURCES_DSA_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/sources/dsa_regs.h"

/* The words of the registers of these names. `cmdcap` counts only where GENCAP says so. */
struct dsa_capabilities {
	uint64_t gencap, wqcap, grpcap, engcap, offsets;
	uint32_t cmdcap;
};

/* The same in numbers. Tables and strides are in bytes, tables from the start of BAR 0. */
struct dsa_layout {
	unsigned int ims_entries; /* 0: no interrupt message storage */
	bool configurable;        /* one can set up work queues and groups */
	bool dedicated;           /* a work queue can be one's own */
	bool has_handles;         /* interrupt handles have to be asked for */
	unsigned int queues, groups, engines;
	unsigned int queue_entries; /* that all work queues share */
	unsigned int max_transfer;  /* log2 */
	uint32_t group_table, queue_table, queue_stride, ims_table;
};

struct dsa_layout dsa_layout_of(const struct dsa_capabilities *capabilities);

/*
 * Why a device with that layout cannot send messages from interrupt message storage for us; NULL:
 * it can.
 */
const char *dsa_unusable(const struct dsa_layout *layout);

/* What is written to CMD: no interrupt is asked for. `operand` has 20 bits. */
uint32_t dsa_command(unsigned int command, uint32_t operand);

/* The first words of a work queue's set-up; it is dedicated and has all entries there are. */
#define DSA_QUEUE_WORDS 4
void dsa_queue_setup(const struct dsa_layout *layout, uint32_t words[DSA_QUEUE_WORDS]);

/*
 * A NOOP: the device writes a completion record to bus address `record` (a multiple of
 * DSA_COMPLETION_ALIGN, of IAX's IAX_COMPLETION_SIZE) and then sends the message of interrupt
 * handle `handle`.
 */
struct dsa_descriptor dsa_noop(uint64_t record, uint16_t handle);

#endif
