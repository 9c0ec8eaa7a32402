/* SPDX-License-Identifier: MIT */
/*
 * The device model of DSA (tests/qemu/dsa/device.h) with a client that is a test: registers by the
 * names of dsa_regs.h and dsa_model.h, and what the device does, one action after the other.
 */
#ifndef RETARGET_TESTS_HOST_DSA_FIXTURE_H
#define RETARGET_TESTS_HOST_DSA_FIXTURE_H

#include "tests/qemu/dsa/device.h"

#define RECORD 0x1000 /* where the fixture has completion records written */

/* All messages and events that the device has reported. */
#define REPORTED_MAX 4096
struct dsa_fixture {
	struct device device;
	struct device_message messages[REPORTED_MAX];
	unsigned int count;
	const char *last_event;
};

extern struct dsa_fixture dsa;

/* A device of `ims` entries as after power-on, bus master. */
void dsa_begin(unsigned int ims);

uint32_t reg32(uint32_t offset);
uint64_t reg64(uint32_t offset);
void set32(uint32_t offset, uint32_t value);
void set64(uint32_t offset, uint64_t value);

/* The same in the control block. */
uint64_t counter(uint32_t offset);
void setting(uint32_t offset, uint32_t value);
void setting64(uint32_t offset, uint64_t value);

/* Runs a command to its end and returns its CMDSTS. */
uint32_t command(unsigned int command, uint32_t operand);

/* WQ 0 with `entries`, in group 0 with engine 0, and the device: enabled. */
void dsa_enable(unsigned int entries);

/* A handle for IMS entry `slot`, and its words, unmasked. */
uint16_t dsa_arm(unsigned int slot, uint32_t address, uint32_t data);

/* One word of an entry. */
void set_ims(unsigned int slot, uint32_t word, uint32_t value);
uint32_t get_ims(unsigned int slot, uint32_t word);

/* A NOOP into WQ 0 that asks for that interrupt of IMS, and for a completion record at `record`. */
void submit(uint16_t handle, uint64_t record);
void submit_raw(const struct dsa_descriptor *descriptor, uint32_t portal);

/* The device's next action that is not DO_AGAIN. */
struct device_action next(void);
/* The next has to be a write of `size` bytes to `address`; returns its id. */
uint16_t expect_write(uint64_t address, uint32_t size, uint32_t first_word);
/* Carries out all there is, with replies of success, until it waits; returns until when. */
uint64_t run(void);

#endif
