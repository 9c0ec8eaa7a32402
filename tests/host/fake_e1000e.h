/* SPDX-License-Identifier: MIT */
/*
 * An 82574 for the unit tests of drivers/pci/sources/e1000e*.c, in the place of its registers, its
 * MSI and MSI-X capabilities and the rest of PCI: the interrupt side as its data sheet has it, and
 * the ways in which what answers to its id differs from that.
 *
 * No time goes by. An interval of the throttle ends when the driver ends it, or before the n-th
 * access (`ends_before`), which stands for a CPU that was held up there.
 */
#ifndef RETARGET_TESTS_HOST_FAKE_E1000E_H
#define RETARGET_TESTS_HOST_FAKE_E1000E_H

#include "drivers/pci/sources/e1000e.h"

struct fake_e1000e {
	/* How it is. */
	bool throttles_at_0;
	bool repeats;           /* it sends once more as an interval ends */
	bool needs_pba_support; /* without, it forgets what a mask holds back */
	bool clears_pba;        /* with it, unmasking a cause clears its vector's pending bit */
	bool keeps_cause;       /* EIAC does nothing */
	bool mute;              /* its messages go nowhere */
	unsigned int ends_before;

	uint32_t registers[E1000E_REGISTERS_SIZE / 4];
	bool touched[E1000E_REGISTERS_SIZE / 4]; /* written */
	bool msi, msix, function_masked;
	bool command; /* decoding and bus mastering are on */
	bool masked[E1000E_VECTORS_MAX], pending[E1000E_VECTORS_MAX];
	bool running[E1000E_VECTORS_MAX], itr_running;
	uint32_t address[E1000E_VECTORS_MAX], data[E1000E_VECTORS_MAX], msi_address, msi_data;
	unsigned int accesses;
	unsigned int sent[E1000E_VECTORS_MAX], msi_sent; /* but to memory */
};

extern struct fake_e1000e fake;

/* A driver's device for the fake, as its probe makes it. `vectors` 0: without MSI-X. */
struct e1000e *fake_e1000e(unsigned int vectors);

#endif
