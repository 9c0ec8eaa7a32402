/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the LSI53C895A's driver share: the chip, and what lies in its SCRIPT RAM or in
 * host memory. lsi53c895a.c takes the chip and fires single messages; lsi53c895a_loop.c has it send
 * by itself.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_LSI53C895A_H
#define RETARGET_DRIVERS_PCI_SOURCES_LSI53C895A_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/sources/lsi53c895a_loop.h"
#include "drivers/pci/sources/lsi53c895a_regs.h"
#include "drivers/pci/stores.h"
#include "kernel/irq/source.h"

/* One slot: the program and, behind it, the data it moves. */
struct script {
	uint32_t memory_move;
	uint32_t move_source;      /* bus address of `data` */
	uint32_t move_destination; /* the message's address */
	uint32_t interrupt;
	uint32_t interrupt_tag; /* appears in register DSPS; the slot's number */
	uint32_t data;          /* the message's data */
	uint32_t unused[2];
};
_Static_assert(sizeof(struct script) == 32, "slots keep the 4-byte alignment SCRIPTS need");

enum ims_place { IMS_IN_DEVICE_MEMORY, IMS_IN_QUEUE_MEMORY };

/* All that the driver writes to one of the two places. */
struct ims_memory {
	struct script scripts[LSI_SLOTS];
	struct loop loop;
};

#define IMS_MEMORY_WORDS (sizeof(struct ims_memory) / sizeof(uint32_t))

#define LSI_QUIET_BYTES 5
#define LSI_QUIET_WORDS 7

struct lsi {
	struct source sources[2];              /* by enum ims_place */
	volatile struct ims_memory *memory[2]; /* by enum ims_place */
	struct ims_store stores[LSI_SLOTS];    /* of the source that is open */
	const struct source *open;             /* NULL: neither */
	bool running; /* a program was started and has not been seen to end */
	const struct pci_function *function;
	volatile uint8_t *registers;

	/* lsi53c895a_loop.c */
	unsigned int looping;          /* slots that send by themselves */
	volatile uint32_t *loop_count; /* host memory: the chip's count, after each lap */

	/* As found by open(). */
	uint16_t command;
	uint8_t bytes[LSI_QUIET_BYTES];
	uint32_t words[LSI_QUIET_WORDS];
	uint32_t ram[IMS_MEMORY_WORDS];
};

/* Where the slots of the source that is open are. */
static inline volatile struct ims_memory *lsi_memory(const struct lsi *lsi)
{
	return lsi->memory[lsi->open == &lsi->sources[IMS_IN_DEVICE_MEMORY] ? IMS_IN_DEVICE_MEMORY
	                                                                    : IMS_IN_QUEUE_MEMORY];
}

/* Memory is mapped at its physical address (kernel/memory.h), and all of this lies below 4 GiB. */
static inline uint32_t bus_address(const volatile void *pointer)
{
	return (uint32_t)(uintptr_t)pointer;
}

/* Starts the program at `script`. The chip is idle. */
void lsi_start(struct lsi *lsi, const volatile void *script);

/*
 * Waits up to `timeout_us` for the program to end and takes the reason, bits of DSTAT. -ETIMEDOUT,
 * or -EIO when the SCSI part of the chip stopped it.
 */
int lsi_finish(struct lsi *lsi, uint64_t timeout_us, uint8_t *reason);

#endif
