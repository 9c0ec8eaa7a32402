/* SPDX-License-Identifier: MIT */
/*
 * The registers of an 82574 for the unit tests of drivers/pci/sources/e1000e*.c: the interrupt side
 * as its data sheet has it, and the ways in which what answers to its id differs from that.
 *
 * An interval of the throttle ends when the driver ends it, or before the n-th access
 * (`ends_before`), which stands for a CPU that was held up there.
 */
#ifndef RETARGET_TESTS_HOST_FAKE_E1000E_H
#define RETARGET_TESTS_HOST_FAKE_E1000E_H

#include "drivers/pci/sources/e1000e.h"
#include "tests/host/fake_nic.h"

struct fake_e1000e {
	/* How it is. */
	bool throttles_at_0;
	bool repeats;           /* it sends once more as an interval ends */
	bool needs_pba_support; /* without, it forgets what a mask holds back */
	bool clears_pba;        /* with it, unmasking a cause clears its vector's pending bit */
	bool keeps_cause;       /* EIAC does nothing */
	unsigned int ends_before;

	uint32_t registers[E1000E_REGISTERS_SIZE / 4];
	bool running[E1000E_VECTORS_MAX], itr_running;
	unsigned int accesses;
};

extern struct fake_e1000e fake;

/* A driver's device for the fake, as its probe makes it. `vectors` 0: without MSI-X. */
struct e1000e *fake_e1000e(unsigned int vectors);

#endif
