/* SPDX-License-Identifier: MIT */
/*
 * Intel VT-d interrupt remapping, all units of the machine together.
 *
 * Remapping is on for all units or for none, as a device's messages would otherwise change their
 * format with its place in the machine. Start-up code calls vtd_init() once, after the CPUs' APIC
 * mode is settled and PCI has been walked; from then on remapping can be switched on and off any
 * number of times while no irq is allocated.
 */
#ifndef RETARGET_DRIVERS_VTD_VTD_H
#define RETARGET_DRIVERS_VTD_VTD_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/vtd/fault.h"
#include "drivers/vtd/unit.h"
#include "kernel/acpi/madt.h"
#include "kernel/irq/domain.h"

/*
 * Finds the units and makes them quiet, whether they can remap or not. Returns 0 when interrupts
 * can be remapped; -ENODEV when this machine cannot, -EINVAL for a broken table, or the error of a
 * unit that does not obey. vtd_unavailable_reason() says why. `madt`, for its IO-APICs, may be
 * NULL; `entries` is the size of each unit's table, a power of two from 2 to 65536.
 */
int vtd_init(const struct madt *madt, uint32_t entries);

/* A line "# head" of what the DMAR table says of the platform; none without a sound table. */
void vtd_print_head(void);

/*
 * Makes the completion event of each unit that has one a source (drivers/vtd/event.h). After PCI's
 * drivers have been probed, so that devices come first in every table; with remapping and without.
 */
void vtd_register_sources(void);

/*
 * Tells the sources that no unit covers (struct requester.bypasses), with a line for each. After
 * all sources are registered.
 */
void vtd_mark_uncovered_sources(void);

/* NULL when vtd_enable() can be called; else one clause to print or to SKIP with. */
const char *vtd_unavailable_reason(void);

/*
 * Switches remapping on, or off, in all units and tells kernel/irq about it. 0 when it is so (also
 * when it was before); -EBUSY while irqs exist and all stays as it is; another error when a unit
 * did not obey, and remapping is off in all units that do.
 */
int vtd_enable(void);
int vtd_disable(void);
bool vtd_enabled(void);

/* The n-th unit, NULL past the end. */
struct vtd_unit *vtd_unit_get(unsigned int n);

/* The unit that covers the place where `requester` sits, NULL: none. */
struct vtd_unit *vtd_unit_covering(const struct requester *requester);

/* The unit that sees the messages of `requester`, NULL: none. */
static inline struct vtd_unit *vtd_unit_for(const struct requester *requester)
{
	return requester->by_name ? requester->unit : vtd_unit_covering(requester);
}

/*
 * The requester of the IO-APIC with `id` (as in MADT), or of the HPET with `number` (as in HPET):
 * the unit and the source id that the DMAR table names for it. 0; the error of vtd_init() when
 * nothing can be remapped; -ENOENT when no unit names it, -EOPNOTSUPP when it sits behind a bridge.
 * On an error `out` is a requester all the same, one that no unit remaps.
 */
int vtd_requester_io_apic(uint8_t id, struct requester *out);
int vtd_requester_hpet(uint8_t number, struct requester *out);

/*
 * How many interrupt requests of `source_id` have been seen blocked so far, as far as hardware
 * records it (drivers/vtd/fault.h); the last of them in `last`, which may be NULL.
 */
uint64_t vtd_blocked(uint16_t segment, uint16_t source_id, struct vtd_fault *last);

/* Reads and prints what the units have recorded and nobody has read yet; returns how much it was.
 */
unsigned int vtd_take_faults(void);

/* For the state that explains a failure: registers, present entries, faults not yet read. */
void vtd_print_state(void);

#endif
