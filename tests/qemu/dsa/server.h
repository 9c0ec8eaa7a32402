/* SPDX-License-Identifier: MIT */
/*
 * The device behind a connected socket: one thread takes what comes in, another carries out what
 * the device wants to do. Neither waits for the other: QEMU answers our DMA only when it is not
 * itself waiting for an answer of ours.
 */
#ifndef RETARGET_TESTS_QEMU_DSA_SERVER_H
#define RETARGET_TESTS_QEMU_DSA_SERVER_H

#include "tests/qemu/dsa/device.h"

/* CLOCK_MONOTONIC in ns; what the device's `now` is. */
uint64_t server_now(void);

/*
 * Serves the client at `socket` until it leaves or somebody shuts the socket down, and returns why
 * it ended, in words; `failed` says whether that is the client's fault, or the system's. `device`
 * is nobody else's meanwhile.
 */
const char *server_run(struct device *device, int socket, bool *failed);

#endif
