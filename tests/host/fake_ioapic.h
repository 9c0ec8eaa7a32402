/* SPDX-License-Identifier: MIT */
/*
 * Two IO-APICs for the unit tests, in the place of the registers behind kernel/cpu/ioapic.c.
 *
 * A pin looks at its line as the 82093AA does: a level is sampled whenever the entry lets it send,
 * an edge counts only while the pin is unmasked. Messages go to the local APICs of
 * tests/host/fake_machine.h, at once: straight, or through tests/host/fake_remapping.h.
 */
#ifndef RETARGET_TESTS_HOST_FAKE_IOAPIC_H
#define RETARGET_TESTS_HOST_FAKE_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/acpi/madt.h"

#define FAKE_IOAPIC_PINS 24 /* of each: GSI 0 to 23 and 24 to 47 */
#define FAKE_IOAPIC_ID   7  /* of the first; the second one's is one more */

/*
 * As after reset and ioapic_init(), both with `version`; from now on they hear each end of
 * interrupt. Returns the MADT that describes them: no overrides yet, and the test may change that.
 */
struct madt *fake_ioapic_start(uint8_t version);

/* ioapic_init() alone, again, after the test has changed the MADT. */
void fake_ioapic_init(void);

/* A device asserts the line of a pin, or no longer does. */
void fake_ioapic_line(uint32_t gsi, bool asserted);

/* The redirection table entry. */
uint64_t fake_ioapic_entry(uint32_t gsi);

/* How often IOWIN and the EOI register have been written since the start. */
unsigned int fake_ioapic_writes(void);

/* How many messages edges have sent since the start. */
unsigned int fake_ioapic_edges(void);

/* Called after each of those, NULL: not. It may move lines. */
void fake_ioapic_after_write(void (*function)(void));

#endif
