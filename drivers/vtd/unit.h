/* SPDX-License-Identifier: MIT */
/*
 * One remapping unit: its registers, its interrupt remapping table, its invalidation queue.
 *
 * A unit goes through these states, each function leaving it in one of them:
 *
 *     found --vtd_unit_init()--> quiet --vtd_unit_enable()--> remapping
 *                                ^   ^-----vtd_unit_disable()-----'
 *                                |
 *                                '--vtd_unit_queue_on(), _off()--> quiet but for its queue
 *
 * Quiet means: whatever the firmware left on is off (DMA translation, protected memory regions,
 * interrupt remapping, the invalidation queue), its errors are forgotten and its events masked. DMA
 * translation stays off for good: this kernel remaps interrupts only.
 *
 * While a unit is remapping, interrupt requests in compatibility format are blocked (CFI = 0).
 *
 * Only unit.c writes to the table (and a protocol that has its own way of updating an entry,
 * update_entry in kernel/irq/protocol.h; tests/bench.c, which measures the bare store; and
 * tests/entry/owner.c, which leaves an entry half written); it makes every change visible to
 * hardware that does not snoop (ECAP.C = 0) and invalidates the interrupt entry cache. A change is
 * complete when the function that makes it returns 0; the one of a target, when
 * vtd_unit_invalidate() does.
 */
#ifndef RETARGET_DRIVERS_VTD_UNIT_H
#define RETARGET_DRIVERS_VTD_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/vtd/dmar.h"
#include "drivers/vtd/event.h"
#include "drivers/vtd/fault.h"
#include "drivers/vtd/indexes.h"
#include "drivers/vtd/irte.h"
#include "drivers/vtd/queue.h"
#include "kernel/lock.h"

struct vtd_unit {
	char name[8]; /* "vtd0" */
	uint16_t segment;
	volatile uint8_t *registers;
	uint64_t cap, ecap;

	bool extended; /* IRTA_REG.EIME: entries hold 32-bit destinations */
	struct vtd_queue queue;
	struct irte *table; /* indexes.size entries */
	struct vtd_indexes indexes;
	struct spinlock indexes_lock;
	struct vtd_fault_log faults;
	struct vtd_event fault_event;
	struct vtd_event completion_event; /* works only where there is ECAP.QI */
};

/*
 * Maps and reads the registers of the unit that `drhd` reports, takes memory for a table of
 * `entries` (a power of two, 2 to 65536), which lasts for good, and makes the unit quiet. 0;
 * -ENODEV when there is no unit there, -ENOMEM, -ETIMEDOUT with a printed line that names the bit
 * which did not change.
 */
int vtd_unit_init(struct vtd_unit *unit, unsigned int number, const struct dmar_drhd *drhd,
                  uint32_t entries);

/*
 * Starts remapping with an empty table, in x2APIC format when `extended`. On an error the unit is
 * as quiet as it can be made. Needs ECAP.IR.
 */
int vtd_unit_enable(struct vtd_unit *unit, bool extended);

/*
 * For tests: a unit that is remapping reads its entries in the other format from now on. Those in
 * the table stay as they are; none should be present. 0, or -ETIMEDOUT or an error of
 * vtd_queue_submit(), and then nothing is known of which format is in force.
 */
int vtd_unit_set_extended(struct vtd_unit *unit, bool extended);

/*
 * Back to quiet, whoever switched what on. Whatever is in the table is forgotten. 0, or -ETIMEDOUT
 * with a printed line that names the bit which did not change.
 */
int vtd_unit_disable(struct vtd_unit *unit);

/* One line with all that is on before the first vtd_unit_disable(), none when nothing is. */
void vtd_unit_print_left_on(const struct vtd_unit *unit);

/*
 * Switches the invalidation queue of a quiet unit on, and off again: for the completion event
 * without remapping. Both do nothing to a unit that is remapping. 0, or -ETIMEDOUT. Needs ECAP.QI.
 */
int vtd_unit_queue_on(struct vtd_unit *unit);
int vtd_unit_queue_off(struct vtd_unit *unit);

/*
 * Takes `count` entries in a row, a power of two, from a multiple of `count` on; of several places
 * the lowest. The first one's index; -ENOSPC when there is no place; -EINVAL above
 * VTD_INDEXES_BLOCK_MAX.
 */
int vtd_unit_allocate(struct vtd_unit *unit, unsigned int count);

/* Gives back what vtd_unit_allocate() took. None of the entries is present. */
void vtd_unit_free(struct vtd_unit *unit, uint16_t index, unsigned int count);

/* How many entries are taken. */
uint32_t vtd_unit_used(struct vtd_unit *unit);

/*
 * Fills an entry that is not present, makes one not present. 0, or an error of vtd_queue_submit()
 * and then the entry in memory is changed but hardware may still use the old one.
 */
int vtd_unit_publish_new(struct vtd_unit *unit, uint16_t index, const struct irte *value);
int vtd_unit_withdraw(struct vtd_unit *unit, uint16_t index);

/*
 * Retargets an entry that is present, in two steps, so that a test can look between them. After the
 * first (0, or -EINVAL from irte_publish_target() with nothing done) hardware may use the old
 * target or the new one; after the second the new one only (0, or an error of vtd_queue_submit()).
 */
int vtd_unit_store_target(struct vtd_unit *unit, uint16_t index, const struct irte *value);
int vtd_unit_invalidate(struct vtd_unit *unit, uint16_t index);

/*
 * For tests of a unit that is remapping: it looks up its entries at `physical` (4 KiB aligned), in
 * a table of `entries` (a power of two, 2 to 65536), whatever is there; and in its own table again.
 * The functions above go on to change its own. 0, -ETIMEDOUT or an error of vtd_queue_submit().
 */
int vtd_unit_set_table(struct vtd_unit *unit, uint64_t physical, uint32_t entries);
int vtd_unit_set_own_table(struct vtd_unit *unit);

/*
 * For tests: lets interrupt requests in compatibility format pass, or blocks them, as all else here
 * takes for granted. 0, or -ETIMEDOUT on a platform that does not model it.
 */
int vtd_unit_set_compatibility(struct vtd_unit *unit, bool pass);

#endif
