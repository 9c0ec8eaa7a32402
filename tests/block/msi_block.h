/* SPDX-License-Identifier: MIT */
/*
 * A block of irqs on a device with MSI, for tests: messages that differ in a number in the lowest
 * bits of the data. Opened, allocated, requested, fired, and back.
 *
 * No device at hand sends message 3 of its MSI capability when told to. So a device that uses one
 * message only is given the number in its data register: what it sends then is, bit by bit, what a
 * device with several messages sends.
 */
#ifndef RETARGET_TESTS_BLOCK_MSI_BLOCK_H
#define RETARGET_TESTS_BLOCK_MSI_BLOCK_H

#include <stdint.h>

#include "drivers/pci/stores.h"
#include "drivers/vtd/unit.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/source.h"
#include "tests/suite.h"

#define MSI_BLOCK_MAX    32 /* PCI 3.0, 6.8.1.3 "Message Control for MSI" */
#define MSI_BLOCK_NOBODY MSI_BLOCK_MAX

/* What a test says that needs a source with MSI and finds none. */
#define MSI_BLOCK_NO_SOURCE "no source with MSI (docs/hardware.md lists them)"

/* The same of one with several messages. */
#define MSI_BLOCK_NO_MESSAGES "no source whose MSI capability has several messages"

/* Stands for a message that the device does not have: the words are those of its only one. */
struct absent_store {
	struct message_store store;
	struct message_store *first;
};

/* What came in for one irq since the last fire. */
struct receiver {
	uint32_t arrived;
	uint32_t strayed;
	uint32_t cpu;
};

struct msi_block {
	struct source *source;
	const struct pci_function *function;
	unsigned int messages; /* that the device is to use */
	unsigned int size;     /* irqs that are asked for, later that there are */
	struct msi_store msi[MSI_BLOCK_MAX];
	struct absent_store absent[MSI_BLOCK_MAX];
	struct message_store *stores[MSI_BLOCK_MAX];
	struct irq *irqs[MSI_BLOCK_MAX];
	struct receiver receivers[MSI_BLOCK_MAX];
};

/* The n-th source with MSI whose capability has `messages` or more, NULL past the end. */
struct source *msi_block_source(unsigned int n, unsigned int messages);

/* How many such sources there are. */
unsigned int msi_block_sources(unsigned int messages);

/* How many messages the capability of such a source has. */
unsigned int msi_block_messages(const struct source *source);

/*
 * Whether the remapping table of `source` has room for a block of `size`: it may be made too small
 * on purpose (docs/options.md). False with `run` skipped.
 */
bool msi_block_fits(struct test_run *run, const struct source *source, unsigned int size);

/*
 * Opens the device, to use `messages` of its own for a block of `size`, up to MSI_BLOCK_MAX. False
 * with `run` failed and nothing open.
 */
bool msi_block_open(struct test_run *run, struct msi_block *block, struct source *source,
                    unsigned int messages, unsigned int size);
void msi_block_close(struct msi_block *block);

/* What irq_alloc_block() returns. If it is not an error, the device's MSI is on afterwards. */
int msi_block_alloc(struct msi_block *block);
void msi_block_free(struct msi_block *block);

/* Each irq on the next CPU. False with `run` failed and nothing requested. */
bool msi_block_request(struct test_run *run, struct msi_block *block);
void msi_block_release(struct test_run *run, struct msi_block *block);

/* Moves irq `n` alone; `cpu` is taken modulo the number of CPUs. */
void msi_block_move(struct test_run *run, struct msi_block *block, unsigned int n, uint32_t cpu);

/*
 * The device sends one message. `run` fails unless the handler of irq `receiver` gets it once at
 * the irq's CPU (MSI_BLOCK_NOBODY: no handler), and no other irq gets any.
 */
void msi_block_fire(struct test_run *run, struct msi_block *block, unsigned int receiver);

/* The same, of a message with `number` in its data. The device uses one message. */
void msi_block_fire_number(struct test_run *run, struct msi_block *block, unsigned int number,
                           unsigned int receiver);

/* That for each irq of the block, each with its own number. */
void msi_block_fire_all(struct test_run *run, struct msi_block *block);

/* The index of the entry of irq `n`, with remapping. */
uint16_t msi_block_entry(const struct msi_block *block, unsigned int n);

#endif
