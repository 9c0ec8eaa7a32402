// SPDX-License-Identifier: MIT
/*
 * Nobody's disk is in danger from this kernel: what a PCI function may do by itself, DMA above all,
 * is after all tests as the firmware left it, in the functions that were driven, in the bridges
 * above them and in all others.
 */
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/pci.h"
#include "tests/arms.h"
#include "tests/suite.h"

/* Bits that a message of its own, or a device, may change are not in this register. */
static void untouched(struct test_run *run)
{
	const struct pci_function *function;

	if (!pci_function_get(0))
		test_skip(run, "there is no PCI function");
	for (unsigned int n = 0; (function = pci_function_get(n)); n++) {
		uint16_t command = pci_read16(function, PCI_COMMAND);
		char where[16];

		pci_location(function, where);
		test_check(run, command == function->command_at_start,
		           "%s (%04x:%04x): the firmware left %04x in its command register, now "
		           "there is %04x",
		           where, function->vendor, function->device, function->command_at_start,
		           command);
	}
}

static unsigned int once(enum test_phase phase)
{
	(void)phase;
	return 1;
}

#define UNTOUCHED(phase_name)                                                                      \
	{                                                                                          \
		.name = "untouched",                                                               \
		.checks = "bus mastering and decoding of every PCI function are as the firmware "  \
		          "left them (PCI 3.0, 6.2.2 \"Device Control\")",                         \
		.failure = "a device that was driven has not been given back, or one that nobody " \
		           "drives has been switched on",                                          \
		.phase = phase_name, .instances = once, .label = arms_phase_label,                 \
		.run = untouched,                                                                  \
	}

TEST(97, untouched_direct) = UNTOUCHED(PHASE_DIRECT);
TEST(97, untouched_remapped) = UNTOUCHED(PHASE_REMAPPED);
