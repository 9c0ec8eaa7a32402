/* SPDX-License-Identifier: MIT */
/*
 * A DSA for the unit tests of its driver: the device model (tests/qemu/dsa/device.h), without its
 * socket, behind the driver's registers and portal.
 */
#ifndef RETARGET_TESTS_HOST_FAKE_DSA_H
#define RETARGET_TESTS_HOST_FAKE_DSA_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/sources/dsa.h"
#include "tests/qemu/dsa/device.h"

#define FAKE_DSA_SLOTS 200    /* more than a work queue has entries */
#define COMMAND_FOUND  0x0002 /* PCI_COMMAND: memory decoding, as firmware leaves it */

struct fake_dsa {
	struct device device;
	struct dsa driver;
	struct dsa_slot slots[FAKE_DSA_SLOTS];
	unsigned int writes;           /* to registers, by the driver */
	uint16_t command;              /* PCI_COMMAND */
	bool deaf;                     /* it begins commands and does nothing else */
	bool lazy;                     /* it does nothing before somebody waits for a command */
	uint32_t sent[FAKE_DSA_SLOTS]; /* messages with that number as their data */
};

extern struct fake_dsa fake_dsa;

/* After power-on, and the driver has looked at it and has not opened it. Time stands still. */
void fake_dsa_reset(void);

/* Registers as software sees them; those of the driver's own accesses are not counted here. */
uint64_t fake_dsa_read(uint32_t offset);
void fake_dsa_write(uint32_t offset, uint32_t value);

#endif
