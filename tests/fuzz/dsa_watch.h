/* SPDX-License-Identifier: MIT */
/*
 * The device model of DSA (tests/qemu/dsa/device.h) under watch: whatever is done to it by these
 * functions, its books must balance, its sender must not sleep when something is due, no slot may
 * send what it must not, and nothing may be written where nobody asked for it. There is one device.
 */
#ifndef RETARGET_TESTS_FUZZ_DSA_WATCH_H
#define RETARGET_TESTS_FUZZ_DSA_WATCH_H

#include "tests/qemu/dsa/device.h"

#define WATCH_PENDING_MAX 256
#define WATCH_READ_MAX    (DEVICE_IMS_MAX * 8) /* bytes of the largest read by DMA */

/* A DMA transaction that has not been replied to. */
struct watch_pending {
	uint16_t id;
	uint32_t size; /* to be read; 0: a write */
};

extern struct device watch_device;
extern struct watch_pending watch_pending[WATCH_PENDING_MAX];
extern unsigned int watch_pending_count;
extern bool watch_waits; /* for watch_raised() */

/* A new device. */
void watch_start(const struct device_options *options);

/* A function level reset. */
void watch_reset(void);

/* `size` bytes of `value`, 1 .. 8; dropped when they are not within the region. */
void watch_write(unsigned int region, uint64_t offset, uint64_t value, size_t size);

/* After whatever else was done to the device. */
void watch_check(void);

/* Up to so many steps, until there is nothing to be done, or watch_raised() is. */
void watch_steps(unsigned int steps);

/* Replies to watch_pending[which]. */
void watch_reply(unsigned int which, int error, const uint8_t *bytes, size_t size);

void watch_raised(bool seen);

/* With the loop stopped and everything replied to, all must come to an end. */
void watch_come_to_rest(void);

#endif
