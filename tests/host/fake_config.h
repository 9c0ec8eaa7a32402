/* SPDX-License-Identifier: MIT */
/*
 * A configuration space for the unit tests of drivers/pci/: the functions that a test puts in it,
 * and ones everywhere else. A register takes what is written to it as far as its mask says.
 *
 * Nothing is routed: a function answers at its bus number whatever the bridges say, as it would
 * behind one that the test does not mean. What may be looked at is for the code under test to know.
 */
#ifndef RETARGET_TESTS_HOST_FAKE_CONFIG_H
#define RETARGET_TESTS_HOST_FAKE_CONFIG_H

#include <stdint.h>

#define FAKE_CONFIG_SIZE 256

struct fake_function {
	uint16_t segment;
	uint8_t bus;
	uint8_t devfn;
	uint8_t bytes[FAKE_CONFIG_SIZE];
	uint8_t writable[FAKE_CONFIG_SIZE];
	unsigned int looked_for; /* reads of its vendor: how often it was found */
};

#define DEVFN(device, function) ((device) << 3 | (function))

/* Empty, with segment 0 and all of its buses. */
void fake_config_reset(void);

/* `segment` has buses up to `last_bus`; after the ones there are. */
void fake_config_add_segment(uint16_t segment, uint8_t last_bus);

/* A conventional function of no particular kind. */
struct fake_function *fake_function(uint16_t segment, uint8_t bus, uint8_t devfn);

/* A conventional bridge from its bus to secondary .. subordinate, and its primary bus right. */
struct fake_function *fake_bridge(uint16_t segment, uint8_t bus, uint8_t devfn, uint8_t secondary,
                                  uint8_t subordinate);

/* It gets a PCI Express capability of that type (PCI_EXP_TYPE_*). */
void fake_express(struct fake_function *function, unsigned int type);

/* A register of 32 bits, and which of them take what is written. */
void fake_register(struct fake_function *function, uint16_t offset, uint32_t value, uint32_t mask);
uint32_t fake_register_get(const struct fake_function *function, uint16_t offset);

#endif
