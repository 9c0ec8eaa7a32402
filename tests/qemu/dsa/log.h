/* SPDX-License-Identifier: MIT */
/*
 * The log of a run, as text: a line for each message when it has reached its end, and for each
 * event. docs/dsa-model.md has the format. Not locked: who calls holds the device's lock.
 */
#ifndef RETARGET_TESTS_QEMU_DSA_LOG_H
#define RETARGET_TESTS_QEMU_DSA_LOG_H

#include <stdio.h>

#include "tests/qemu/dsa/device.h"

struct log {
	FILE *file;     /* NULL: there is none */
	uint64_t start; /* ns; what times are counted from */
	uint64_t messages, events;
};

/* Opens `path` (NULL: none) for `device`, which uses it from then on. 0 or a negative errno. */
int log_open(struct log *log, const char *path, struct device *device);

/* Writes the last line, `why` it ends, and closes. 0, or -EIO when something was not written. */
int log_close(struct log *log, const struct device *device, const char *why);

#endif
