/* SPDX-License-Identifier: MIT */
/*
 * One remapping unit: its registers, its interrupt remapping table, its invalidation queue.
 *
 * A unit goes through these states, each function leaving it in one of them:
 *
 *     found --vtd_unit_init()--> quiet --vtd_unit_enable()--> remapping
 *                                  ^------vtd_unit_disable()------'
 *
 * Quiet means: whatever the firmware left on is off (DMA translation, protected memory regions,
 * interrupt remapping, the invalidation queue), its errors and faults are forgotten and its events
 * masked. DMA translation stays off for good: this kernel remaps interrupts only.
 *
 * While a unit is remapping, interrupt requests in compatibility format are blocked (CFI = 0).
 *
 * Only unit.c writes to the table (and tests/bench.c, which measures the bare store); it makes
 * every change visible to hardware that does not snoop (ECAP.C = 0) and invalidates the interrupt
 * entry cache. A change is complete when the function that makes it returns 0.
 */
#ifndef RETARGET_DRIVERS_VTD_UNIT_H
#define RETARGET_DRIVERS_VTD_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/vtd/fault.h"
#include "drivers/vtd/irte.h"
#include "drivers/vtd/queue.h"
#include "kernel/lock.h"

#define VTD_ENTRIES 256 /* of a table: one page */

struct vtd_unit {
	char name[8]; /* "vtd0" */
	uint16_t segment;
	volatile uint8_t *registers;
	uint64_t cap, ecap;

	bool extended; /* IRTA_REG.EIME: entries hold 32-bit destinations */
	struct vtd_queue queue;
	struct irte *table;
	struct spinlock used_lock;
	uint64_t used[VTD_ENTRIES / 64]; /* bit n: entry n is allocated */
	struct vtd_fault_log faults;
};

/*
 * Maps and reads the registers at `physical`, of which the firmware says there are `length` bytes
 * (0: it does not say), and makes the unit quiet. 0; -ENODEV when there is no unit there, -ENOMEM,
 * -ETIMEDOUT with a printed line that names the bit which did not change.
 */
int vtd_unit_init(struct vtd_unit *unit, unsigned int number, uint16_t segment, uint64_t physical,
                  uint64_t length);

/*
 * Starts remapping with an empty table, in x2APIC format when `extended`. On an error the unit is
 * as quiet as it can be made. Needs ECAP.IR.
 */
int vtd_unit_enable(struct vtd_unit *unit, bool extended);

/* Back to quiet. Whatever is in the table is forgotten. */
int vtd_unit_disable(struct vtd_unit *unit);

/* Takes the lowest free entry. Its index, or -ENOSPC. */
int vtd_unit_allocate(struct vtd_unit *unit);

/* Gives an entry back that is not present. */
void vtd_unit_free(struct vtd_unit *unit, uint16_t index);

/*
 * Fills an entry that is not present, retargets one that is, makes one not present. 0; -EINVAL from
 * irte_publish_target(), or an error of vtd_queue_submit() and then the entry in memory is changed
 * but hardware may still use the old one.
 */
int vtd_unit_publish_new(struct vtd_unit *unit, uint16_t index, const struct irte *value);
int vtd_unit_publish_target(struct vtd_unit *unit, uint16_t index, const struct irte *value);
int vtd_unit_withdraw(struct vtd_unit *unit, uint16_t index);

#endif
