/* SPDX-License-Identifier: MIT */
/*
 * What the kinds of slots of the LSI53C895A share (lsi53c895a.c): the chip, and the order to run a
 * program, or to start one that goes on by itself (lsi53c895a_loop.c). A kind of slot is a SCRIPTS
 * program for each slot and the message store that it makes; each kind is a source of its own, and
 * one of a chip is open at a time. Private to the files lsi53c895a*.c.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_LSI53C895A_H
#define RETARGET_DRIVERS_PCI_SOURCES_LSI53C895A_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/sources/lsi53c895a_loop.h"
#include "drivers/pci/sources/lsi53c895a_regs.h"
#include "drivers/pci/stores.h"
#include "kernel/irq/source.h"
#include "kernel/lock.h"
#include "kernel/mmio.h"

#define LSI_KINDS       5
#define LSI_SLOT_WORDS  40                           /* the longest program and its data */
#define LSI_LOOP_OFFSET (LSI_SLOTS * LSI_SLOT_WORDS) /* words, to struct loop */
#define LSI_RAM_WORDS   (LSI_LOOP_OFFSET + sizeof(struct loop) / sizeof(uint32_t))
#define LSI_QUIET_BYTES 5
#define LSI_QUIET_WORDS 8

struct lsi;

struct lsi_slot {
	struct ims_store ims; /* first: the message store leads back to the slot */
	struct lsi *lsi;
	unsigned int number;
	uint32_t fire;              /* bus address of the program that sends the message */
	uint32_t serve;             /* of one the store's operations need, where there is one */
	volatile uint32_t *control; /* its mask and pending bits, where it has them */
	volatile uint32_t *address; /* where its address is, while the loop has it elsewhere */
};

struct lsi_kind {
	const char *name; /* of its stores, as printed */
	bool caches;      /* struct source's */
	bool loops;       /* its slots can be sent from by themselves, and lsi->loop is set up */

	/*
	 * Writes the slot's programs, which may take LSI_SLOT_WORDS from lsi->ram and from
	 * lsi->queue on, at the slot's own place; initialises its store and `fire`. The slot is
	 * silent: it copies a word onto itself until it holds a message.
	 */
	void (*setup)(struct lsi_slot *slot);
};

extern const struct lsi_kind lsi_masked, lsi_posted, lsi_cached;

struct lsi {
	struct source sources[LSI_KINDS];
	struct lsi_slot slots[LSI_SLOTS]; /* of the source that is open */
	const struct source *open;        /* NULL: none */
	struct spinlock lock;             /* for the chip: one program at a time */
	bool running;                     /* one was started and has not been seen to end */
	const struct pci_function *function;
	volatile uint8_t *registers;
	volatile uint32_t *ram;   /* SCRIPT RAM */
	volatile uint32_t *queue; /* as much host memory */

	/* lsi53c895a_loop.c, of kinds that do */
	volatile struct loop *loop;    /* beside the slots of the source that is open */
	unsigned int looping;          /* slots that send by themselves */
	volatile uint32_t *loop_count; /* host memory: the chip's count, after each lap */

	/* As found when it was opened. */
	uint16_t command;
	uint8_t bytes[LSI_QUIET_BYTES];
	uint32_t words[LSI_QUIET_WORDS];
	uint32_t ram_words[LSI_RAM_WORDS];
};

/* Memory is mapped at its physical address (kernel/memory.h), and all of this lies below 4 GiB. */
static inline uint32_t lsi_bus_address(const volatile void *pointer)
{
	return (uint32_t)(uintptr_t)pointer;
}

/* The slot's own LSI_SLOT_WORDS of SCRIPT RAM and of host memory. */
static inline volatile uint32_t *lsi_ram_of(const struct lsi_slot *slot)
{
	return slot->lsi->ram + slot->number * LSI_SLOT_WORDS;
}

static inline volatile uint32_t *lsi_queue_of(const struct lsi_slot *slot)
{
	return slot->lsi->queue + slot->number * LSI_SLOT_WORDS;
}

/* An instruction of two words; that of a jump, Load or Store has an address as its second. */
static inline void lsi_put(volatile uint32_t *instruction, uint32_t first, uint32_t second)
{
	mmio_write32(&instruction[0], first);
	mmio_write32(&instruction[1], second);
}

/* Memory Move of four bytes, an instruction of three words. */
static inline void lsi_put_move(volatile uint32_t *instruction, const volatile uint32_t *from,
                                const volatile uint32_t *to)
{
	lsi_put(instruction, SCRIPTS_MEMORY_MOVE_4, lsi_bus_address(from));
	mmio_write32(&instruction[2], lsi_bus_address(to));
}

/* Starts the program at bus address `address`. The chip is idle, and nobody else starts one. */
void lsi_start(struct lsi *lsi, uint32_t address);

/*
 * Waits up to `timeout_us` for the program to end and takes the reason, bits of DSTAT. -ETIMEDOUT,
 * or -EIO when the SCSI part of the chip stopped it.
 */
int lsi_finish(struct lsi *lsi, uint64_t timeout_us, uint8_t *reason);

/*
 * Runs the program at bus address `address` and waits for its end, so that a program never meets
 * another one, whichever CPU started it. 0 when it came to its Interrupt instruction, -EIO or
 * -ETIMEDOUT when not; after one that did not end, -EBUSY until the source is closed. Any context.
 */
int lsi_run(struct lsi *lsi, uint32_t address);

/*
 * Returns when no program is running and all messages that programs have sent are at their local
 * APICs, or were dropped.
 */
void lsi_flush_chip(struct lsi *lsi);

#endif
