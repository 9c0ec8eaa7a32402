/* SPDX-License-Identifier: MIT */
/*
 * A remapping unit's registers for the unit tests, with the memory and the clock around them. It
 * answers a command only when GSTS has been read a few times, or never; carries out its queue at
 * once, or not; and writes down what it is told, so that the order can be looked at:
 *
 *     "IQT IQA +QIE IRTA SIRTP IEC WAIT +IRE "
 *
 * It fails the test where software breaks a rule of VT-d r5.10, 11.4.4.1, Global Command Register:
 * one bit at a time, none before the one before has been seen to be done, one-shot bits never
 * written back.
 *
 * It provides memory_alloc(), memory_alloc_pages(), memory_physical(), memory_map_device() and
 * kernel/time.h's deadlines; an address is a pointer of the test program.
 */
#ifndef RETARGET_TESTS_HOST_FAKE_VTD_H
#define RETARGET_TESTS_HOST_FAKE_VTD_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/vtd/dmar.h"

struct fake_vtd {
	uint64_t cap, ecap, rtaddr, iqa, iqh, iqt, irta, iqercd;
	uint32_t gsts, fsts, pmen, fectl, iectl, ics;

	uint32_t never_sets, never_clears; /* bits of GSTS */
	bool pmen_never_clears;
	bool fetches_nothing, completes_nothing; /* the queue; its wait descriptors */
	bool hides_width;                        /* reads of IQA show DW = 0 */
	uint32_t device_error;                   /* FSTS bits for a device TLB's descriptor */
};

extern struct fake_vtd fake_vtd;

/* Before each test: a unit with all of it off, and all that a test needs. */
void fake_vtd_start(void);

/* For vtd_unit_init(). */
struct dmar_drhd fake_vtd_drhd(void);

/* What it has been told since the last call of fake_vtd_forget(). */
const char *fake_vtd_told(void);
void fake_vtd_forget(void);

#endif
