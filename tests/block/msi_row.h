/* SPDX-License-Identifier: MIT */
/*
 * Multi-vector MSI without remapping, for tests: what irq_alloc_block() refuses. The messages of
 * one MSI capability share its address and its data, and the device puts the number of a message
 * into the data's lowest bits (PCIe 6.0, 7.7.1.5 "Message Data Register for MSI"). So the vectors
 * of its irqs are a row on one CPU, aligned to its length, and the capability is the only means to
 * move any.
 *
 * The irqs are ordinary ones, on stores in plain memory: to move one writes nothing into the
 * capability. That is for msi_row_write(), which moves all messages, whoever has their vectors.
 *
 * The device sends message 0 with the capability set to use all messages. To send another one it is
 * set to use one and has the number in its data register (tests/block/msi_block.h says why): what
 * it sends is the same, bit by bit.
 */
#ifndef RETARGET_TESTS_BLOCK_MSI_ROW_H
#define RETARGET_TESTS_BLOCK_MSI_ROW_H

#include "tests/block/msi_block.h"
#include "tests/idle_store.h"

struct msi_row {
	struct msi_block block; /* the device; its own irqs are not used */
	struct message_store *capability;
	struct message words;  /* in it */
	unsigned int messages; /* it has */
	struct idle_store idle[MSI_BLOCK_MAX];
	struct irq *irqs[MSI_BLOCK_MAX];
	int error; /* the last of anything below that returns nothing */
};

/* Opens the device. False with `run` failed and nothing open. */
bool msi_row_open(struct test_run *run, struct msi_row *row, struct source *source);
void msi_row_close(struct msi_row *row);

/*
 * Allocates the irqs and requests them on `cpu`, in the first row that is free; the context of
 * each is its number, cast. 0 or a negative errno; msi_row_free() gives back what there is, in
 * either case.
 */
int msi_row_request(struct msi_row *row, uint32_t cpu, irq_handler *handler, irq_handler *stray);
void msi_row_free(struct msi_row *row);

/* The first vector of the first row that there can be, on any CPU. */
unsigned int msi_row_first(const struct msi_row *row);

/* Whether there can be one from `base` on. */
bool msi_row_exists(const struct msi_row *row, unsigned int base);

/*
 * Takes a whole row on `cpu` for the irqs, the first that is free from vector `from` on, which is a
 * row's first. Returns its first vector; or -ENOSPC, and then the irqs have their targets alone, no
 * vector left behind any more.
 */
int msi_row_claim(struct msi_row *row, uint32_t cpu, unsigned int from);

/* Moves an irq, one of the row's or not, to a pair that it has or that is free. */
void msi_row_move(struct msi_row *row, struct irq *irq, uint32_t cpu, uint8_t vector);

/* That for all of the row, to one that was claimed. The old row is answered until all leave it. */
void msi_row_move_all(struct msi_row *row, uint32_t cpu, unsigned int base);
void msi_row_leave_all(struct msi_row *row);

/* The one message that reaches the vectors from `base` on of `cpu`, into the capability. */
void msi_row_write(struct msi_row *row, uint32_t cpu, unsigned int base);

/* The device sends one message. */
void msi_row_fire(struct msi_row *row, unsigned int number);

#endif
