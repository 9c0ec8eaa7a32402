// SPDX-License-Identifier: MIT
/*
 * The LSI53C895A sends by itself: a SCRIPTS program goes round its slots without an end and counts
 * its messages with the chip's adder. kernel/irq/source.h has the hand-shake with the CPUs, in
 * struct source_turn. The visit of a slot:
 *
 *	LOAD      SCRATCHC = turn             the whole word, number and all
 *	MOVE      SFBR = SCRATCHC, low byte
 *	JUMP      to the next visit if that is 0: a message is outstanding
 *	STORE     turn, low byte = 0          taken: from here on a CPU that gets the message
 *	                                      may give the slot back
 *	MEMORY MOVE  data to address          the message
 *	STORE     sent = SCRATCHC             from here on a CPU may look for it in vain
 *	MOVE      SCRATCHD = SCRATCHD + 1
 *
 * and at the end of a lap SCRATCHE = SCRATCHE + SCRATCHD, a byte at a time with carry, to host
 * memory, and SCRATCHD = 0. SCRATCHF is the zero for the first STORE: the low byte, as register
 * and memory must be the same byte of a word for Load and Store (chapter 5, "Load and Store
 * Instructions"). SCRATCHA and SCRATCHB are not used, for they can be switched to show
 * configuration registers (chapter 4, "SCSI Registers", CTEST2).
 *
 * Each slot costs seven instructions when it sends and three when it does not. That matters, for
 * QEMU runs only so many in one go, then pauses for half a millisecond.
 *
 * The order that the hand-shake rests on: all that the chip writes goes the same way through PCI,
 * as posted writes, and those keep their order (PCI 3.0, 3.2.5, Transaction Ordering and Posting),
 * with the message among them. So whoever takes the message finds `turn` taken; and when the CPU
 * that found `sent` written has flushed, the message is at its local APIC. The chip's read of
 * `turn` in the next lap cannot come back before the writes that went ahead of it.
 */
#include "drivers/pci/sources/lsi53c895a_loop.h"

#include <asm-generic/errno.h>

#include "drivers/pci/sources/lsi53c895a.h"
#include "kernel/mmio.h"

#define NUMBER          LSI_SCRATCHC
#define IN_LAP          LSI_SCRATCHD
#define IN_ALL          LSI_SCRATCHE
#define ALWAYS_0        LSI_SCRATCHF
#define STOP_TIMEOUT_US 10000000

/* A lap's messages are counted in one byte. */
_Static_assert(LSI_SLOTS < 256, "SCRATCHD does not overflow in a lap");

static void write_visit(volatile struct visit *visit, const struct lsi_slot *slot,
                        const struct source_turn *turn)
{
	lsi_put(visit->load_turn, SCRIPTS_LOAD(NUMBER, 4), lsi_bus_address(&turn->turn));
	lsi_put(visit->is_free, SCRIPTS_TO_SFBR(NUMBER), 0);
	lsi_put(visit->pass_by, SCRIPTS_JUMP_IF(0), lsi_bus_address(visit + 1));
	lsi_put(visit->begin, SCRIPTS_STORE(ALWAYS_0, 1), lsi_bus_address(&turn->turn));
	lsi_put(visit->send, SCRIPTS_MEMORY_MOVE_4, lsi_bus_address(slot->ims.data));
	lsi_put(visit->sent, SCRIPTS_STORE(NUMBER, 4), lsi_bus_address(&turn->sent));
	lsi_put(visit->count, SCRIPTS_ADD(IN_LAP, 1), 0);
}

static void write_lap(volatile struct lap *lap, const volatile struct visit *first,
                      volatile uint32_t *count)
{
	lsi_put(lap->take, SCRIPTS_TO_SFBR(IN_LAP), 0);
	lsi_put(lap->add[0], SCRIPTS_ADD_SFBR(IN_ALL), 0);
	for (unsigned int byte = 1; byte < 4; byte++)
		lsi_put(lap->add[byte], SCRIPTS_ADD_CARRY(IN_ALL + byte), 0);
	lsi_put(lap->clear, SCRIPTS_SET(IN_LAP, 0), 0);
	lsi_put(lap->publish, SCRIPTS_STORE(IN_ALL, 4), lsi_bus_address(count));
	lsi_put(lap->jump, SCRIPTS_JUMP, lsi_bus_address(first));
}

/* The visit of the first slot that takes part. The last one is next to the end of the lap. */
static volatile struct visit *first_visit(const struct lsi *lsi)
{
	return &lsi->loop->visits[LSI_SLOTS - lsi->looping];
}

/*
 * The address operand is in the program, so the store's address moves there with its word; the data
 * word stays where it is.
 */
static void take_address(struct ims_store *store, volatile uint32_t *place)
{
	mmio_write32(place, mmio_read32(store->address));
	store->address = place;
}

static int start(struct source *source, unsigned int count, struct source_turn *turns)
{
	struct lsi *lsi = source->device;

	if (lsi->running)
		return -EBUSY;
	if (!count || count > LSI_SLOTS)
		return -EINVAL;
	lsi->looping = count;
	for (unsigned int n = 0; n < count; n++) {
		volatile struct visit *visit = first_visit(lsi) + n;

		write_visit(visit, &lsi->slots[n], &turns[n]);
		lsi->slots[n].address = lsi->slots[n].ims.address;
		take_address(&lsi->slots[n].ims, &visit->send[2]);
	}
	write_lap(&lsi->loop->lap, first_visit(lsi), lsi->loop_count);
	mmio_write32(lsi->registers + IN_LAP, 0);
	mmio_write32(lsi->registers + IN_ALL, 0);
	mmio_write32(lsi->registers + ALWAYS_0, 0);
	mmio_write32(lsi->loop_count, 0);
	lsi_start(lsi, lsi_bus_address(first_visit(lsi)));
	return 0;
}

static uint32_t sent(struct source *source)
{
	const struct lsi *lsi = source->device;

	return mmio_read32(lsi->loop_count);
}

/*
 * One word turns the last jump into the end. ISTAT.ABRT would do it on silicon, in the middle of a
 * visit; QEMU does not look at it between the instructions of a program.
 */
static int stop(struct source *source)
{
	struct lsi *lsi = source->device;
	uint8_t reason;
	int error;

	mmio_write32(&lsi->loop->lap.jump[0], SCRIPTS_INTERRUPT);
	error = lsi_finish(lsi, STOP_TIMEOUT_US, &reason);
	if (error)
		return error;
	for (unsigned int n = 0; n < lsi->looping; n++)
		take_address(&lsi->slots[n].ims, lsi->slots[n].address);
	if (reason != DSTAT_SIR)
		return -EIO;
	mmio_write32(lsi->loop_count, mmio_read32(lsi->registers + IN_ALL));
	return 0;
}

const struct source_loop lsi_source_loop = {
        .start = start,
        .sent = sent,
        .stop = stop,
};
